"""The table: what is measured, ours, its peers, and the goals. A row makes its contenders in a fixture and nothing else."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

from fixture import Skip
from measure import Contender, Extra, Failed, Ratio, reap, spawn

GATE = '[gate "tests"]\nrun = true\n'
GATE_FOUR = "[gate]\njobs = 4\n" + "".join(f'[gate "{name}"]\nrun = sleep 0.3\n' for name in "abcd")
ZERO = "0" * 40


@dataclass
class Row:
    name: str
    title: str
    unit: str
    make: Callable  # (fixture, peers) -> None: adds contenders, "ours" among them
    goals: list
    notes: dict = field(default_factory=dict)


class Peers:
    """Collects contenders; what raises Skip is named as absent and left out."""

    def __init__(self):
        self.contenders, self.skipped = [], {}

    def add(self, name, make):
        try:
            self.contenders.append(make())
        except Skip as why:
            self.skipped[name] = str(why)


# --- hooks ------------------------------------------------------------------------------------------


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
        line = fx.write(f"{name}.line", f"refs/heads/topic {fx.run('git', 'rev-parse', 'HEAD', cwd=repo)} "
                                        f"refs/heads/topic {ZERO}\n")
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

    def commit(name, put):
        repo = hook_repo(fx, f"commit-{name.replace(' ', '-')}")
        put(repo)
        return Contender(name, ["git", "commit", "-q", "--allow-empty", "-m", "one more"], repo, fx.env)

    def copy(repo):
        shutil.copy(script, os.path.join(fx.dir(repo, ".git", "hooks"), "post-commit"))

    peers.add("ours", lambda: commit("ours", lambda repo: fx.use_hook(repo, "post-commit")))
    peers.add("no hook", lambda: commit("no hook", lambda repo: None))
    peers.add("sh hook", lambda: commit("sh hook", copy))
    peers.add("pre-commit", lambda: commit("pre-commit", lambda repo: put_pre_commit(fx, repo, "post-commit", script)))


# --- until the agent starts -------------------------------------------------------------------------


def agent_env(fx, script):
    return {**fx.env, "AGENT_CMD": "sh " + os.path.join(fx.peers, script)}


def until_agent(repo):
    """Milliseconds from the start to the time stamp the agent printed."""
    def measure(contender, number):
        start = time.time_ns()
        reap(contender, spawn(contender, number))
        with open(os.path.join(repo, ".git", "agent", "runs", f"r{number}", "agent-1.log"), encoding="ascii") as log:
            return (int(log.read()) - start) / 1e6
    return measure


def own_root(fx, repo):
    """The run's checkouts where nothing was deleted a moment ago, as for the peers."""
    def before(number):
        root = fx.fresh("root", number)
        fx.run("git", "config", "agent.workRoot", root, cwd=repo)
    return before


def drop_run(fx, repo):
    return lambda number: fx.run("git", "agent", "drop", f"r{number}", cwd=repo)


def issue_to_stamp(fx, repo):
    brief = fx.write("brief.md", "# Do it\n\n## Acceptance criteria\n\n- it is done\n")
    return Contender("ours", ["git", "agent", "issue", "-q", "--name", "r{round}", brief], repo,
                     agent_env(fx, "stamp.sh"), before=own_root(fx, repo), after=drop_run(fx, repo), measure=until_agent(repo), codes=(3,))


def worktree_add(fx, repo, name="git worktree add"):
    at = fx.path("worktree-{round}")
    return Contender(name, ["git", "worktree", "add", "-q", "--detach", at], repo, fx.env, after=lambda number: fx.run(
        "git", "worktree", "remove", "--force", fx.path(f"worktree-{number}"), cwd=repo))


def by_hand(fx, repo):
    work = fx.path("by-hand-{round}")
    return Contender("by hand", ["sh", os.path.join(fx.peers, "prepare.sh"), repo, work], None, fx.env,
                     before=lambda number: fx.fresh("by-hand", number),
                     after=lambda number: shutil.rmtree(fx.path(f"by-hand-{number}")))


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

    def after(number):
        os.chdir("/")
        shutil.rmtree(fx.path(f"raw-{number}"))
    return Contender("raw files", [], measure=measure, after=after)


def start(fx, peers):
    repo = fx.repo("start", 10000, GATE)
    peers.add("ours", lambda: issue_to_stamp(fx, repo))
    peers.add("git worktree add", lambda: worktree_add(fx, repo))
    peers.add("by hand", lambda: by_hand(fx, repo))
    peers.add("raw files", lambda: raw_files(fx, repo))


