# git agent: one Makefile for the whole project, no recursion.
#
#   make            build everything into build/
#   make deps       install what the build and the tests need (Debian, Ubuntu)
#   make demo       build, then show a good change proposed, a bad one rejected, a push refused
#   make check      every test
#   make install    into PREFIX (DESTDIR is honoured)
#
# SANITIZE=address,undefined builds and tests with sanitizers, in a directory of its own.

VERSION := 0.1.0
PREFIX  ?= /usr/local
prefix  ?= $(PREFIX)
bindir  ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
datadir ?= $(prefix)/share
mandir  ?= $(datadir)/man

CC      ?= cc
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wvla -Wformat=2 -Wwrite-strings
PKG_CONFIG ?= pkg-config

# V=1 shows the commands.
V ?=
say = @$(if $(V),,printf '  %-4s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$@);)

SANITIZE ?=
BUILD    ?= build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))
comma    := ,
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)

CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Ilib -I.
ALL_CFLAGS = -std=c11 $(WARN) $(CFLAGS) $(SANFLAGS)

# --- what links what --------------------------------------------------------------------------
# Every binary takes from the one archive only the objects it needs; --as-needed drops the
# libraries it does not. The hooks are static: what they link is what a push pays.

LIGHT_PKGS := libpcre2-8 jansson inih
PKGS       := $(LIGHT_PKGS) libmd libcmark libgit2
ifneq ($(MAKECMDGOALS),deps)
ifneq ($(shell $(PKG_CONFIG) --exists $(PKGS) && echo yes),yes)
ifeq ($(filter demo clean help,$(MAKECMDGOALS)),)
$(error libraries are missing: run "make deps" (needs pkg-config and $(PKGS)))
endif
endif
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LIBS       := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
HOOK_LIBS  := $(shell $(PKG_CONFIG) --static --libs $(LIGHT_PKGS) libmd 2>/dev/null)
endif

LIB_SRC  := $(wildcard lib/*/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
CMD_SRC  := $(filter-out git-agent/main.c git-agent/git-agent.c,$(wildcard git-agent/*.c))
CMD_BIN  := $(CMD_SRC:git-agent/%.c=$(BUILD)/libexec/git-agent/git-agent-%)
HOOK_SRC := $(wildcard hooks/*.c)
HOOK_BIN := $(HOOK_SRC:hooks/%.c=$(BUILD)/libexec/git-agent/hooks/%)
UNIT_SRC := $(wildcard tests/u-*.c)
UNIT_BIN := $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
MAIN_BIN := $(BUILD)/bin/git-agent
ARCHIVE  := $(BUILD)/libgit-agent.a
HEADERS  := $(wildcard lib/*/*.h git-agent/*.h tests/*.h)

.PHONY: all deps demo check check-unit check-layers format check-format analyze install uninstall \
	clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: $(MAIN_BIN) $(CMD_BIN) $(HOOK_BIN) $(BUILD)/share/git-agent $(BUILD)/libexec/git-agent/commands

help:
	@sed -n '3,9s/^# \{0,1\}//p' Makefile

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(ARCHIVE): $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

$(MAIN_BIN): $(BUILD)/obj/git-agent/git-agent.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVE) -Wl,--as-needed $(LIBS)

$(BUILD)/libexec/git-agent/git-agent-%: $(BUILD)/obj/git-agent/%.o $(BUILD)/obj/git-agent/main.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(ARCHIVE) -Wl,--as-needed $(LIBS)

$(BUILD)/libexec/git-agent/hooks/%: $(BUILD)/obj/hooks/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(SANITIZE),,-static) -o $@ $< $(ARCHIVE) $(HOOK_LIBS)

# Every command tells its own line: `git agent` and the completions read them from here.
$(BUILD)/libexec/git-agent/commands: $(CMD_BIN)
	@for c in $(sort $(CMD_BIN)); do $$c --list-summary || exit 1; done >$@

# In the build tree the layout is the installed one, so that nothing needs to know which it is in.
$(BUILD)/share/git-agent:
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR)/share $@

$(BUILD)/tests/%: tests/%.c tests/tap.h $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) -Itests $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(ARCHIVE) \
		-Wl,--as-needed $(LIBS)

-include $(shell find $(BUILD)/obj $(BUILD)/tests -name '*.d' 2>/dev/null)

# --- tests ------------------------------------------------------------------------------------

TESTS ?= $(sort $(wildcard tests/t[0-9]*.sh)) $(UNIT_BIN)
PROVE ?= prove
JOBS  ?= $(shell nproc)

check: all $(UNIT_BIN)
	GIT_AGENT_BUILD=$(abspath $(BUILD)) $(PROVE) -j$(JOBS) --timer=0 -e '' $(TESTS)

check-unit: $(UNIT_BIN) $(BUILD)/share/git-agent
	GIT_AGENT_BUILD=$(abspath $(BUILD)) $(PROVE) -j$(JOBS) -e '' $(UNIT_BIN)

check-layers:
	sh tests/check-layers

# --- care -------------------------------------------------------------------------------------

format:
	clang-format -i $(LIB_SRC) $(wildcard git-agent/*.c hooks/*.c tests/*.c) $(HEADERS)

check-format:
	clang-format --dry-run -Werror $(LIB_SRC) $(wildcard git-agent/*.c hooks/*.c tests/*.c) $(HEADERS)

clean:
	rm -rf build
