# shellcheck shell=bash disable=SC2016
# lib-escape-agent.sh: attacks of an agent on what lies outside its box, as a table for lib-escape-box.sh.

# --- the repository: $R is its directory, $X the name of the attack
attack prune 'git -C "$R" reflog expire --expire=now --all; git -C "$R" prune --expire=now' '! git -C "$R" cat-file -e "$(git hash-object --stdin <<<unreachable)"'
attack push 'git push -q "$R" HEAD:refs/heads/$X' 'ref push'
attack push-main 'git -C "$R" config receive.denyCurrentBranch ignore; echo x >x.$X; git add x.$X; git commit -q -m x; git push -q -f "$R" HEAD:refs/heads/guarded; git reset -q --hard HEAD~1' '[ "$(git -C "$R" rev-parse guarded)" != "$base" ]'
attack update-ref 'git --git-dir="$R/.git" update-ref refs/heads/$X "$(git rev-parse HEAD)"' 'ref update-ref'
attack ref-by-hand 'git rev-parse HEAD >"$R/.git/refs/heads/$X"' 'ref ref-by-hand'
attack packed-refs 'echo "$(git rev-parse HEAD) refs/heads/$X" >>"$R/.git/packed-refs"' 'ref packed-refs'
attack symbolic-ref 'git --git-dir="$R/.git" symbolic-ref refs/heads/$X refs/heads/main' 'ref symbolic-ref'
attack branch-delete 'git -C "$R" branch -D doomed' '! ref doomed'
attack ref-unlink 'rm "$R/.git/refs/heads/unlinked"' '! ref unlinked'
attack fetch-into 'git -C "$R" fetch -q "$PWD" HEAD:refs/heads/$X' 'ref fetch-into'
attack tag 'git -C "$R" tag $X' 'git -C "$R" rev-parse -q --verify refs/tags/tag'
attack notes 'git -C "$R" -c user.name=x -c user.email=x notes add -m x HEAD' 'git -C "$R" rev-parse -q --verify refs/notes/commits'
attack stash 'git -C "$R" update-ref refs/stash HEAD' 'git -C "$R" rev-parse -q --verify refs/stash'
attack reflog 'rm "$R/.git/logs/HEAD"' '[ ! -e "$R/.git/logs/HEAD" ]'
attack agent-refs 'git -C "$R" update-ref refs/agent/head/$X HEAD' 'git -C "$R" rev-parse -q --verify refs/agent/head/agent-refs'
attack pin 'git -C "$R" update-ref -d refs/agent/base/pinned' '! git -C "$R" rev-parse -q --verify refs/agent/base/pinned'
for hook in pre-commit post-checkout pre-push reference-transaction; do
	attack "hook-$hook" "echo evil >\"\$R/.git/hooks/$hook\"" "[ -e \"\$R/.git/hooks/$hook\" ]"
done
attack config 'git config -f "$R/.git/config" evil.$X 1' 'git -C "$R" config evil.config'
attack config-read 'cat "$R/.git/config"' 'looted config-read token-in-url'
attack config-worktree 'echo "[evil]x=1" >"$R/.git/config.worktree"' '[ -e "$R/.git/config.worktree" ]'
for file in info/attributes info/grafts info/sparse-checkout shallow commondir objects/info/alternates FETCH_HEAD MERGE_HEAD index.lock worktrees/evil/gitdir modules/evil/config; do
	attack "file-${file//\//-}" "mkdir -p \"\$(dirname \"\$R/.git/$file\")\" && echo evil >\"\$R/.git/$file.$$\" && mv \"\$R/.git/$file.$$\" \"\$R/.git/$file-evil\"" "[ -e \"\$R/.git/$file-evil\" ]"
