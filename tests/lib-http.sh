# shellcheck shell=bash disable=SC2034,SC2154
# lib-http.sh: git's smart HTTP on loopback: lighttpd with git-http-backend as CGI. Source after lib.sh.

# serve_http <dir>: serves the bare repositories below <dir>, pushes allowed; their URL without the name is in $HTTP_URL. Stops with the test.
serve_http() {
	local backend conf=$SCRATCH/lighttpd.conf try
	backend=$(git --exec-path)/git-http-backend
	PATH=$PATH:/usr/sbin
	for try in 1 2 3 4 5 6 7 8 9 10; do
		HTTP_PORT=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
		cat >"$conf" <<-END
			server.document-root = "$1"
			server.port = $HTTP_PORT
			server.bind = "127.0.0.1"
			server.errorlog = "$SCRATCH/lighttpd.log"
			server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
			server.upload-dirs = ("$SCRATCH")
			alias.url = ("/git" => "$backend")
			setenv.set-environment = (
				"GIT_PROJECT_ROOT" => "$1",
				"GIT_HTTP_EXPORT_ALL" => "1",
				"GIT_CONFIG_NOSYSTEM" => "1",
				"HOME" => "$HOME"
			)
			cgi.assign = ("" => "")
		END
		lighttpd -D -f "$conf" >>"$SCRATCH/lighttpd.log" 2>&1 &
		HTTP_PID=$!
		HTTP_URL=http://127.0.0.1:$HTTP_PORT/git
		# The port may be somebody else's by then, so the server has to answer and to live.
		if wait_for_http && kill -0 "$HTTP_PID" 2>/dev/null; then
			trap 'code=$?; kill "$HTTP_PID" 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
			return 0
		fi
		kill "$HTTP_PID" 2>/dev/null
		wait "$HTTP_PID" 2>/dev/null
	done
	echo "Bail out! no web server: try $try, $(tail -3 "$SCRATCH/lighttpd.log")"
	exit 1
}

# Until the server takes connections, at most ten seconds; sooner if it is gone.
wait_for_http() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$HTTP_PORT") 2>/dev/null && return 0
		kill -0 "$HTTP_PID" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
