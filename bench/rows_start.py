"""Rows of what comes before the agent's first instruction, and of the disk it takes."""

import glob
import os
import time

from measure import Contender, reap, spawn
from runs import GATE, issue_again_to_stamp, issue_to_stamp


def worktree_add(fx, repo, name="git worktree add"):
    at = fx.each("worktree")
    return Contender(name, ["git", "worktree", "add", "-q", "--detach", at], repo, fx.env)


def by_hand(fx, repo):
    work = fx.each("by-hand")
    return Contender("by hand", ["sh", os.path.join(fx.peers, "prepare.sh"), repo, work], None, fx.env,
                     before=lambda number: fx.fresh("by-hand", number))


def raw_files(fx, repo):
    """The same files, written with nothing else done: what the file system alone takes."""
    contents = []
    for at, _, names in os.walk(os.path.join(repo, "src")):
        for name in names:
            with open(os.path.join(at, name), "rb") as source:
                contents.append((os.path.relpath(at, repo), name, source.read()))

    def measure(contender, number):
        made, root = None, fx.fresh("raw", number)
        start = time.perf_counter_ns()
        for at, name, content in contents:
            if at != made:
                os.makedirs(os.path.join(root, at))
                os.chdir(os.path.join(root, at))
                made = at
            fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(fd, content)
            os.close(fd)
        return (time.perf_counter_ns() - start) / 1e6

    return Contender("raw files", [], measure=measure)


def start(fx, peers):
    repo = fx.repo("start", 10000, GATE)
    peers.add("ours", lambda: issue_to_stamp(fx, repo))
    peers.add("git worktree add", lambda: worktree_add(fx, repo))
    peers.add("by hand", lambda: by_hand(fx, repo))
    peers.add("raw files", lambda: raw_files(fx, repo))


def start_many(fx, peers):
    repo = fx.repo("start", 50000, GATE, 500)
    peers.add("ours", lambda: issue_to_stamp(fx, repo))
    peers.add("git worktree add", lambda: worktree_add(fx, repo))


def start_again(fx, peers):
    repo = fx.repo("start", 50000, GATE, 500)
    peers.add("ours", lambda: issue_again_to_stamp(fx, repo))
    peers.add("git worktree add", lambda: worktree_add(fx, repo))


def start_sparse(fx, peers):
    whole = fx.repo("whole", 50000, GATE, 500)
    sparse = fx.path("sparse")
    fx.run("git", "clone", "-q", "--sparse", whole, sparse)
    fx.run("git", "sparse-checkout", "set", "src/d000", cwd=sparse)
    fx.run("git", "agent", "trust", "--yes", cwd=sparse)
    peers.add("ours", lambda: issue_to_stamp(fx, sparse))
    peers.add("git worktree add", lambda: worktree_add(fx, whole))
    peers.add("by hand", lambda: by_hand(fx, sparse))


# --- disk -------------------------------------------------------------------------------------------


def taken(*paths, but=None):
    """MiB of disk below the paths, without what lies below `but`."""
    blocks = 0
    for path in paths:
        for at, dirs, files in os.walk(path):
            dirs[:] = [name for name in dirs if os.path.join(at, name) != but]
            blocks += sum(os.lstat(os.path.join(at, name)).st_blocks for name in [*dirs, *files])
    return blocks * 512 / 2**20


def disk(fx, peers):
    """What a run takes beside its checkout: its private git directory, its record, what it adds to the repository."""
    repo = fx.repo("disk", 50000, GATE, 500)
    git = os.path.join(repo, ".git")
    tree = {}

    def beyond(contender, number):
        root, before = fx.each("root", number), taken(git)
        reap(contender, spawn(contender, number))
        tree[number] = glob.glob(os.path.join(root, "*", f"r{number}", "tree"))[0]
        os.sync()  # a file has its blocks when it is written out
        return taken(root, git, but=tree[number]) - before

    ours = issue_to_stamp(fx, repo)
    ours.measure = beyond
    peers.add("ours", lambda: ours)
    peers.add("checkout", lambda: Contender("checkout", [], measure=lambda contender, number: taken(tree[max(tree)])))