done
attack exclude 'echo evil >>"$R/.git/info/exclude"' 'grep -q evil "$R/.git/info/exclude"'
attack index 'echo evil >"$R/.git/index"' 'grep -q evil "$R/.git/index"'
attack object-write 'GIT_DIR="$R/.git" git hash-object -w --stdin <<<$X' 'git -C "$R" cat-file -e "$(git hash-object --stdin <<<object-write)"'
attack object-delete 'o=$(git hash-object --stdin <<<doomed) && rm -f "$R/.git/objects/${o:0:2}/${o:2}"' '! git -C "$R" cat-file -e "$(git hash-object --stdin <<<doomed)"'
attack object-replace 'o=$(git hash-object --stdin <<<changed) f="$R/.git/objects/${o:0:2}/${o:2}" && chmod u+w "$f" && echo x >>"$f"' 'o=$(git hash-object --stdin <<<changed) && [ "$(tail -c 2 "$R/.git/objects/${o:0:2}/${o:2}")" = x ]'
attack objects-chmod 'chmod 751 "$R/.git/objects"' '[ "$(stat -c %a "$R/.git/objects")" = 751 ]'
attack git-dir-chmod 'chmod 751 "$R/.git"' '[ "$(stat -c %a "$R/.git")" = 751 ]'
attack git-dir-rename 'mv "$R/.git" "$R/g" && : >"$R/g/renamed" && mv "$R/g" "$R/.git"' '[ -e "$R/.git/renamed" ]'
attack ancestor-rename 'mv "$R" "$R-moved" && : >"$R-moved/.git/ancestor" && mv "$R-moved" "$R"' '[ -e "$R/.git/ancestor" ]'
attack utime 'touch -d @1 "$R/.git/description"' '[ "$(stat -c %Y "$R/.git/description")" = 1 ]'
attack xattr '"$PYTHON" -c "import os; os.setxattr(os.environ[\"R\"] + \"/.git/description\", \"user.evil\", b\"1\")"' '"$PYTHON" -c "import os; os.getxattr(os.environ[\"R\"] + \"/.git/description\", \"user.evil\")"' optional
attack truncate 'truncate -s 0 "$R/.git/hooks/README"' '[ ! -s "$R/.git/hooks/README" ]'
attack by-symlink 'ln -s "$R/.git/hooks" h-$X && echo evil >h-$X/$X; rm -f h-$X' '[ -e "$R/.git/hooks/by-symlink" ]'
attack by-hardlink 'ln "$R/.git/info/linked" l-$X && echo evil >>l-$X; rm -f l-$X' 'grep -q evil "$R/.git/info/linked"' optional
attack by-proc-cwd 'cd "$R" && echo evil >/proc/self/cwd/.git/$X' '[ -e "$R/.git/by-proc-cwd" ]'
attack by-proc-root 'echo evil >"/proc/$VICTIM/root$R/.git/$X"' '[ -e "$R/.git/by-proc-root" ]'
attack by-parent-root 'for p in /proc/[0-9]*; do echo evil >"$p/root$R/.git/$X"; done 2>/dev/null' '[ -e "$R/.git/by-parent-root" ]'
attack by-userns 'unshare -Ur sh -c "echo evil >\"$R/.git/$X\""' '[ -e "$R/.git/by-userns" ]' optional
attack by-mountns 'unshare -Urm sh -c "mount -o remount,rw,bind / 2>/dev/null; mount --bind \"$R/.git\" . && echo evil >$X"' '[ -e "$R/.git/by-mountns" ]' optional
attack by-dot-git 'rm -f .git; echo "gitdir: $R/.git" >.git; git update-ref refs/heads/$X HEAD; printf "gitdir: ../git\n" >.git' 'ref by-dot-git'
attack checkout-file 'echo evil >>"$R/hello.txt"' 'grep -q evil "$R/hello.txt"'
attack checkout-link 'ln -s /etc/passwd "$R/$X"' '[ -L "$R/checkout-link" ]'
attack gitagent 'echo evil >"$R/.gitagent.evil"' '[ -e "$R/.gitagent.evil" ]'
attack trust 'mkdir -p "$R/.git/agent" && echo evil >>"$R/.git/agent/trust"' 'grep -q evil "$R/.git/agent/trust"'
attack policy 'echo evil >"$R/.git/agent/policy"' '[ -e "$R/.git/agent/policy" ]'
attack record 'echo evil >"$R/.git/agent/runs/other/run.json"' 'grep -q evil "$R/.git/agent/runs/other/run.json"'
attack other-run 'echo evil >"$WORK_ROOT/other-run/tree/$X"' '[ -e "$WORK_ROOT/other-run/tree/other-run" ]'
attack other-run-read 'cat "$WORK_ROOT/other-run/tree/theirs"' 'looted other-run-read SECRET-other-run'
attack worktree-add 'git -C "$R" worktree add -q "$PWD/w-$X" HEAD; rm -rf "w-$X"' '[ -e "$R/.git/worktrees/w-worktree-add" ]'
attack agent-drop 'cd "$R" && git agent drop dropped' '[ ! -e "$R/.git/agent/runs/dropped" ]'

