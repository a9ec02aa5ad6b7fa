#!/bin/bash
# What an agent plants in the configuration, hooks and attributes of its git directory runs nowhere but in its box.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
precious

# --- programs named by configuration: each has its own mark; what a naive supervisor would run comes after it
keys=(
	core.fsmonitor 'fsmonitor' 'git status'
	filter.e.clean 'clean pass' 'git add -A'
	filter.e.smudge 'smudge pass' 'rm hello.txt; git checkout -f -q -- hello.txt'
	diff.e.textconv 'textconv' 'echo x >>hello.txt; git diff'
	diff.external 'diff-external' 'echo x >>hello.txt; git diff'
	diff.e.command 'diff-command' 'echo x >>hello.txt; git diff'
	merge.e.driver 'merge-driver' 'git checkout -q -b x; echo x >>hello.txt; git commit -q -am x; git checkout -q -b y HEAD~1; echo y >>hello.txt; git commit -q -am y; git merge x'
	core.editor 'editor' 'git commit --allow-empty'
	sequence.editor 'sequence-editor' 'git checkout -q -f; git rebase -i --root'
	core.pager 'pager' 'script -qec "git log" /dev/null'
	credential.helper 'credential' 'printf "protocol=https\nhost=h\n\n" | git credential fill'
	core.sshCommand 'ssh' 'git fetch ssh://h/x'
	remote.origin.uploadpack 'uploadpack' 'git fetch origin'
	remote.origin.receivepack 'receivepack' 'git push origin HEAD:refs/heads/z'
	alias.x 'alias' 'git x'
	difftool.e.cmd 'difftool' 'echo x >>hello.txt; git -c diff.tool=e difftool -y'
	mergetool.e.cmd 'mergetool' 'git checkout -q -b x; echo x >>hello.txt; git commit -q -am x; git checkout -q -b y HEAD~1; echo y >>hello.txt; git commit -q -am y; rm .git/info/attributes; git merge x; yes | git mergetool -t e'
	interactive.diffFilter 'diff-filter' 'echo x >>hello.txt; yes q | TERM=xterm script -qec "git -c color.ui=always add -p" /dev/null'
	pager.log 'pager-log' 'script -qec "git log" /dev/null'
	tar.e.command 'archive' 'git archive --format=e HEAD'
	core.askPass 'askpass' 'printf "protocol=https\nhost=h\n\n" | git credential fill'
	core.gitProxy 'git-proxy' 'git fetch git://h/x'
	core.alternateRefsCommand 'alternates' 'echo "$SCRATCH/repo/.git/objects" >.git/objects/info/alternates; git -C "$SCRATCH/repo" commit-tree -m new HEAD^{tree} | xargs git -C "$SCRATCH/repo" update-ref refs/x/new; git fetch -q origin refs/x/new; git -C "$SCRATCH/repo" update-ref -d refs/x/new'
	gpg.ssh.program 'ssh-sign' 'git -c gpg.format=ssh -c user.signingkey=key::x commit -q -S --allow-empty -m x'
	remote.origin.url 'ext' 'git -c protocol.ext.allow=always fetch origin'
	trailer.e.cmd 'trailer-cmd' 'git commit -q --allow-empty -m x --trailer e=1'
	trailer.e.command 'trailer' 'git commit -q --allow-empty -m x --trailer e=1'
	submodule.s.update 'submodule' 'git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s; printf "[submodule \"s\"]\npath=s\nurl=$SCRATCH/repo\n" >.gitmodules; git config submodule.s.url "$SCRATCH/repo"; git submodule update --init'
)
# value <key> <mark>: what to set it to. Some take a program alone, some a word before it.
value() {
	case $1 in
	core.askPass | core.gitProxy | gpg.ssh.program)
		printf '#!/bin/sh\n%s %s\n' "$EVIL" "$2" >"$EVIL-$2" && chmod +x "$EVIL-$2" && echo "$EVIL-$2"
		;;
	alias.* | submodule.*) echo "!$EVIL $2" ;;
	remote.origin.url) echo "ext::$EVIL $2" ;;
	*) echo "$EVIL $2" ;;
	esac
}
for ((i = 0; i < ${#keys[@]}; i += 3)); do
	key=${keys[i]} value=${keys[i + 1]} command=${keys[i + 2]}
	attacker <<-AGENT
		git config $key '$(value "$key" "$value")'
		echo '* filter=e diff=e merge=e' >"\$G/info/attributes"
		echo 'one more' >>hello.txt
	AGENT
	naive "${value%% *}" "$command"
done
{
	for ((i = 0; i < ${#keys[@]}; i += 3)); do
		echo "git config ${keys[i]} '$(value "${keys[i]}" "${keys[i + 1]}")'"
	done
	echo 'git config commit.gpgSign true; git config gpg.program "$EVIL gpg"'
	echo 'git config uploadpack.packObjectsHook "$EVIL pack"'
	echo 'echo "* filter=e diff=e merge=e" >"$G/info/attributes"; echo "one more" >>hello.txt'
} | attacker
attacked keys 0 proposed
is "$(git diff main agent/keys | grep -c '^+one more')" 1 'keys: and the change is what it wrote'

attacker <<'AGENT'
git config commit.gpgSign true && git config gpg.program "$SCRATCH/gpg" && echo change >>hello.txt
AGENT
printf '#!/bin/sh\n%s gpg\nexit 1\n' "$EVIL" >"$SCRATCH/gpg" && chmod +x "$SCRATCH/gpg"
naive gpg 'git commit -q -am x'
attacked gpg 0 proposed

# --- hooks, of every name
hooks='applypatch-msg commit-msg fsmonitor-watchman post-applypatch post-checkout post-commit post-index-change post-merge
	post-receive post-rewrite post-update pre-applypatch pre-auto-gc pre-commit pre-merge-commit pre-push pre-rebase
	pre-receive prepare-commit-msg proc-receive push-to-checkout reference-transaction sendemail-validate update'
plant() {
	printf 'mkdir -p %s\nfor h in %s; do printf "#!/bin/sh\\n$EVIL %s-$h\\n" >%s/$h; chmod +x %s/$h; done\n' "$1" "${hooks//[$'\n\t']/ }" "$2" "$1" "$1"
	echo 'echo change >>hello.txt'
}
plant '"$G/hooks"' hook | attacker
for hook in pre-commit commit-msg post-commit prepare-commit-msg reference-transaction post-index-change; do
	naive "hook-$hook" 'git commit -q --allow-empty -am x'
done
naive hook-post-checkout 'git checkout -q -b other'
naive hook-pre-push 'git push -q origin HEAD:refs/heads/z; git push -q origin :refs/heads/z'
attacked hooks 0 proposed
{ plant hooks relative && echo 'git config core.hooksPath hooks'; } | attacker
naive relative-pre-commit 'git commit -q -am x'
naive relative-reference-transaction 'git update-ref refs/x HEAD'
attacked relative 0 proposed
ok 'relative: as files they are part of the change, no more' git cat-file -e agent/relative:hooks/pre-commit

# --- the same, configured where one does not look
attacker <<'AGENT'
printf '[core]\n\tfsmonitor = %s include\n' "$EVIL" >"$G/more" && git config include.path more && echo change >>hello.txt
AGENT
naive include 'git status'
attacked include 0 proposed
attacker <<'AGENT'
git config includeIf.onbranch:**.path more && printf '[core]\n\tfsmonitor = %s include-if\n' "$EVIL" >"$G/more" && echo change >>hello.txt
AGENT
naive include-if 'git status'
attacked include-if 0 proposed
attacker <<'AGENT'
git config core.repositoryFormatVersion 1 && git config extensions.worktreeConfig true
printf '[core]\n\tfsmonitor = %s config-worktree\n' "$EVIL" >"$G/config.worktree" && echo change >>hello.txt
AGENT
naive config-worktree 'git status'
attacked config-worktree 0 proposed
attacker <<'AGENT'
echo '* filter=e' >"$G/evil-attributes"; git config core.attributesFile "$G/evil-attributes"; git config filter.e.clean "$EVIL attributes-file pass"
echo change >>hello.txt
AGENT
naive attributes-file 'git add -A'
attacked attributes-file 0 proposed
attacker <<'AGENT'
mkdir -p "$G/templates/hooks" && printf '#!/bin/sh\n%s template\n' "$EVIL" >"$G/templates/hooks/post-checkout" && chmod +x "$G/templates/hooks/post-checkout"
git config init.templateDir "$G/templates" && git config --global init.templateDir "$G/templates" 2>/dev/null; echo change >>hello.txt
AGENT
naive template 'GIT_CONFIG_GLOBAL=$PWD/.git/config git init -q made && cd made && git commit -q --allow-empty -m x && git checkout -q -b other'
git config --global --unset init.templateDir
attacked template 0 proposed
attacker <<'AGENT'
git worktree add -q "$HOME/w" HEAD && git config core.repositoryFormatVersion 1 && git config extensions.worktreeConfig true
printf '[core]\n\tfsmonitor = %s worktree-admin\n' "$EVIL" >"$G/worktrees/w/config.worktree"
[ -d .git ] || { echo "$PWD/.git" >"$G/worktrees/w/gitdir"; rm -f .git; echo "gitdir: $G/worktrees/w" >.git; }
echo change >>hello.txt
AGENT
naive worktree-admin 'git -C "$HOME/w" status'
rm -rf "$HOME/w"
attacked worktree-admin 0 proposed
attacker <<'AGENT'
git config filter.e.process "$EVIL process" && git config filter.e.required true
echo '* filter=e' >"$G/info/attributes"; echo change >>hello.txt
AGENT
naive process 'git add -A'
attacked process 4 refused
# A git that knows no reftable refuses the directory, one that does finds no commit there.
attacker <<'AGENT'
mkdir -p "$G/reftable" && echo 0x000000000001-0x000000000001-00000000.ref >"$G/reftable/tables.list"
head -c 200 /dev/urandom >"$G/reftable/0x000000000001-0x000000000001-00000000.ref"
git config core.repositoryFormatVersion 1 && git config extensions.refStorage reftable; echo change >>hello.txt
AGENT
(victim; cd "$SCRATCH/victim" && git rev-parse -q --verify refs/heads/main) >/dev/null 2>&1
ok 'control: reftable: git no longer finds its branch' [ $? != 0 ]
before_reftable=$(everything)
run git agent issue issue.md --name reftable
held reftable "$(record reftable 'r["state"]')" "$before_reftable"
ok 'reftable: proposed or refused' grep -qx '0\|4' <<<"$status"
attacker <<'AGENT'
mkdir -p "$G/common" && cp -r "$G/objects" "$G/refs" "$G/config" "$G/packed-refs" "$G/common/" 2>/dev/null
git config -f "$G/common/config" core.fsmonitor "$EVIL commondir" && git config -f "$G/common/config" core.worktree "$PWD"
echo common >"$G/commondir" && echo change >>hello.txt
AGENT
naive commondir 'git status'
attacked commondir 0 proposed
attacker <<'AGENT'
git init -q --bare mine && git -C mine config core.fsmonitor "$EVIL gitfile" && git -C mine config core.bare false
rm -rf .git; echo "gitdir: mine" >.git; echo change >>hello.txt
AGENT
naive gitfile 'git status'
attacked gitfile 0 proposed
attacker <<'AGENT'
rm -rf .git; git init -q . && git config core.fsmonitor "$EVIL own-git"; echo change >>hello.txt
AGENT
naive own-git 'git status'
attacked own-git 0 proposed
attacker <<'AGENT'
git config extensions.partialClone p && git config remote.p.promisor true && git config remote.p.url . 
git config remote.p.uploadpack "$EVIL promisor" && git config core.repositoryFormatVersion 1 && echo change >>hello.txt
AGENT
naive promisor 'git cat-file -e 1234567890123456789012345678901234567890'
attacked promisor 0 proposed

# --- a work tree that is somebody else's
attacker <<'AGENT'
git config core.worktree "$SCRATCH/precious" && echo change >>hello.txt
AGENT
(victim && git clean -fdqx && git checkout -f -q)
ok 'control: core.worktree lets git clean delete elsewhere' [ ! -e "$SCRATCH/precious/gold" ]
rm -rf "$SCRATCH/precious" && precious
attacked worktree 0 proposed
is "$(git diff main agent/worktree --stat --format= | grep -c gold)" 0 'worktree: nothing of there was taken'

done_testing
