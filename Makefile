# git agent: one Makefile for the whole project, no recursion.
#
#   make            build everything into build/
#   make deps       install what the build and the tests need (Debian, Ubuntu)
#   make demo       build, then show a good change proposed, a bad one rejected, a push refused
#   make check      every test; check-user: as an ordinary user
#   make fuzz       whatever reads what an agent left or sent; FUZZ=json for one, FUZZ_SECONDS=
#   make bench      side by side with what people would use instead; BENCH=hook for some rows, ROUNDS=
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

CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DINIH_VERSION='"$(INIH_VERSION)"' -Ilib -I.
ALL_CFLAGS = -std=c11 $(WARN) $(CFLAGS) $(SANFLAGS)

# --- what links what --------------------------------------------------------------------------
# Every binary takes from the one archive only the objects it needs; --as-needed drops the
# libraries it does not. The hooks are static: what they link is what a push pays.

LIGHT_PKGS := libpcre2-8 jansson inih zlib
PKGS       := $(LIGHT_PKGS) libmd libcmark libgit2 libseccomp libcurl
ifeq ($(filter deps deps-build,$(MAKECMDGOALS)),)
ifneq ($(shell $(PKG_CONFIG) --exists $(PKGS) && echo yes),yes)
ifeq ($(filter demo clean help,$(MAKECMDGOALS)),)
$(error libraries are missing: run "make deps" (needs pkg-config and $(PKGS)))
endif
endif
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
INIH_VERSION := $(shell $(PKG_CONFIG) --modversion inih 2>/dev/null)
LIBS       := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)
HOOK_LIBS  := $(shell $(PKG_CONFIG) --static --libs $(LIGHT_PKGS) libmd 2>/dev/null)
endif

