"""Runs of ours as the rows need them: their policy, their brief, their agents, and where they work."""

import glob
import os
import time

from measure import Contender, reap, spawn

GATE = '[gate "tests"]\nrun = true\n'
BRIEF = "# Do it\n\n## Acceptance criteria\n\n- it is done\n"


STAMP = "date +%s%N"  # an agent that says when it was started, and does nothing


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


def until_spare(fx):
    """Waits for the checkout that a run leaves for the next: nothing else is to be at work while others are measured."""
    def after(number):
        end = time.monotonic() + 120
        while not glob.glob(fx.path("spared", "*", "spare", "ready", "like")):
            if time.monotonic() > end:
                raise RuntimeError("no spare was left")
            time.sleep(0.02)
    return after


def drop_run(fx, repo):
    return lambda number: fx.run("git", "agent", "drop", f"r{number}", cwd=repo)


def issue_to_stamp(fx, repo):
    """The run stays: what is deleted between rounds is what the next ones trip over (fixture.spread). It makes all of its checkout."""
    fx.run("git", "config", "agent.spare", "false", cwd=repo)
    return Contender("ours", ["git", "agent", "issue", "-q", "--name", "r{round}", fx.write("brief.md", BRIEF)], repo,
                     {**fx.env, "AGENT_CMD": STAMP}, before=own_root(fx, repo), measure=until_agent(repo), codes=(3,))


def issue_again_to_stamp(fx, repo):
    """The same where a run went before, which left a spare: the round that is not counted makes the first."""
    fx.run("git", "config", "agent.workRoot", fx.dir("spared"), cwd=repo)
    return Contender("ours", ["git", "agent", "issue", "-q", "--name", "r{round}", fx.write("brief.md", BRIEF)], repo,
                     {**fx.env, "AGENT_CMD": STAMP}, measure=until_agent(repo), after=until_spare(fx), codes=(3,))
