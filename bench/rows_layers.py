"""Rows of dependencies: a node_modules of 60,000 files for an agent and its gate, in a repository of 80,000."""

import glob
import os
import time

from fixture import spread
from measure import Contender, reap, spawn
from rows_start import taken
from runs import BRIEF, agent_env

FILES, DEPENDENCIES, ROUNDS = 80000, 60000, 5
STAGE = '[gate "tests"]\nrun = date +%s%N\n'
# 600 packages of 100 files, as setup would unpack them.
SETUP = """import os
for package in range({0} // 100):
    at = f"node_modules/package-{{package:03d}}/lib"
    os.makedirs(at)
    for number in range(100):
        with open(f"{{at}}/module-{{number:02d}}.js", "w") as out:
            out.write(f"module.exports = {{number}};\\n" * (number + 1))
"""


def prepare(fx):
    """The repository, with setup on its branch main and without on `plain`, and a node_modules outside of it."""
    repo = fx.repo("layers", FILES, STAGE, 800)
    root = fx.dir("root")
    fx.write("layers/.gitignore", "node_modules/\n")
    fx.run("git", "add", ".gitignore", cwd=repo)
    fx.run("git", "commit", "-q", "-m", "ignore", cwd=repo)
    fx.run("git", "branch", "plain", cwd=repo)
    fx.write("layers/.gitagent", "[worktree]\nsetup = python3 setup.py\n" + STAGE)
    fx.write("layers/setup.py", SETUP.format(DEPENDENCIES))
    fx.write("layers/package-lock.json", "{}\n")
    fx.run("git", "add", "-A", cwd=repo)
    fx.run("git", "commit", "-q", "-m", "setup", cwd=repo)
    fx.run("git", "config", "agent.workRoot", root, cwd=repo)
    fx.run("git", "agent", "trust", "--yes", cwd=repo)
    fx.run("python3", os.path.join(repo, "setup.py"), cwd=fx.dir("deps"))
    return repo, root


def run_of(fx, repo, name, base, until):
    """A run that is kept: what is deleted is what the next rounds trip over."""
    prefix = "".join(word[0] for word in name.split())
    argv = ["git", "agent", "issue", "-q", "--keep", "--base", base, "--name", prefix + "{round}",
            fx.write("brief.md", BRIEF)]
    return Contender(name, argv, repo, agent_env(fx, "agent.sh"), measure=until(repo, prefix))


def until_stage(repo, prefix):
    """Milliseconds from the start to the time stamp the stage printed: the agent has worked and the gate is ready."""
    def measure(contender, number):
        start = time.time_ns()
        reap(contender, spawn(contender, number))
        log = os.path.join(repo, ".git", "agent", "runs", f"{prefix}{number}", "gate-1", "tests.log")
        with open(log, encoding="ascii") as stamp:
            return (int(stamp.read()) - start) / 1e6
    return measure


def copies(fx, measure=None):
    """What one would do: a copy for the agent, and one for the gate."""
    deps = fx.path("deps", "node_modules")
    to = fx.each("copies")
    return Contender("cp -a", ["sh", "-c", f"cp -a {deps} {to}/agent && cp -a {deps} {to}/gate"], None, fx.env,
                     before=lambda number: fx.fresh("copies", number), **({"measure": measure} if measure else {}))


def ready(fx, peers):
    repo, root = prepare(fx)
    fx.run("git", "agent", "gate", cwd=repo)  # setup runs: from here on its layer is there
    spread(glob.glob(os.path.join(root, "*"))[0])
    peers.add("ours", lambda: run_of(fx, repo, "ours", "main", until_stage))
    peers.add("no setup", lambda: run_of(fx, repo, "no setup", "plain", until_stage))
    peers.add("cp -a", lambda: copies(fx))


def disk(fx, peers):
    """What the run takes of its own, beside its checkout and the layer that all runs share."""
    repo, root = prepare(fx)
    fx.run("git", "agent", "gate", cwd=repo)

    def beside(_, prefix):
        def measure(contender, number):
            reap(contender, spawn(contender, number))
            os.sync()  # a file has its blocks when it is written out
            work = glob.glob(os.path.join(root, "*", f"{prefix}{number}"))[0]
            return taken(work, but=os.path.join(work, "tree")) + taken(os.path.join(work, "tree", "node_modules"))
        return measure

    def copied(contender, number):
        reap(contender, spawn(contender, number))
        os.sync()
        return taken(fx.each("copies", number))

    peers.add("ours", lambda: run_of(fx, repo, "ours", "main", beside))
    peers.add("cp -a", lambda: copies(fx, copied))