LIB_SRC  := $(wildcard lib/*/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/gen/secret_rules.o
CMD_SRC  := $(filter-out git-agent/main.c git-agent/git-agent.c,$(wildcard git-agent/*.c))
CMD_BIN  := $(CMD_SRC:git-agent/%.c=$(BUILD)/libexec/git-agent/git-agent-%)
HELP_SRC := $(wildcard helpers/*.c)
HELP_BIN := $(HELP_SRC:helpers/%.c=$(BUILD)/libexec/git-agent/git-agent--%)
HOOK_SRC := $(wildcard hooks/*.c)
HOOK_BIN := $(HOOK_SRC:hooks/%.c=$(BUILD)/libexec/git-agent/hooks/%)
UNIT_SRC := $(wildcard tests/u-*.c)
UNIT_BIN := $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
TOOL_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/h-*.c))
MAIN_BIN := $(BUILD)/bin/git-agent
ARCHIVE  := $(BUILD)/libgit-agent.a
HEADERS  := $(wildcard lib/*/*.h git-agent/*.h tests/*.h tests/attacks/*.h tests/fuzz/*.h)
# What one test program is made of besides its own file.
ATTACK_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/attacks/*.c))


.PHONY: all agents deps deps-build demo analyze-tidy analyze-cppcheck check check-unit check-user check-escape check-faults check-layers fuzz check-fuzz fuzz-programs bench \
	format check-format analyze install uninstall \
	clean help
.DELETE_ON_ERROR:
.SECONDARY:

# --- what a machine needs -----------------------------------------------------------------------

APT_BUILD := gcc make pkg-config git libgit2-dev libinih-dev libpcre2-dev libjansson-dev libcmark-dev \
	     libmd-dev zlib1g-dev libseccomp-dev libcurl4-gnutls-dev
APT_CHECK := perl curl python3 python3-jsonschema python3-pip python3-setuptools ccache cargo/cargo go/golang-go mvn/maven \
	     node/nodejs npm/npm bash bash-completion zsh fish tmux man-db lighttpd \
	     openssh-client openssh-server pre-commit clang clang-format clang-tidy libclang-rt-14-dev cppcheck shellcheck \
	     mandoc apparmor less vim valgrind procps util-linux hyperfine git-lfs bwrap/bubblewrap gcc-aarch64-linux-gnu libc6-dev-arm64-cross strace

all: $(MAIN_BIN) $(CMD_BIN) $(HELP_BIN) $(HOOK_BIN) $(BUILD)/share/git-agent $(BUILD)/libexec/git-agent/commands \
	$(BUILD)/share/man

help:
	@sed -n '3,9s/^# \{0,1\}//p' Makefile

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What is a secret: data, and in the binaries, so that a hook needs no file.
$(BUILD)/gen/secret_rules.c: share/secrets.awk share/secrets.ini
	@mkdir -p $(@D)
	$(call say,GEN) LC_ALL=C awk -f $^ >$@.new && mv $@.new $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC) $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

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

$(BUILD)/libexec/git-agent/git-agent--%: $(BUILD)/obj/helpers/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(ARCHIVE) -Wl,--as-needed $(LIBS) -pthread

$(BUILD)/libexec/git-agent/hooks/%: $(BUILD)/obj/hooks/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK) $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(SANITIZE),,-static) -o $@ $< $(ARCHIVE) $(HOOK_LIBS)

# Every command tells its own line: `git agent` and the completions read them from here.
$(BUILD)/libexec/git-agent/commands: $(CMD_BIN)
	@for c in $(sort $(CMD_BIN)); do $$c --list-summary || exit 1; done >$@

# In the build tree the layout is the installed one, so that nothing needs to know which it is in.
$(BUILD)/share/git-agent:
	@mkdir -p $(@D)
	@ln -sfnr $(CURDIR)/share $@

# `git help agent-issue` looks for gitagent-issue, as git knows no such command: a second name.
MAN1      := $(wildcard man/*.1)
MAN5      := $(wildcard man/*.5)
MAN7      := $(wildcard man/*.7)
MAN_NAMES := $(patsubst man/git-agent-%,gitagent-%,$(filter man/git-agent-%,$(MAN1)))

$(BUILD)/share/man: $(MAN1) $(MAN5) $(MAN7)
	@mkdir -p $@/man1 $@/man5 $@/man7
	@ln -sfr -t $@/man1 $(MAN1)
	@ln -sfr -t $@/man5 $(MAN5)
	@ln -sfr -t $@/man7 $(MAN7)
	@for n in $(MAN_NAMES); do ln -sf git-agent-$${n#gitagent-} $@/man1/$$n || exit 1; done
	@touch $@

$(BUILD)/obj/tests/%.o: CPPFLAGS += -Itests
$(BUILD)/tests/u-sandbox-attack: $(ATTACK_OBJ)
$(BUILD)/tests/%: tests/%.c tests/tap.h $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) -Itests $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< \
		$(filter %.o,$^) $(ARCHIVE) -Wl,--as-needed $(LIBS)

# Preloaded, not run: no sanitizer in it.
$(BUILD)/tests/h-faults: tests/h-faults.c
	@mkdir -p $(@D)
	$(call say,TEST) $(CC) $(CPPFLAGS) -std=c11 $(WARN) $(CFLAGS) -shared -fPIC -o $@ $< -ldl

-include $(shell find $(BUILD)/obj $(BUILD)/gen $(BUILD)/tests $(BUILD)/bench $(BUILD)/fuzz -name '*.d' 2>/dev/null)

# Installs from Debian's or Ubuntu's archive what is not there yet; elsewhere says what to look for. "<program>/<package>"
# is there if the program is, wherever it came from.
define install_missing
	@missing=; for p in $(1); do \
		case $$p in \
		*/*) command -v $${p%%/*} >/dev/null ;; \
		*) dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' ;; \
		esac || missing="$$missing $${p#*/}"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if ! command -v apt-get >/dev/null; then \
		echo "install these, by the names your system gives them:$$missing"; exit 1; \
	fi; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing
endef

deps-build:
	$(call install_missing,$(APT_BUILD))

deps:
	$(call install_missing,$(APT_BUILD) $(APT_CHECK))

demo: deps-build
	@$(MAKE) --no-print-directory all
	@bash tests/demo.sh $(abspath $(BUILD))

# --- tests ------------------------------------------------------------------------------------

TESTS ?= $(sort $(wildcard tests/t[0-9]*.sh)) $(UNIT_BIN)
PROVE ?= prove
# One more than there are cores: tests wait for what they have started.
JOBS  ?= $(shell expr $$(nproc) + 1)

# Real agents, for the tests that drive them (t57*): 0.7 GB. Without them those tests fail and name the package.
AGENTS_NPM := @openai/codex@0.171.0 @anthropic-ai/claude-code@2.1.197

agents: build/npm/agents

build/npm/agents: Makefile
	@mkdir -p $(@D)
	npm install --silent --no-audit --no-fund --prefix $(@D) $(AGENTS_NPM)
	@touch $@

check: all $(UNIT_BIN) $(TOOL_BIN)
	@$(if $(filter tests/t57%,$(TESTS)),$(MAKE) --no-print-directory -s agents || true)
	GIT_AGENT_BUILD=$(abspath $(BUILD)) $(PROVE) -j$(JOBS) -e '' $(TESTS)

