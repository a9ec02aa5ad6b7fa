"""Rows of the sandbox: what it costs to start something in it, and to work in it."""

import os
import subprocess

from measure import Contender, Failed
from runs import GATE

SPAWNS = 20  # a round's figure is their median


class Spawner:
    """One process that starts a command in several ways, many times (spawn.c)."""

    def __init__(self, fx, directory, *command):
        program = os.path.join(fx.build, "bench", "spawn")
        self.child = subprocess.Popen([program, directory, *command], env=fx.env, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        fx.at_close(self.close)

    def way(self, name, way, times=SPAWNS):
        def measure(contender, number):
            self.child.stdin.write(f"{way} {times}\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline()
            if not answer:
                raise Failed(f"{name}: it cannot be started")
            return float(answer)
        return Contender(name, [], measure=measure)

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def spawns(fx, peers):
    spawner = Spawner(fx, fx.dir("box"), "true")
    peers.add("ours", lambda: spawner.way("ours", "full"))
    peers.add("level none", lambda: spawner.way("level none", "none"))
    peers.add("no box", lambda: spawner.way("no box", "plain"))

    def bwrap():
        fx.program("bwrap")
        return spawner.way("bwrap", "bwrap")
    peers.add("bwrap", bwrap)


def status_boxed(fx, peers):
    """`git status` as an agent asks for it; what the box itself takes, whatever is asked in it, by itself too."""
    box = fx.dir("box")
    fx.repo(os.path.join("box", "tree"), 50000, GATE, 500)
    git = Spawner(fx, box, "git", "status", "--porcelain")
    true = Spawner(fx, box, "true")
    boxed, bare = true.way("", "full", 1), true.way("", "plain", 1)
    peers.add("ours", lambda: git.way("ours", "full", 1))
    peers.add("no box", lambda: git.way("no box", "plain", 1))
    peers.add("box alone", lambda: Contender("box alone", [], measure=lambda _, number: boxed.run(number) - bare.run(number)))
