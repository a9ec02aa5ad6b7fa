# shellcheck shell=bash disable=SC2034,SC2154
# lib-ssh.sh: git over ssh on loopback: an sshd with keys, port and home of its own. Source after lib.sh.

# serve_ssh: whoever runs the test may log in there; the URL without the path is in $SSH_URL, and git uses it by
# GIT_SSH_COMMAND. Stops with the test.
serve_ssh() {
	local dir=$SCRATCH/ssh sshd try
	sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) || { echo 'Bail out! no sshd: install openssh-server' && exit 1; }
	mkdir -m 700 "$dir"
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host" && ssh-keygen -q -t ed25519 -N '' -f "$dir/user" || exit 1
	cp "$dir/user.pub" "$dir/authorized"
	for try in 1 2 3 4 5 6 7 8 9 10; do
		SSH_PORT=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
		cat >"$dir/config" <<-END
			Port $SSH_PORT
			ListenAddress 127.0.0.1
			HostKey $dir/host
			AuthorizedKeysFile $dir/authorized
			PidFile none
			StrictModes no
			UsePAM no
			PermitRootLogin yes
			PasswordAuthentication no
			PrintMotd no
			MaxStartups 100
			SetEnv HOME=$HOME PATH=$PATH GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
		END
		"$sshd" -D -f "$dir/config" -E "$dir/log" &
		SSH_PID=$!
		if wait_for_ssh && kill -0 "$SSH_PID" 2>/dev/null; then
			trap 'code=$?; kill "$SSH_PID" ${HTTP_PID:-} 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
			printf '[127.0.0.1]:%s %s\n' "$SSH_PORT" "$(cut -d' ' -f1,2 "$dir/host.pub")" >"$dir/known"
			export GIT_SSH_COMMAND="ssh -F /dev/null -i $dir/user -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=$dir/known"
			SSH_URL=ssh://$(id -un)@127.0.0.1:$SSH_PORT
			return 0
		fi
		kill "$SSH_PID" 2>/dev/null
		wait "$SSH_PID" 2>/dev/null
	done
	echo "Bail out! no sshd: try $try, $(tail -3 "$dir/log")"
	exit 1
}

# Until it takes connections, at most ten seconds; sooner if it is gone.
wait_for_ssh() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$SSH_PORT") 2>/dev/null && return 0
		kill -0 "$SSH_PID" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
