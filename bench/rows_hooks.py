"""Rows of the hooks: beside a shell script, husky, lefthook and pre-commit."""

import os
import shutil

from measure import Contender
from runs import GATE

ZERO = "0" * 40


def hook_repo(fx, name):
    repo = fx.repo(name, 20, GATE)
    fx.run("git", "remote", "add", "origin", fx.path("remote.git"), cwd=repo)
    return repo


def put_husky(fx, repo, hook, script):
    fx.program("node")
    package = fx.package("husky")
    fx.write(os.path.join(repo, "package.json"), '{"name": "x", "version": "1.0.0"}\n')
    fx.run("node", os.path.join(package, "bin.js"), cwd=repo)
    fx.write(os.path.join(repo, ".husky", hook), f"sh {script}\n")
    return os.path.join(repo, ".husky", "_", hook)


def put_lefthook(fx, repo, hook, script):
    binary = os.path.join(fx.package("lefthook-linux-x64"), "bin", "lefthook")
    os.symlink(fx.npm, os.path.join(repo, "node_modules"))
    fx.write(os.path.join(repo, "lefthook.yml"),
             f"{hook}:\n  commands:\n    check:\n      use_stdin: true\n      run: sh {script}\n")
    fx.run(binary, "install", cwd=repo)
    return os.path.join(repo, ".git", "hooks", hook)


def put_pre_commit(fx, repo, hook, script):
    fx.program("pre-commit")
    fx.write(os.path.join(repo, ".pre-commit-config.yaml"),
             "repos:\n- repo: local\n  hooks:\n"
             f"  - {{id: check, name: check, entry: sh {script}, language: system, always_run: true,\n"
             "     pass_filenames: false}\n")
    fx.run("git", "add", ".pre-commit-config.yaml", cwd=repo)
    fx.run("git", "commit", "-q", "-m", "configure", cwd=repo)
    fx.run("pre-commit", "install", "--hook-type", hook, cwd=repo)
    return os.path.join(repo, ".git", "hooks", hook)


TOOLS = (("husky", put_husky), ("lefthook", put_lefthook), ("pre-commit", put_pre_commit))


def pre_push(fx, peers):
    script = os.path.join(fx.peers, "pre-push.sh")

    def direct(name, repo, program):
        # A deletion: nothing is sent, so nothing but the branch is to be judged. Searching for secrets has rows of its own.
        line = fx.write(f"{name}.line", f"(delete) {ZERO} refs/heads/topic "
                                        f"{fx.run('git', 'rev-parse', 'HEAD', cwd=repo)}\n")
        return Contender(name, [program, "origin", fx.path("remote.git")], repo, fx.env, line)

    ours = hook_repo(fx, "push-ours")
    peers.add("ours", lambda: direct("ours", ours, fx.use_hook(ours, "pre-push")))
    peers.add("true", lambda: direct("true", ours, "/bin/true"))
    peers.add("sh", lambda: direct("sh", ours, script))
    for name, put in TOOLS:
        def make(name=name, put=put):
            repo = hook_repo(fx, f"push-{name}")
            return direct(name, repo, put(fx, repo, "pre-push", script))
        peers.add(name, make)


def post_commit(fx, peers):
    script = os.path.join(fx.peers, "post-commit.sh")
    argv = ["git", "commit", "-q", "--allow-empty", "-m", "one more"]
    # Beside each other: what making a file takes depends on where on the disk a repository lies (fixture.spread).
    place = os.path.basename(fx.each("commit", 0))
    elsewhere = hook_repo(fx, f"{place}/before")

    def before(number):
        # What runs right after pre-commit's Python is slower: each comes after a commit without a hook.
        fx.run(*argv, cwd=elsewhere)

    def commit(name, put):
        repo = hook_repo(fx, f"{place}/{name.replace(' ', '-')}")
        put(repo)
        return Contender(name, argv, repo, fx.env, before=before)

    def copy(repo):
        shutil.copy(script, os.path.join(fx.dir(repo, ".git", "hooks"), "post-commit"))

    def program(repo):
        """What git and the system take to start any hook at all."""
        shutil.copy("/bin/true", os.path.join(fx.dir(repo, ".git", "hooks"), "post-commit"))

    peers.add("ours", lambda: commit("ours", lambda repo: fx.use_hook(repo, "post-commit")))
    peers.add("true", lambda: commit("true", program))
    peers.add("no hook", lambda: commit("no hook", lambda repo: None))
    peers.add("sh hook", lambda: commit("sh hook", copy))
    peers.add("pre-commit", lambda: commit("pre-commit", lambda repo: put_pre_commit(fx, repo, "post-commit", script)))