# --- the user's home, and what is not the repository's
for secret in .ssh/id_rsa .netrc .git-credentials .aws/credentials .config/gh/hosts.yml .bash_history .gnupg/secring .docker/config.json .kube/config .npmrc; do
	attack "read-${secret//\//-}" "cat \"\$H/$secret\"" "looted 'read-${secret//\//-}' 'SECRET-$secret'"
done
attack read-by-proc 'for p in /proc/[0-9]*; do cat "$p/root$H/.netrc"; done 2>/dev/null' 'looted read-by-proc SECRET-.netrc'
attack read-move 'mv "$H/.pgpass" loot/$X' '[ ! -e "$H/.pgpass" ]'
attack stat 'stat -c %n:%s "$H/.netrc"' 'looted stat .netrc:'
attack list-home 'ls -A "$H/.ssh"' 'looted list-home id_rsa'
for file in .bashrc .ssh/authorized_keys .gitconfig .profile .config/git/config .local/bin/git .config/autostart/x.desktop .cargo/bin/cargo; do
	attack "write-${file//\//-}" "mkdir -p \"\$(dirname \"\$H/$file\")\"; echo evil-line >>\"\$H/$file\"" "grep -q evil-line \"\$H/$file\""
done
attack write-tmp 'echo evil >"$OUTSIDE_TMP/$X"' '[ -e "$OUTSIDE_TMP/write-tmp" ]'
attack write-shm 'echo evil >/dev/shm/$UNIQUE' '[ -e "/dev/shm/$UNIQUE" ]' optional
attack write-build 'echo evil >"$SCRATCH/bin/git"' '[ -e "$SCRATCH/bin/git" ]'

