#!/bin/bash
# git agent doctor about remotes: they answer or not, in time, without a question; what is protected where, as far as it
# can be told; names, addresses and branches of anybody's making.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-doctor.sh"

make_repo "$SCRATCH/repo"
git branch topic && git branch release/1
look() { doctor git agent doctor --json --timeout "${TIMEOUT-60s}"; }

look
told remotes ok 'none' '' 'no remote'

# --- one on this machine
git init -q --bare "$SCRATCH/server.git"
git remote add origin "$SCRATCH/server.git" && git push -q origin main topic release/1
look
told 'remote origin' ok '^answers, 3 branches$' '' 'a remote'
told 'protection origin' weak '^nothing there refuses a push to main, release/1$' "^git agent guard server install $SCRATCH/server.git$" 'which protects nothing'
git -C "$SCRATCH/server.git" config receive.denyNonFastForwards yes && look
told 'protection origin' weak 'but one that rewrites it$' . 'or history alone'
printf '#!/bin/sh\nexit 1\n' >"$SCRATCH/server.git/hooks/pre-receive" && look
told 'protection origin' weak . . 'a hook that may not be executed is none'
chmod +x "$SCRATCH/server.git/hooks/pre-receive" && look
told 'protection origin' ok '^its pre-receive hook decides$' '' 'a hook of its own'
git remote set-url origin ../server.git && look
told 'remote origin' ok answers '' 'by a relative path'
told 'protection origin' ok 'pre-receive' '' 'likewise'
git remote set-url origin "file://$SCRATCH/server.git" && look
told 'protection origin' ok 'pre-receive' '' 'and by file://'
mkdir sub && (cd sub && doctor git agent doctor --json && cp "$SCRATCH/report" "$SCRATCH/below")
cp "$SCRATCH/below" "$SCRATCH/report"
told 'remote origin' ok answers '' 'from a subdirectory'
git remote set-url origin "$SCRATCH/gone.git" && look
told 'remote origin' broken 'gone.git' '^git ls-remote origin$' 'one that is not there'
is "$status" 1 'which is broken'
git remote remove origin

# --- forges: nobody asks them here (t4120 does); git is told that they are somewhere else
git config agent.forge off
where() {
	git remote add "$1" "$2"
	git config "url.$SCRATCH/server.git.insteadOf" "$2"
	git config "url.$2.pushInsteadOf" "$2"
	look
	told "protection $1" weak 'cannot be told from here' "$3" "$2"
	git remote remove "$1"
	git config --remove-section "url.$SCRATCH/server.git"
	git config --remove-section "url.$2"
}
where hub https://github.com/owner/project.git '^look at https://github.com/owner/project/settings/branches$'
where hub git@github.com:owner/project '^look at https://github.com/owner/project/settings/branches$'
where hub ssh://git@GitHub.com:22/owner/project.git/ '^look at https://github.com/owner/project/settings/branches$'
where lab https://gitlab.com/group/sub/project '^look at https://gitlab.com/group/sub/project/-/settings/repository$'
where own https://gitlab.example.org/a/b.git '^look at https://gitlab.example.org/a/b/-/settings/repository$'
where berg https://codeberg.org/a/b '^look at https://codeberg.org/a/b/settings/branches$'
where any https://git.example.org/a/b '^ask who runs git.example.org$'
where secret 'https://user:token-in-url@github.com/owner/project.git' '^look at https://github.com/owner/project/settings/branches$'
ok 'a token is not told' not grep -q token-in-url "$SCRATCH/report"

