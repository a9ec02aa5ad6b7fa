"""The table: what is measured, ours, its peers, and the goals. A row makes its contenders in a fixture and nothing else."""

from dataclasses import dataclass
from typing import Callable

import rows_box
import rows_hooks
import rows_layers
import rows_recall
import rows_runs
import rows_secrets
import rows_start
from fixture import Skip
from measure import Extra, Ratio


@dataclass
class Row:
    name: str
    title: str
    unit: str
    make: Callable  # (fixture, peers) -> None: adds contenders, "ours" among them
    goals: list
    rounds: int = 0  # at most so many; 0: as many as asked for


class Peers:
    """Collects contenders; what raises Skip is named as absent and left out."""

    def __init__(self):
        self.contenders, self.skipped = [], {}
        self.of = ""  # of how much, for the title

    def add(self, name, make):
        try:
            self.contenders.append(make())
        except Skip as why:
            self.skipped[name] = str(why)


ROWS = [
    Row("hook-pre-push", "pre-push, protected-branch check, run directly", "ms", rows_hooks.pre_push,
        [Ratio("husky", 0.5, over="true"), Ratio("lefthook", 0.06, over="true"),
         Ratio("pre-commit", 0.03, over="true"), Extra("true", 3)]),
    Row("hook-post-commit", "git commit with a post-commit hook", "ms", rows_hooks.post_commit,
        [Ratio("sh hook", 0.3, over="no hook"), Ratio("pre-commit", 0.02, over="no hook"), Ratio("no hook", 1.25)]),
    Row("secrets-push", "pre-push with the search for secrets, one commit", "ms", rows_secrets.push_one,
        [Ratio("gitleaks", 0.15), Ratio("git log", 1.3)]),
    Row("secrets-push-many", "the same, 300 commits", "ms", rows_secrets.push_many,
        [Ratio("gitleaks", 0.5), Ratio("git log", 1.15)]),
    # Not 50 times secretlint, which looks for a tenth of the kinds: that would be faster than the keywords alone are found.
    Row("secrets-scan", "search for secrets, three times 32 MB of code, one thread", "ms", rows_secrets.scan,
        [Ratio("keywords alone", 1 / 0.65), Ratio("memchr", 1 / 0.08), Ratio("gitleaks", 0.02),
         Ratio("trufflehog", 0.02), Ratio("secretlint", 0.1)], 5),
    Row("secrets-recall", "secrets planted, one of each of our kinds in code, JSON, YAML, .env and a diff", "missed",
        rows_recall.recall, [Extra("gitleaks", 0), Extra("trufflehog", 0), Extra("secretlint", 0)], 1),
    Row("secrets-recall-documented", "the same of tokens that providers print in their documentation", "missed",
        rows_recall.documented, [Extra("gitleaks", 0), Extra("trufflehog", 0), Extra("secretlint", 0)], 1),
    Row("secrets-recall-false", "files without a secret, with what looks like one", "false",
        rows_recall.false, [Extra("gitleaks", 0), Extra("trufflehog", 0), Extra("secretlint", 0)], 1),
    Row("secrets-recall-gitleaks", "both, of the kinds that gitleaks claims", "missed",
        rows_recall.claimed("gitleaks"), [Extra("gitleaks", 0)], 1),
    Row("secrets-recall-trufflehog", "both, of the kinds that trufflehog claims", "missed",
        rows_recall.claimed("trufflehog"), [Extra("trufflehog", 0)], 1),
    Row("secrets-recall-secretlint", "both, of the kinds that secretlint claims", "missed",
        rows_recall.claimed("secretlint"), [Extra("secretlint", 0)], 1),
    Row("start", "until the agent starts, 10,000 files", "ms", rows_start.start, [Ratio("git worktree add", 0.6)]),
    Row("start-many", "until the agent starts, 50,000 files, the first run", "ms", rows_start.start_many,
        [Ratio("git worktree add", 0.6)]),
    Row("start-again", "the same, any later run", "ms", rows_start.start_again, [Ratio("git worktree add", 0.6)]),
    Row("disk", "disk a run takes beside its checkout, 50,000 files", "MiB", rows_start.disk,
        [Ratio("checkout", 0.03)]),
    Row("start-sparse", "until the agent starts, one directory of 50,000 files", "ms", rows_start.start_sparse,
        [Ratio("git worktree add", 0.05), Ratio("by hand", 1.2)]),
    Row("layers", "what setup leaves, 60,000 files, for agent and gate, 80,000 files", "ms", rows_layers.ready,
        [Ratio("cp -a", 0.1, start="no setup"), Ratio("no setup", 1.1)], rows_layers.ROUNDS),
    Row("layers-disk", "disk that takes beside the checkout", "MiB", rows_layers.disk, [Ratio("cp -a", 0.05)],
        rows_layers.ROUNDS),
    Row("issue", "git agent issue, small agent, gate `true`, 1,000 files", "ms", rows_runs.issue,
        [Ratio("python", 0.7), Ratio("sh", 1.1, allowed=(6, 4, "boxes"))]),
    Row("status", "git agent status, 10,000 runs", "ms", rows_runs.status,
        [Ratio("python, records", 0.05), Ratio("c, records", 0.1), Ratio("wc -l", 2.5, start="no runs")]),
    Row("gate", "gate of four stages of 0.3 s, four jobs", "ms", rows_runs.gate,
        [Ratio("longest", 1.1), Ratio("one by one", 0.3)]),
    Row("gate-again", "the gate again on an unchanged tree, 10,000 files", "ms", rows_runs.gate_again,
        [Extra("true", 30)]),
    Row("spawn", "`true` in the full box", "ms", rows_box.spawns,
        [Extra("level none", 4), Ratio("bwrap", 1)]),
    Row("box-status", "git status in the full box, 50,000 files", "ms", rows_box.status_boxed,
        [Ratio("no box", 1.15, start="box alone"), Ratio("no box", 1.15)]),
    Row("memory", "memory of a supervisor while its agent works", "MiB", rows_runs.memory,
        [Ratio("python", 0.5), Ratio("git child", 1)]),
]