check-unit: $(UNIT_BIN) $(HELP_BIN) $(BUILD)/share/git-agent
	GIT_AGENT_BUILD=$(abspath $(BUILD)) $(PROVE) -j$(JOBS) -e '' $(UNIT_BIN)

# The same as an ordinary user, where make is run by root: from a copy, which that user can read and not write.
USER_TESTS ?= $(if $(filter file,$(origin TESTS)),tests/t1000-sandbox-forms.sh tests/t1010-sandbox-toolchains.sh tests/t1030-sandbox-git.sh \
	tests/t1100-proxy.sh tests/t1110-proxy-life.sh tests/t5000-issue-simulate.sh tests/t5010-issue-agent.sh tests/t5020-issue-agent-fails.sh tests/t5040-gate.sh \
	$(wildcard tests/t8*.sh) $(filter %/u-sandbox %/u-sandbox-attack %/u-fs %/u-proc-keeper,$(UNIT_BIN)),$(TESTS))

check-user: all $(UNIT_BIN) $(TOOL_BIN)
	PROVE='$(PROVE) -j$(JOBS)' bash tests/check-user $(BUILD) $(USER_TESTS)

# Every attack, at every level, as root and as an ordinary user, counted.
check-escape: all $(UNIT_BIN) $(TOOL_BIN)
	bash tests/check-escape $(BUILD)

# Commands that are killed, or whose calls fail, at SAMPLE points spread over all that they write.
SAMPLE ?= 400

check-faults: all $(BUILD)/tests/h-faults
	tests/check-faults $(BUILD) $(SAMPLE)

check-layers:
	sh tests/check-layers

# --- fuzzing ----------------------------------------------------------------------------------
# Whatever reads what an agent left or sent, by libFuzzer with sanitizers: make fuzz FUZZ=json FUZZ_SECONDS=60.

FUZZ         ?=
FUZZ_SECONDS ?= 10
FUZZ_BIN     := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/f-*.c))

fuzz:
	@$(MAKE) --no-print-directory CC=clang BUILD=build/fuzz SANITIZE=address,undefined,fuzzer-no-link fuzz-programs
	bash tests/fuzz/run build/fuzz $(FUZZ_SECONDS) $(FUZZ:%=f-%)

check-fuzz:
	@$(MAKE) --no-print-directory FUZZ_SECONDS=1 fuzz

fuzz-programs: $(FUZZ_BIN)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,FUZZ) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) -Itests/fuzz $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -MMD -MP -o $@ \
		$< $(ARCHIVE) -Wl,--as-needed $(LIBS)

# --- speed ------------------------------------------------------------------------------------

BENCH  ?=
ROUNDS ?= 15

$(BUILD)/bench/%: bench/%.c $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,BENCH) $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(ARCHIVE) \
		-Wl,--as-needed $(LIBS)

# Without the peers from npm and from Debian the bench names them as skipped.
bench: all $(BUILD)/bench/spawn $(BUILD)/bench/scan $(BUILD)/tests/h-secrets
	@bench/fetch-peers $(BUILD)/peers || true
	@test -x $(BUILD)/npm/node_modules/.bin/secretlint || CI=1 npm install --silent --no-audit --no-fund \
		--prefix $(BUILD)/npm husky@9 lefthook@1 secretlint@13 @secretlint/secretlint-rule-preset-recommend@13 || true
	@PYTHONDONTWRITEBYTECODE=1 python3 bench/bench.py $(abspath $(BUILD)) --rounds $(ROUNDS) --only "$(BENCH)"

# --- care -------------------------------------------------------------------------------------