def start_sparse(fx, peers):
    whole = fx.repo("whole", 50000, GATE, 500)
    sparse = fx.path("sparse")
    fx.run("git", "clone", "-q", "--sparse", whole, sparse)
    fx.run("git", "sparse-checkout", "set", "src/d000", cwd=sparse)
    fx.run("git", "agent", "trust", "--yes", cwd=sparse)
    peers.add("ours", lambda: issue_to_stamp(fx, sparse))
    peers.add("git worktree add", lambda: worktree_add(fx, whole))
    peers.add("by hand", lambda: by_hand(fx, sparse))


# --- the whole job ----------------------------------------------------------------------------------


def issue(fx, peers):
    agent = "sh " + os.path.join(fx.peers, "agent.sh")
    brief = fx.write("brief.md", "# Do it\n\n## Acceptance criteria\n\n- it is done\n")

    def isolated(name, *program):
        repo, work = fx.repo(f"issue-{name}", 1000, GATE), fx.path("work-" + name + "-{round}")
        return Contender(name, [*program, repo, work, "agent/r{round}", agent, "true"], repo, fx.env)

    def ours():
        repo = fx.repo("issue-ours", 1000, GATE)
        return Contender("ours", ["git", "agent", "issue", "-q", "--name", "r{round}", brief], repo,
                         agent_env(fx, "agent.sh"), before=own_root(fx, repo))

    peers.add("ours", ours)
    peers.add("sh", lambda: isolated("sh", "sh", os.path.join(fx.peers, "isolated.sh")))
    peers.add("python", lambda: isolated("python", sys.executable, os.path.join(fx.peers, "isolated.py")))


# --- status -----------------------------------------------------------------------------------------


def many_runs(fx, repo, count):
    """One real record, many times over under other names; the index is built by the first status."""
    brief = fx.write("brief.md", "# Do it\n\n## Acceptance criteria\n\n- it is done\n")
    fx.run("git", "agent", "issue", "-q", "--name", "model", brief, cwd=repo,
           AGENT_CMD=agent_env(fx, "agent.sh")["AGENT_CMD"])
    runs = os.path.join(repo, ".git", "agent", "runs")
    with open(os.path.join(runs, "model", "run.json"), encoding="utf-8") as model:
        record = json.load(model)
    for i in range(count - 1):
        record.update(id=f"run-{i}", branch=f"agent/run-{i}",
                      started=f"2026-01-{1 + i % 28:02d}T{i % 24:02d}:{i % 60:02d}:{i % 59:02d}Z")
        fx.write(os.path.join(runs, f"run-{i}", "run.json"), json.dumps(record) + "\n")
    index = os.path.join(runs, "index.ndjson")
    os.unlink(index)
    fx.run("git", "agent", "status", cwd=repo)
    return runs, index


def compiled(fx, name):
    fx.program("cc")
    out = fx.path(name)
    fx.run("cc", "-O2", "-o", out, os.path.join(fx.peers, name + ".c"))
    return out


def status(fx, peers):
    repo, empty = fx.repo("status", 20, GATE), fx.repo("status-empty", 20, GATE)
    runs, index = many_runs(fx, repo, 10000)
    command = ["git", "agent", "status"]
    peers.add("ours", lambda: Contender("ours", command, repo, fx.env))
    peers.add("no runs", lambda: Contender("no runs", command, empty, fx.env))
    peers.add("wc -l", lambda: Contender("wc -l", ["wc", "-l", index], repo, fx.env))
    peers.add("python, records", lambda: Contender(
        "python, records", [sys.executable, os.path.join(fx.peers, "status.py"), runs], repo, fx.env))
    peers.add("python, index", lambda: Contender(
        "python, index", [sys.executable, os.path.join(fx.peers, "index.py"), index], repo, fx.env))
    peers.add("c, records", lambda: Contender("c, records", [compiled(fx, "records"), runs], repo, fx.env))


# --- the gate ---------------------------------------------------------------------------------------


def gate(fx, peers):
    repo = fx.repo("gate", 20, GATE_FOUR)
    peers.add("ours", lambda: Contender("ours", ["git", "agent", "gate"], repo, fx.env, before=own_root(fx, repo)))
    peers.add("longest", lambda: Contender("longest", ["sh", "-c", "sleep 0.3"], repo, fx.env))
    peers.add("one by one", lambda: Contender(
        "one by one", ["sh", "-c", "for i in 1 2 3 4; do sh -c 'sleep 0.3' || exit 1; done"], repo, fx.env))


