# shellcheck shell=bash
# lib-projects.sh: the real input: small projects of three kinds in projects/<name>/, each with
#   tree/        the project at its base commit, with its own test suite and .gitagent
#   brief.md     what is wanted
#   agent.sh     a scripted agent that does it
#   right.patch  does it too, as a mailbox
#   wrong.patch  looks right, and the project's own suite fails
# Sourced after lib.sh.

PROJECTS_DIR=$TESTS_DIR/projects
PROJECTS='c-stockroom node-waymark python-tally'
export PROJECTS_DIR PROJECTS

# What the make that runs the tests was told (CC, BUILD, jobs) is not meant for the projects; neither is the
# node:test or npm that may have started us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES NODE_TEST_CONTEXT NODE_OPTIONS PYTHONPATH PYTHONSTARTUP
for name in CFLAGS CPPFLAGS LDFLAGS BUILD PREFIX DESTDIR $(compgen -e | grep '^npm_'); do
	unset "$name"
done

# make_project <name> <dir>: the project as one base commit on main; cd into it.
make_project() {
	mkdir -p "$2" && cp -R "$PROJECTS_DIR/$1/tree/." "$2/" && cd "$2" || exit 1
	git init -q . && commit_all base
}

# project_suite <name>: runs the suite of the project in the current directory; what it says is kept in $SCRATCH/suite.
project_suite() {
	case $1 in
	c-*) make test ;;
	node-*) npm test ;;
	python-*) python3 -m unittest ;;
	*) false ;;
	esac >"$SCRATCH/suite" 2>&1 </dev/null
}

# suite_says: what the last suite said, as diagnostics.
suite_says() {
	tail -n 40 "$SCRATCH/suite" | sed 's/^/# suite: /'
	return 1
}

# project_agent <name>: a value for AGENT_CMD, quoted as a template wants it.
project_agent() {
	printf 'sh "%s/%s/agent.sh"' "$PROJECTS_DIR" "$1"
}

# patched_tree <name> <patch> <branch>: applies the patch on a new branch of the project in a repository of its own
# and prints that repository's directory; fails where it does not apply. So what a proposal should hold is known from git alone.
patched_tree() {
	local dir=$SCRATCH/plain-$1-$3

	(make_project "$1" "$dir" && git checkout -q -b "$3" && git am -q <"$PROJECTS_DIR/$1/$2") >"$SCRATCH/am" 2>&1 || return 1
	echo "$dir"
}

# bug_of <name>: what the suite says about the bug in the wrong patch, as an extended regex: it must be red for
# that, and not for a typing error.
bug_of() {
	case $1 in
	c-stockroom) echo 'test_value\.c:[0-9]+: does not hold' ;;
	node-waymark) echo '(not ok [0-9]+ -|✖) a route of another method does not hide a later one' ;;
	python-tally) echo '^FAIL: test_end_of_month_comes_back' ;;
	esac
}

# make_busy: work of the user's that no run may touch: an edit, a staged file, an untracked and an ignored one.
make_busy() {
	echo 'a thought' >>README.md
	echo staged >staged.txt && git add staged.txt
	echo untracked >'not yet added.txt'
	printf 'mine\n' >>.git/info/exclude && echo ignored >mine
}