format:
	clang-format -i $(LIB_SRC) $(wildcard git-agent/*.c helpers/*.c hooks/*.c bench/*.c tests/*.c tests/attacks/*.c tests/fuzz/*.c) $(HEADERS)

check-format:
	clang-format --dry-run -Werror $(LIB_SRC) $(wildcard git-agent/*.c helpers/*.c hooks/*.c bench/*.c tests/*.c tests/attacks/*.c tests/fuzz/*.c) $(HEADERS)

ANALYZED := $(LIB_SRC) $(wildcard git-agent/*.c helpers/*.c hooks/*.c bench/*.c)
SCRIPTS  := $(wildcard tests/*.sh share/simulate/*.sh completions/*.bash) tests/check-layers tests/check-user tests/check-escape tests/fuzz/run bench/fetch-peers .ci/run

analyze: check-layers check-format analyze-tidy analyze-cppcheck analyze-arm64
	shellcheck -x -P tests -e SC1091,SC2016 $(SCRIPTS)
	mandoc -T lint -W warning $(wildcard man/*)

# One stamp per source: only what changed is read again, or everything when a header did.
analyze-tidy: $(ANALYZED:%.c=$(BUILD)/tidy/%.ok)

$(BUILD)/tidy/%.ok: %.c .clang-tidy $(HEADERS)
	@mkdir -p $(@D)
	$(call say,TIDY) clang-tidy --quiet --warnings-as-errors='*' $< -- $(CPPFLAGS) $(PKG_CFLAGS) \
		-std=c11 2>$(@:.ok=.err) || { cat $(@:.ok=.err); exit 1; }
	@touch $@

# The other kind of machine: the headers of the libraries are the same on both.
analyze-arm64: $(ANALYZED:%.c=$(BUILD)/arm64/%.ok)

$(BUILD)/arm64/%.ok: %.c $(HEADERS)
	@mkdir -p $(@D)
	$(call say,ARM) aarch64-linux-gnu-gcc -fsyntax-only $(CPPFLAGS) $(PKG_CFLAGS) -idirafter /usr/include \
		-idirafter /usr/include/x86_64-linux-gnu -std=c11 $(WARN) $<
	@touch $@

# resourceLeak: it does not know the cleanup attribute; the sanitizers and the tests of descriptors do.
analyze-cppcheck:
	$(call say,LINT) cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance \
		--suppress=missingIncludeSystem --suppress=resourceLeak --library=posix -j$(JOBS) -Ilib -I. $(ANALYZED)

# --- installing -------------------------------------------------------------------------------

INSTALL ?= install
D_LIBEXEC := $(DESTDIR)$(libexecdir)/git-agent
D_SHARE   := $(DESTDIR)$(datadir)/git-agent

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(D_LIBEXEC)/hooks $(D_SHARE) $(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man7 $(DESTDIR)$(datadir)/bash-completion/completions \
		$(DESTDIR)$(datadir)/zsh/site-functions $(DESTDIR)$(datadir)/fish/vendor_completions.d \
		$(DESTDIR)$(datadir)/fish/vendor_conf.d
	$(INSTALL) -m 755 $(MAIN_BIN) $(DESTDIR)$(bindir)/
	$(INSTALL) -m 755 $(CMD_BIN) $(HELP_BIN) $(D_LIBEXEC)/
	$(INSTALL) -m 644 $(BUILD)/libexec/git-agent/commands $(D_LIBEXEC)/
	$(INSTALL) -m 755 $(HOOK_BIN) $(D_LIBEXEC)/hooks/
	cp -R share/. $(D_SHARE)/
	sed 's|^\(@{git_agent_libexec} = \).*|\1$(libexecdir)/git-agent|' share/apparmor/git-agent >$(D_SHARE)/apparmor/git-agent
	$(INSTALL) -m 644 $(MAN1) $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -m 644 $(MAN5) $(DESTDIR)$(mandir)/man5/
	$(INSTALL) -m 644 $(MAN7) $(DESTDIR)$(mandir)/man7/
	for n in $(MAN_NAMES); do ln -sf git-agent-$${n#gitagent-} $(DESTDIR)$(mandir)/man1/$$n || exit 1; done
	$(INSTALL) -m 644 completions/git-agent.bash $(DESTDIR)$(datadir)/bash-completion/completions/git-agent
	$(INSTALL) -m 644 completions/_git-agent $(DESTDIR)$(datadir)/zsh/site-functions/
	$(INSTALL) -m 644 completions/git-agent.fish $(DESTDIR)$(datadir)/fish/vendor_completions.d/
	$(INSTALL) -m 644 completions/git-agent-bridge.fish $(DESTDIR)$(datadir)/fish/vendor_conf.d/git-agent.fish

uninstall:
	rm -rf $(D_LIBEXEC) $(D_SHARE)
	rm -f $(DESTDIR)$(bindir)/git-agent \
		$(MAN1:man/%=$(DESTDIR)$(mandir)/man1/%) $(MAN_NAMES:%=$(DESTDIR)$(mandir)/man1/%) \
		$(MAN5:man/%=$(DESTDIR)$(mandir)/man5/%) \
		$(MAN7:man/%=$(DESTDIR)$(mandir)/man7/%) \
		$(DESTDIR)$(datadir)/bash-completion/completions/git-agent \
		$(DESTDIR)$(datadir)/zsh/site-functions/_git-agent \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d/git-agent.fish \
		$(DESTDIR)$(datadir)/fish/vendor_conf.d/git-agent.fish

clean:
	rm -rf build