# --- memory -----------------------------------------------------------------------------------------


def children_of(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
            for child in map(int, children.read().split()):
                found += [child, *children_of(child)]
    return found


def command_line(pid):
    """Its program's name, then its arguments."""
    with open(f"/proc/{pid}/cmdline", "rb") as source:
        words = source.read().decode(errors="replace").split("\0")
    return " ".join([os.path.basename(os.readlink(f"/proc/{pid}/exe")), *words[1:]])


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as source:
        return next(int(line.split()[1]) / 1024 for line in source if line.startswith("VmRSS:"))


def memory_at_work(is_supervisor):
    """MiB resident of the supervisor's process while the agent, a descendant running wait.sh, works."""
    def measure(contender, number):
        pid, value = spawn(contender, number), None
        deadline = time.monotonic() + 20
        while value is None and time.monotonic() < deadline:
            time.sleep(0.02)
            try:
                family = [(p, command_line(p)) for p in [pid, *children_of(pid)]]
                at_work = any(words.split()[:2] == ["sleep", "0.4"] for _, words in family)
                if at_work:
                    # Below it may be keepers of its children, forked from it: the supervisor comes first.
                    value = next(resident(p) for p, words in family if is_supervisor(words))
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue
        reap(contender, pid)
        if value is None:
            raise Failed(f"{contender.name}: its agent was never seen at work")
        return value
    return measure


def git_child(contender, number):
    """MiB resident of a git that has read something and waits for more."""
    with subprocess.Popen(contender.argv, cwd=contender.cwd, env=contender.env, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        child.stdin.write(b"HEAD:src/d000/f00000.c\n")
        child.stdin.flush()
        child.stdout.readline()
        value = resident(child.pid)
        child.stdin.close()
        child.stdout.read()
    return value


def memory(fx, peers):
    brief = fx.write("brief.md", "# Do it\n\n## Acceptance criteria\n\n- it is done\n")
    repo, other = fx.repo("memory", 1000, GATE), fx.repo("memory-python", 1000, GATE)
    work = fx.path("work-memory-{round}")
    agent = "sh " + os.path.join(fx.peers, "wait.sh")
    peers.add("ours", lambda: Contender(
        "ours", ["git", "agent", "issue", "-q", "--name", "r{round}", brief], repo, agent_env(fx, "wait.sh"),
        before=own_root(fx, repo), after=drop_run(fx, repo), codes=(3,), measure=memory_at_work(lambda words: words.startswith("git-agent-issue"))))
    peers.add("python", lambda: Contender(
        "python", [sys.executable, os.path.join(fx.peers, "isolated.py"), other, work, "agent/r{round}", agent, "true"],
        other, fx.env, after=lambda number: shutil.rmtree(fx.path(f"work-memory-{number}")), codes=(1,),
        measure=memory_at_work(lambda words: "isolated.py" in words)))
    peers.add("git child", lambda: Contender(
        "git child", ["git", "cat-file", "--batch"], repo, fx.env, measure=git_child))


ROWS = [
    Row("hook-pre-push", "pre-push, protected-branch check, run directly", "ms", pre_push,
        [Ratio("husky", 0.5, over="true"), Ratio("lefthook", 0.06, over="true"),
         Ratio("pre-commit", 0.03, over="true"), Extra("true", 3)]),
    Row("hook-post-commit", "git commit with a post-commit hook", "ms", post_commit,
        [Ratio("sh hook", 0.3, over="no hook"), Ratio("pre-commit", 0.02, over="no hook"), Ratio("no hook", 1.25)]),
    Row("start", "until the agent starts, 10,000 files", "ms", start, [Ratio("git worktree add", 0.6)]),
    Row("start-sparse", "until the agent starts, one directory of 50,000 files", "ms", start_sparse,
        [Ratio("git worktree add", 0.05), Ratio("by hand", 1.2)]),
    Row("issue", "git agent issue, small agent, gate `true`, 1,000 files", "ms", issue,
        [Ratio("python", 0.7), Ratio("sh", 1.1)]),
    Row("status", "git agent status, 10,000 runs", "ms", status,
        [Ratio("python, records", 0.05), Ratio("c, records", 0.1), Ratio("wc -l", 2.5, start="no runs")]),
    Row("gate", "gate of four stages of 0.3 s, four jobs", "ms", gate,
        [Ratio("longest", 1.1), Ratio("one by one", 0.3)]),
    Row("memory", "memory of a supervisor while its agent works", "MiB", memory,
        [Ratio("python", 0.5), Ratio("git child", 1)]),
]