# --- other processes
attack environ 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n" | grep ^ESCAPE_CANARY' 'looted environ ESCAPE_CANARY'
attack cmdline 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" "\n"' 'looted cmdline VICTIM-COMMAND-LINE'
attack kill 'kill -9 "$DOOMED"' '! kill -0 "$DOOMED"'
attack stop-all 'kill -CONT "$VICTIM" && echo reached' 'looted stop-all reached'
attack ptrace 'attach() { "$PYTHON" -c "import ctypes, os, sys; l = ctypes.CDLL(None, use_errno=True); sys.exit(0 if l.ptrace(0x4206, int(os.environ[\"VICTIM\"]), 0, 0) == 0 else 1)"; }; attach && echo attached' 'looted ptrace attached' optional
attack vm-read '"$PYTHON" "$SCRATCH/vm.py" vm' 'looted vm-read SECRET-memory' optional
attack proc-mem '"$PYTHON" "$SCRATCH/vm.py" mem' 'looted proc-mem SECRET-memory' optional
attack renice 'renice -n "$NICE" -p "$VICTIM"' '[ "$(ps -o ni= -p "$VICTIM" | tr -d " ")" = "$NICE" ]' optional
attack affinity 'taskset -cp 0 "$VICTIM" && echo reached' 'looted affinity reached'
attack prlimit 'prlimit --pid "$VICTIM" --nofile=77:' '[ "$(prlimit --pid "$VICTIM" --nofile -o SOFT --noheadings | tr -d " ")" = 77 ]'
attack pidfd '"$PYTHON" -c "import os, signal; signal.pidfd_send_signal(os.pidfd_open(int(os.environ[\"VICTIM\"])), 0); print(\"reached\")"' 'looted pidfd reached' optional
attack inherited-fd 'cat <&9; for fd in /proc/self/fd/*; do [ ! -f "$fd" ] || cat "$fd"; done 2>/dev/null' 'looted inherited-fd SECRET-fd' none-too
attack fd-of-others 'for f in /proc/[0-9]*/fd/9; do [ ! -f "$f" ] || cat "$f"; done 2>/dev/null' 'looted fd-of-others SECRET-fd'
attack unix-socket '"$PYTHON" -c "import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(os.environ[\"SCRATCH\"] + \"/sock\"); s.send(b\"unix\")"' 'heard unix'
attack abstract-socket '"$PYTHON" -c "import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(\"\0\" + os.environ[\"UNIQUE\"]); s.send(b\"abstract\")"' 'heard abstract'
# Where programs of a session listen for their own.
for name in ssh-agent tmux docker gpg-agent bus; do
	case $name in
	ssh-agent) path=/tmp/ssh-$UNIQUE/agent.1 ;; tmux) path=/tmp/tmux-$UNIQUE/default ;; docker) path=$H/.docker/run/docker.sock ;;
	gpg-agent) path=$H/.gnupg/S.gpg-agent ;; bus) path=/dev/shm/bus-$UNIQUE ;;
	esac
	attack "socket-$name" "\"\$PYTHON\" -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"$path\"); s.send(b\"socket-$name\")'" "heard socket-$name"
done
attack abstract-bus '"$PYTHON" -c "import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(\"\0/tmp/dbus-\" + os.environ[\"UNIQUE\"]); s.send(b\"abstract-bus\")"' 'heard abstract-bus'
# What the launching environment tells of them.
attack session-env 'env | grep -E "^(SSH_AUTH_SOCK|DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|TMUX|DISPLAY|GPG_AGENT_INFO|DOCKER_HOST)="' 'looted session-env =' none-too
attack posix-queue '"$PYTHON" -c "import ctypes, os; ctypes.CDLL(None).mq_open((\"/\" + os.environ[\"UNIQUE\"]).encode(), 0o102, 0o600, None)"' '"$PYTHON" -c "import ctypes, os; exit(ctypes.CDLL(None).mq_open((\"/\" + os.environ[\"UNIQUE\"]).encode(), 0) < 0)"' optional
attack setuid-new '"$PYTHON" -c "import ctypes; print(ctypes.CDLL(None).syscall(452, -100, b\"hello.txt\", 0o4755, 0) == 0)"; chmod 644 hello.txt' 'looted setuid-new True' optional
attack xattr-new '"$PYTHON" -c "import ctypes, os; v = ctypes.create_string_buffer(b\"1\"); a = (ctypes.c_uint64 * 2)(ctypes.addressof(v), 1); ctypes.CDLL(None).syscall(463, -100, (os.environ[\"R\"] + \"/.git/config\").encode(), 0, b\"user.evil\", a, ctypes.c_size_t(16))"' '"$PYTHON" -c "import os; os.getxattr(os.environ[\"R\"] + \"/.git/config\", \"user.evil\")"' optional
attack sysv-queue '"$PYTHON" -c "import ctypes, os; l = ctypes.CDLL(None); print(l.msgget(int(os.environ[\"KEY\"]), 0o1600))"' 'ipcs -q | grep -qi "$(printf 0x%08x "$KEY")"'
