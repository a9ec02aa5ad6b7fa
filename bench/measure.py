"""Runs contenders round by round and compares them: what is compared is always of one round."""

import os
import random
import statistics
import time

QUIET = os.open(os.devnull, os.O_RDWR)


class Contender:
    """One thing that is measured.

    before and after run outside the clock, once a round, with the round's number; a word "{round}" in argv becomes it.
    `measure` (contender, round) -> number replaces the wall time in milliseconds.
    """

    def __init__(self, name, argv, cwd=None, env=None, stdin=None, before=None, after=None, measure=None,
                 codes=(0,)):
        self.name, self.argv, self.cwd, self.env, self.stdin = name, argv, cwd, env, stdin
        self.before, self.after, self.codes = before, after, codes
        self.measure = measure or wall
        self.samples = []

    def run(self, number):
        if self.before:
            self.before(number)
        value = self.measure(self, number)
        if self.after:
            self.after(number)
        return value

    @property
    def median(self):
        return statistics.median(self.samples)


class Failed(Exception):
    """A contender did not do what it was to do: its figures would say nothing."""


def spawn(contender, number):
    """Starts it in its directory; posix_spawn copies no page tables, so the harness's own size does not count."""
    argv = [word.replace("{round}", str(number)) for word in contender.argv]
    actions = [(os.POSIX_SPAWN_DUP2, QUIET, 1), (os.POSIX_SPAWN_DUP2, QUIET, 2)]
    if contender.stdin:
        actions.append((os.POSIX_SPAWN_OPEN, 0, contender.stdin, os.O_RDONLY, 0))
    else:
        actions.append((os.POSIX_SPAWN_DUP2, QUIET, 0))
    os.chdir(contender.cwd or "/")
    return os.posix_spawnp(argv[0], argv, contender.env, file_actions=actions)


def reap(contender, pid):
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code not in contender.codes:
        raise Failed(f"{contender.name}: exit {code} of {' '.join(contender.argv)} in {contender.cwd}")


def wall(contender, number):
    start = time.perf_counter_ns()
    reap(contender, spawn(contender, number))
    return (time.perf_counter_ns() - start) / 1e6


def run_rounds(contenders, rounds, tick):
    """One uncounted round first: files come into the cache, and what fails fails early.

    Each round is in an order of its own, the same in each run. What went before leaves the machine otherwise than it found it (caches,
    dirty pages, a process that is still ending): in turn, the same contender would always go right after the heaviest, and pay for it.
    """
    order = random.Random(7)
    for contender in contenders:
        contender.run(0)
    for number in range(1, rounds + 1):
        tick(number)
        for contender in order.sample(contenders, len(contenders)):
            contender.samples.append(contender.run(number))


class Ratio:
    """ours / peer at most `limit`; with `over`, only what each adds to that contender; `start` is taken off ours alone, and so is
    what is `allowed` it: times how much, and for what."""

    def __init__(self, peer, limit, over=None, start=None, allowed=None):
        self.peer, self.limit, self.over, self.start, self.allowed = peer, limit, over, start, allowed
        self.unit = "x"

    @property
    def needs(self):
        return {name for name in (self.peer, self.over, self.start) if name}

    def describe(self):
        text = f"{self.limit:g} of {self.peer}"
        if self.over:
            text += f", both less {self.over}"
        if self.start:
            text += f", ours less {self.start}"
        if self.allowed:
            times, each, what = self.allowed
            text += f", ours less {each} for each of {times} {what}"
        return text

    def reached(self, by_name):
        ours, peer = by_name["ours"].samples, by_name[self.peer].samples
        off = by_name[self.start or self.over].samples if self.start or self.over else None
        if self.over:
            base = by_name[self.over].samples
            # Medians of the differences, then their ratio: a difference near 0 in one round is no verdict.
            return (statistics.median(a - b for a, b in zip(ours, off)) /
                    statistics.median(a - b for a, b in zip(peer, base)))
        if off:
            ours = [a - b for a, b in zip(ours, off)]
        free = self.allowed[0] * self.allowed[1] if self.allowed else 0
        return statistics.median((a - free) / b for a, b in zip(ours, peer))


class Extra:
    """ours at most `limit` (in the row's unit) more than the peer."""

    def __init__(self, peer, limit):
        self.peer, self.limit, self.unit = peer, limit, "+"

    @property
    def needs(self):
        return {self.peer}

    def describe(self):
        return f"{self.limit:g} over {self.peer}"

    def reached(self, by_name):
        return statistics.median(a - b for a, b in zip(by_name["ours"].samples, by_name[self.peer].samples))
