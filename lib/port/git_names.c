#include "port/git_names.h"

#include <stddef.h>

const char *const git_local_names[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR",
	"GIT_CONFIG",
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_PARAMETERS",
	"GIT_DIR",
	"GIT_GRAFT_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_INTERNAL_SUPER_PREFIX", /* until 2.39 */
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY",
	"GIT_PREFIX",
	"GIT_REFERENCE_BACKEND",
	"GIT_REPLACE_REF_BASE",
	"GIT_SHALLOW_FILE",
	"GIT_WORK_TREE",
	/* Not local in git's sense, but they too make another answer of the same question. */
	"GIT_DIFF_OPTS",
	"GIT_EXTERNAL_DIFF",
	"GIT_GLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS",
	"GIT_INDEX_VERSION",
	"GIT_LITERAL_PATHSPECS",
	"GIT_NAMESPACE",
	"GIT_NOGLOB_PATHSPECS",
	"GIT_QUARANTINE_PATH",
	NULL,
};

const char *const git_local_starts[] = {"GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", NULL};

const char *const git_own_names[] = {"GIT_OPTIONAL_LOCKS", "GIT_PAGER", NULL};