# --- no question, ever: not by git, by ssh, by a program for it or by a credential helper that is interactive
cat >"$SCRATCH/asked.sh" <<END
#!/bin/sh
echo "\$0 \$*" >>"$SCRATCH/asked"
exec sleep 600
END
chmod +x "$SCRATCH/asked.sh" && git config core.askPass "$SCRATCH/asked.sh"
"$PYTHON" -c '
import http.server
class Closed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401); self.send_header("WWW-Authenticate", "Basic realm=x"); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *a): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Closed)
print(s.server_address[1], flush=True)
s.serve_forever()' >"$SCRATCH/port" &
server=$!
trap 'code=$?; kill $server $silent 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
silent=
for ((i = 0; i < 600; i++)); do [ ! -s "$SCRATCH/port" ] || break; sleep 0.1; done
git remote add closed "http://127.0.0.1:$(cat "$SCRATCH/port")/x.git"
GIT_ASKPASS=$SCRATCH/asked.sh SSH_ASKPASS=$SCRATCH/asked.sh DISPLAY=:0 look
told 'remote closed' broken 'could not read Username' '^git ls-remote closed$' 'one that wants a password'
ok 'nobody is asked' [ ! -e "$SCRATCH/asked" ]
# With a terminal there is nobody to ask either.
status=0
"$PYTHON" - "$SCRATCH/tty" git agent doctor --timeout 60s <<'END' || status=$?
import os, pty, sys
with open(sys.argv[1], 'wb') as log:
    def read(fd):
        data = os.read(fd, 1024)
        log.write(data)
        return data
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b'')))
END
is "$status" 1 'at a terminal'
ok 'no question either' not grep -qE '^(Username|Password) for' "$SCRATCH/tty"
git remote remove closed
cat >"$SCRATCH/ssh" <<END
#!/bin/sh
printf '%s\n' "\$@" >"$SCRATCH/ssh-args"
[ -t 0 ] || (exec </dev/tty) 2>/dev/null && echo terminal >"$SCRATCH/ssh-terminal"
exit 255
END
chmod +x "$SCRATCH/ssh"
git remote add shell 'ssh://user@host.example/x.git'
GIT_SSH_COMMAND="$SCRATCH/ssh -F none" look
told 'remote shell' broken . 'git ls-remote shell' 'by ssh'
ok 'which is told to ask nothing' grep -qx -e '-oBatchMode=yes' "$SCRATCH/ssh-args"
ok 'as the person has it' grep -qx -e '-F' "$SCRATCH/ssh-args"
ok 'and has no terminal' [ ! -e "$SCRATCH/ssh-terminal" ]
git config core.sshCommand "$SCRATCH/ssh -p 7" && rm "$SCRATCH/ssh-args" && look
ok 'by core.sshCommand too' grep -qx -e '-p' "$SCRATCH/ssh-args"
git config --unset core.sshCommand && rm "$SCRATCH/ssh-args"
GIT_SSH=$SCRATCH/ssh look
ok 'and by GIT_SSH' grep -q x.git "$SCRATCH/ssh-args"
git remote remove shell

# --- one that says nothing
"$PYTHON" -c '
import socket, threading
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
print(s.getsockname()[1], flush=True)
held = []
while True: held.append(s.accept())' >"$SCRATCH/silent-port" &
silent=$!
for ((i = 0; i < 600; i++)); do [ ! -s "$SCRATCH/silent-port" ] || break; sleep 0.1; done
for scheme in git http; do
	git remote add "silent-$scheme" "$scheme://127.0.0.1:$(cat "$SCRATCH/silent-port")/x.git"
done
git remote add origin "$SCRATCH/server.git"
TIMEOUT=2s look
told 'remote silent-git' broken 'ran longer than 2' 'git ls-remote silent-git' 'a server that hangs'
told 'remote silent-http' broken 'ran longer than 2' 'git ls-remote silent-http' 'over HTTP'
told 'remote origin' ok answers '' 'keeps nothing from the others'
ok 'nothing goes on' not pgrep -f "127.0.0.1:$(cat "$SCRATCH/silent-port")/x.git"
git remote remove silent-git && git remote remove silent-http

# --- hostile: names, addresses and branches
touch "$SCRATCH/victim"
git config 'remote.-x.url' "$SCRATCH/server.git"
git config "remote.a'b \$(rm $SCRATCH/victim).url" "$SCRATCH/gone.git"
git config $'remote.esc\e[31mape.url' $'https://ho\e[31mst/\e]0;title\a'
git config 'remote.upload.url' '--upload-pack=touch /tmp/never'
git config 'remote.program.url' "ext::rm $SCRATCH/victim"
git -C "$SCRATCH/server.git" update-ref 'refs/heads/release/$(id);rm' "$(git rev-parse HEAD)"
git config agent.protect.branches 'release/**'
rm "$SCRATCH/server.git/hooks/pre-receive"
look
told 'remote -x' ok answers '' 'a name that looks like an option'
told "remote a'b \$(rm $SCRATCH/victim)" broken . "git ls-remote 'a'" 'a name with a command in it'
ok 'every line is clean' not grep -q $'\\\\u001b' "$SCRATCH/report"
told 'remote upload' broken . . 'an address that looks like an option'
told 'remote program' broken 'ext' . 'one that is a program'
told 'protection origin' weak 'release/\$\(id\);rm' . 'a branch with a command in it'
eval "$(json '[c["mend"] for c in r["checks"] if c["name"].startswith("remote a")][0]' <"$SCRATCH/report")" >/dev/null 2>&1
ok 'nothing of it was run, not even the command that mends' [ -e "$SCRATCH/victim" ]
run git agent doctor --timeout 60s
ok 'no escape sequence reaches a terminal' not grep -q $'\e' "$SCRATCH/out"
is "$(git status --porcelain)$(find .git/agent 2>/dev/null)" '' 'and nothing was changed'

done_testing
