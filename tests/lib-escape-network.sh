# shellcheck shell=bash disable=SC2016,SC2034
# lib-escape-network.sh: attacks of a gate stage on the network, as a table for lib-escape-box.sh.

WHERE=gate

# python <name> <statements>: an attack in Python, with `say` for what the server hears.
python() { attack "$1" "\"\$PYTHON\" -c 'import ctypes, os, socket, struct; e = os.environ; say = e[\"X\"].encode(); local = (\"127.0.0.1\", int(e[\"TCP\"])); $2'" "heard $1" "${3-}"; }

attack tcp 'echo tcp >"/dev/tcp/127.0.0.1/$TCP"' 'heard tcp'
attack udp 'echo udp >"/dev/udp/127.0.0.1/$UDP"' 'heard udp'
python tcp6 's = socket.socket(socket.AF_INET6); s.connect(("::1", int(e["TCP6"]))); s.send(say)' optional
python mapped6 's = socket.socket(socket.AF_INET6); s.connect(("::ffff:127.0.0.1", int(e["TCP"]))); s.send(say)' optional
python any-address 's = socket.socket(); s.connect(("0.0.0.0", int(e["TCP"]))); s.send(say)'
python fast-open 's = socket.socket(); s.sendto(say, 0x20000000, local)' optional
python mptcp 's = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.connect(local); s.send(say)' optional
python udp-lite 's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 0); s.connect(("127.0.0.1", int(e["UDP"]))); s.send(say)'
python raw 's = socket.socket(socket.AF_INET, socket.SOCK_RAW, 17); s.sendto(struct.pack(">4H", 9, int(e["UDP"]), 8 + len(say), 0) + say, ("127.0.0.1", 0))' optional
python forked 'os.fork() == 0 and (os.setsid(), os.fork() == 0 and (lambda s: (s.connect(local), s.send(say)))(socket.socket()))'
python unix 's = socket.socket(socket.AF_UNIX); s.connect(e["SCRATCH"] + "/sock"); s.send(say)'
python unix-by-root 's = socket.socket(socket.AF_UNIX); s.connect("/proc/%s/root%s/sock" % (e["VICTIM"], e["SCRATCH"])); s.send(say)'
python abstract 's = socket.socket(socket.AF_UNIX); s.connect("\0" + e["UNIQUE"]); s.send(say)'
attack setns 'nsenter -t "$VICTIM" -n bash -c "echo setns >/dev/tcp/127.0.0.1/$TCP"' 'heard setns' optional
attack setns-all 'nsenter -t "$VICTIM" -a bash -c "echo setns-all >/dev/tcp/127.0.0.1/$TCP"' 'heard setns-all' optional
attack userns 'unshare -Ur nsenter -t "$VICTIM" -n bash -c "echo userns >/dev/tcp/127.0.0.1/$TCP"' 'heard userns' optional
python pidfd-getfd 'l = ctypes.CDLL(None); p = os.pidfd_open(int(e["VICTIM"])); [(lambda f: f >= 0 and (lambda s: s.type == socket.SOCK_DGRAM and s.sendto(say, s.getsockname()))(socket.socket(fileno=f)))(l.syscall(438, p, n, 0)) for n in range(3, 12)]' optional
