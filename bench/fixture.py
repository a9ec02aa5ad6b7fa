"""Where the rows work: a scratch directory, a home of its own, repositories made with fast-import."""

import array
import fcntl
import os
import shutil
import subprocess
import tempfile

TEXT = "".join(f"line {i:03d}: int value_{i} = compute(value_{i - 1}, {i * 7});\n" for i in range(40))
PERSON = "A Person <person@example.com> 1700000000 +0000"


class Skip(Exception):
    """A peer that is not here, and why."""


GET_FLAGS, SET_FLAGS, TOP_DIRECTORY = 0x80086601, 0x40086602, 0x00020000


def spread(path):
    """Asks ext4 to place what is made in this directory apart (chattr +T).

    Where much was deleted lately, ext4 looks at every such inode before it makes a new one: creating a file beside what the
    round before removed takes 50 times as long as elsewhere, for whoever comes next.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    flags = array.array("L", [0])
    try:
        fcntl.ioctl(fd, GET_FLAGS, flags)
        flags[0] |= TOP_DIRECTORY
        fcntl.ioctl(fd, SET_FLAGS, flags)
    except OSError:
        pass  # another file system: nothing to ask for
    finally:
        os.close(fd)


class Fixture:
    def __init__(self, build, source):
        self.build, self.source = build, source
        self.ends = []
        self.peers = os.path.join(source, "peers")
        self.npm = os.path.join(build, "npm", "node_modules")
        # git agent itself wants its checkouts on a disk, and so do people: not /dev/shm.
        self.root = tempfile.mkdtemp(prefix="git-agent-bench.")
        spread(self.root)
        self.home = self.dir("home")
        self.real_home = os.environ.get("HOME", "/")
        unpacked = [os.path.join(build, "peers", name, "usr", "bin") for name in ("gitleaks", "trufflehog")]
        path = ":".join([os.path.join(build, "bin"), os.environ.get("PATH", "/usr/bin:/bin"), *unpacked])
        self.env = {"PATH": path, "HOME": self.home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb",
                    "GIT_CONFIG_NOSYSTEM": "1", "TMPDIR": self.dir("tmp"),
                    "PRE_COMMIT_HOME": self.dir("pre-commit")}
        for key, value in (("user.name", "A Person"), ("user.email", "person@example.com"),
                           ("init.defaultBranch", "main"), ("advice.detachedHead", "false"), ("gc.auto", "0")):
            self.run("git", "config", "--global", key, value)

    def dir(self, *parts):
        path = os.path.join(self.root, *parts)
        os.makedirs(path, exist_ok=True)
        return path

    def each(self, name, number="{round}"):
        """The path of a round's own. ext4 places it by its name: that of another row, whose files are gone, would lead there."""
        return self.path(f"{name}-{number}-{self.root.rsplit('.', 1)[1]}")

    def fresh(self, name, number):
        """A directory of this round's own, placed apart from those of the rounds before."""
        return self.dir(self.each(name, number))

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def at_close(self, end):
        self.ends.append(end)

    def close(self):
        for end in self.ends:
            end()
        os.chdir("/")
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *argv, cwd=None, codes=(0,), **env):
        done = subprocess.run(argv, cwd=cwd or self.root, env={**self.env, **env}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode not in codes:
            raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def program(self, name):
        path = shutil.which(name, path=self.env["PATH"])
        if not path:
            raise Skip(f"{name} is not installed")
        return path

    def package(self, name):
        path = os.path.join(self.npm, name)
        if not os.path.isdir(path):
            raise Skip(f"npm package {name} is not in {self.npm}")
        return path

    def repo(self, name, files, policy, directories=100):
        """A repository of `files` files in `directories` directories, with a policy whose commands are trusted."""
        path = self.dir(name)
        self.run("git", "init", "-q", cwd=path)
        stream = [f"commit refs/heads/main\ncommitter {PERSON}\ndata 4\nbase\n"]
        named = [(f"src/d{i % directories:03d}/f{i:05d}.c", f"/* file {i} */\n" + TEXT) for i in range(files)]
        for at, text in [*named, (".gitagent", policy)]:
            stream.append(f"M 100644 inline {at}\ndata {len(text)}\n{text}\n")
        subprocess.run(["git", "fast-import", "--quiet"], cwd=path, env=self.env, input="".join(stream).encode(),
                       check=True)
        self.run("git", "reset", "-q", "--hard", cwd=path)
        self.run("git", "update-index", "--refresh", "-q", cwd=path)
        self.run("git", "agent", "trust", "--yes", cwd=path)
        return path

    def hook_source(self, name):
        return os.path.join(self.build, "libexec", "git-agent", "hooks", name)

    def use_hook(self, repo, name):
        to = os.path.join(repo, ".git", "hooks", name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(self.hook_source(name), to)
        return to
