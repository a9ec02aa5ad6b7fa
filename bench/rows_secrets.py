"""Rows of the secret scanner's speed: in a push of one commit and of 300, and on its own."""

import json
import os
import random
import subprocess

from fixture import PERSON
from measure import Contender
from runs import GATE

ZERO = "0" * 40
COMMITS = 300
TIMES = 3
SIZE = 32 << 20


def code(r, lines):
    words = "value result token user request config client session password path index cache buffer name".split()
    return "".join(f"    {r.choice(words)}_{r.randrange(90)} = {r.choice(words)}({r.choice(words)}, {r.randrange(9999)})\n"
                   for _ in range(lines))


def pushed(fx, name, commits):
    """A repository with so many commits that its remote lacks, of 10 KB each where there are many."""
    repo = fx.repo(name, 200, GATE)
    r = random.Random(3)
    fx.run("git", "update-ref", "refs/remotes/origin/main", "HEAD", cwd=repo)
    fx.run("git", "remote", "add", "origin", fx.path("remote.git"), cwd=repo)
    stream, base = [], f"from {fx.run('git', 'rev-parse', 'HEAD', cwd=repo)}\n"
    for i in range(commits):
        stream.append(f"commit refs/heads/topic\ncommitter {PERSON}\ndata 4\nmore\n{base}")
        for k in range(1 if commits == 1 else 4):
            text = code(r, 60)
            stream.append(f"M 100644 inline lib/m{(i + k) % 40}.py\ndata {len(text)}\n{text}\n")
        base = ""
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, env=fx.env, input="".join(stream).encode(), check=True)
    fx.run("git", "reset", "-q", "--hard", "topic", cwd=repo)
    line = fx.write(f"{name}.line", f"refs/heads/topic {fx.run('git', 'rev-parse', 'topic', cwd=repo)} "
                                    f"refs/heads/topic {ZERO}\n")
    return repo, line


def push(fx, peers, name, commits):
    repo, line = pushed(fx, name, commits)
    hook = fx.use_hook(repo, "pre-push")
    peers.add("ours", lambda: Contender("ours", [hook, "origin", fx.path("remote.git")], repo, fx.env, line))
    peers.add("git log", lambda: Contender("git log", ["git", "log", "-p", "-U0", f"-{commits}"], repo, fx.env))
    peers.add("gitleaks", lambda: Contender(
        "gitleaks", [fx.program("gitleaks"), "git", "--no-banner", f"--log-opts=-{commits}"], repo, fx.env))


def push_one(fx, peers):
    push(fx, peers, "secrets-one", 1)


def push_many(fx, peers):
    push(fx, peers, "secrets-many", COMMITS)


def sources(root):
    """This project's own, again and again: what people push."""
    texts = []
    for at, dirs, names in sorted(os.walk(os.path.join(root, "lib"))):
        dirs.sort()
        for name in sorted(names):
            with open(os.path.join(at, name), encoding="utf-8") as source:
                texts.append(source.read())
    whole = "".join(texts)
    return whole * (SIZE // len(whole) + 1)


def scan(fx, peers):
    text = fx.write("scan/text.c", sources(os.path.dirname(fx.source)))
    program = os.path.join(fx.build, "bench", "scan")

    def repeated(word):
        # What starting and reading takes is in all of them.
        return Contender(word, [program, word, text, str(TIMES)], fx.root, fx.env)

    def each(name, argv, stdin=None):
        def measure(contender, number):
            return TIMES * wall(contender, number)
        return Contender(name, argv, os.path.dirname(text), fx.env, stdin, measure=measure, codes=(0, 1, 183))

    def ours():
        contender = repeated("rules")
        contender.name = "ours"
        return contender

    peers.add("ours", ours)
    peers.add("keywords alone", lambda: rename(repeated("keywords"), "keywords alone"))
    peers.add("memchr", lambda: repeated("memchr"))
    peers.add("gitleaks", lambda: each("gitleaks", [fx.program("gitleaks"), "stdin", "--no-banner"], text))
    peers.add("trufflehog", lambda: each(
        "trufflehog", [fx.program("trufflehog"), "filesystem", "--no-verification", "--no-update", text]))
    peers.add("secretlint", lambda: each("secretlint", secretlint(fx, fx.dir("scan")) + ["text.c"]))


def rename(contender, name):
    contender.name = name
    return contender


def wall(contender, number):
    return Contender(contender.name, contender.argv, contender.cwd, contender.env, contender.stdin,
                     codes=contender.codes).run(number)


def secretlint(fx, directory):
    fx.package("@secretlint/secretlint-rule-preset-recommend")
    if not os.path.exists(os.path.join(directory, "node_modules")):
        os.symlink(fx.npm, os.path.join(directory, "node_modules"))
    with open(os.path.join(directory, ".secretlintrc.json"), "w", encoding="utf-8") as out:
        json.dump({"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}, out)
    return ["node", os.path.join(fx.package("secretlint"), "bin", "secretlint.js"), "--no-color", "--format", "unix"]
