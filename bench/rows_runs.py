"""Rows of whole runs: the job, the list of all, the gate, and what a supervisor weighs."""

import json
import os
import shutil
import subprocess
import sys
import time

from measure import Contender, Failed, reap, spawn
from runs import BRIEF, GATE, agent_env, drop_run, own_root

GATE_FOUR = "[gate]\njobs = 4\n" + "".join(f'[gate "{name}"]\nrun = sleep 0.3\n' for name in "abcd")


def issue(fx, peers):
    agent = "sh " + os.path.join(fx.peers, "agent.sh")
    brief = fx.write("brief.md", BRIEF)

    def isolated(name, *program):
        repo, work = fx.repo(f"issue-{name}", 1000, GATE), fx.each(f"work-{name}")
        return Contender(name, [*program, repo, work, "agent/r{round}", agent, "true"], repo, fx.env)

    def ours():
        repo = fx.repo("issue-ours", 1000, GATE)
        # The peers know no verdicts and judge no base.
        env = {**agent_env(fx, "agent.sh"), "GIT_AGENT_GATE_BASELINE": "off"}
        return Contender("ours", ["git", "agent", "issue", "-q", "--no-cache", "--name", "r{round}", brief], repo, env,
                         before=own_root(fx, repo))

    peers.add("ours", ours)
    peers.add("sh", lambda: isolated("sh", "sh", os.path.join(fx.peers, "isolated.sh")))
    peers.add("python", lambda: isolated("python", sys.executable, os.path.join(fx.peers, "isolated.py")))


def many_runs(fx, repo, count):
    """One real record, many times over under other names; the index is built by the first status."""
    brief = fx.write("brief.md", BRIEF)
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


def gate(fx, peers):
    repo = fx.repo("gate", 20, GATE_FOUR)
    peers.add("ours", lambda: Contender(
        "ours", ["git", "agent", "gate", "--no-cache"], repo, fx.env, before=own_root(fx, repo)))
    peers.add("longest", lambda: Contender("longest", ["sh", "-c", "sleep 0.3"], repo, fx.env))
    peers.add("one by one", lambda: Contender(
        "one by one", ["sh", "-c", "for i in 1 2 3 4; do sh -c 'sleep 0.3' || exit 1; done"], repo, fx.env))


def gate_again(fx, peers):
    """Nothing has changed since the gate ran: its verdicts are known."""
    repo = fx.repo("gate-again", 10000, GATE_FOUR.replace("sleep 0.3", "true"))
    fx.run("git", "agent", "gate", cwd=repo)
    peers.add("ours", lambda: Contender("ours", ["git", "agent", "gate"], repo, fx.env))
    peers.add("true", lambda: Contender("true", ["true"], repo, fx.env))


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
    brief = fx.write("brief.md", BRIEF)
    repo, other = fx.repo("memory", 1000, GATE), fx.repo("memory-python", 1000, GATE)
    work = fx.each("work-memory")
    agent = "sh " + os.path.join(fx.peers, "wait.sh")
    peers.add("ours", lambda: Contender(
        "ours", ["git", "agent", "issue", "-q", "--name", "r{round}", brief], repo, agent_env(fx, "wait.sh"),
        before=own_root(fx, repo), after=drop_run(fx, repo), codes=(3,), measure=memory_at_work(lambda words: words.startswith("git-agent-issue"))))
    peers.add("python", lambda: Contender(
        "python", [sys.executable, os.path.join(fx.peers, "isolated.py"), other, work, "agent/r{round}", agent, "true"],
        other, fx.env, after=lambda number: shutil.rmtree(fx.each("work-memory", number)), codes=(1,),
        measure=memory_at_work(lambda words: "isolated.py" in words)))
    peers.add("git child", lambda: Contender(
        "git child", ["git", "cat-file", "--batch"], repo, fx.env, measure=git_child))
