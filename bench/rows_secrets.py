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
FILES = 2500
HUNKS, HUNK = 4, 8
TIMES = 3
SIZE = 32 << 20


def code(r, lines):
    words = "value result token user request config client session password path index cache buffer name".split()
    return "".join(f"    {r.choice(words)}_{r.randrange(90)} = {r.choice(words)}({r.choice(words)}, {r.randrange(9999)})\n"
                   for _ in range(lines))


def pushed_one(fx, name):
    """One commit that adds a file of 60 lines to a tree of 200 small ones: what it costs to be there at all."""
    repo = fx.repo(name, 200, GATE)
    text = code(random.Random(3), 60)
    return repo, (f"commit refs/heads/topic\ncommitter {PERSON}\ndata 4\nmore\nfrom {head_of(fx, repo)}\n"
                  f"M 100644 inline lib/m0.py\ndata {len(text)}\n{text}\n")


def pushed_many(fx, name):
    """300 commits in a tree such as an ordinary C project has: 2,500 files in 100 directories, half of them of more than 200 lines, a few
    of thousands. Each commit changes eight lines at four places of four files, some of them again and again, and the diffs of all come
    to 2.9 MB. Everything is in one pack, as after `git gc`.
    """
    repo = fx.repo(name, 1, GATE)
    r = random.Random(3)
    paths = [f"src/d{i % 100:02d}/m{i:04d}.c" for i in range(FILES)]
    files = {path: code(r, min(4000, max(20, int(r.lognormvariate(5.3, 0.9))))).splitlines(True) for path in paths}
    stream = [f"commit refs/heads/main\ncommitter {PERSON}\ndata 4\ntree\nfrom {head_of(fx, repo)}\n"]
    stream += [inline(path, files[path]) for path in paths]
    for i in range(COMMITS):
        stream.append(f"commit refs/heads/topic\ncommitter {PERSON}\ndata 4\nmore\n" +
                      ("from refs/heads/main\n" if i == 0 else ""))
        for path in {paths[int(len(paths) * r.random() ** 3)] for _ in range(4)}:
            lines = files[path]
            for _ in range(HUNKS):
                at = r.randrange(len(lines))
                lines[at:at + HUNK] = code(r, HUNK).splitlines(True)
            stream.append(inline(path, lines))
    return repo, "".join(stream)


def inline(path, lines):
    text = "".join(lines)
    return f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"


def head_of(fx, repo):
    return fx.run("git", "rev-parse", "HEAD", cwd=repo)


def pushed(fx, name, make):
    """A repository whose remote has main and lacks topic, and what git would tell its hook."""
    repo, stream = make(fx, name)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo, env=fx.env, input=stream.encode(), check=True)
    fx.run("git", "update-ref", "refs/remotes/origin/main", "main", cwd=repo)
    fx.run("git", "remote", "add", "origin", fx.path("remote.git"), cwd=repo)
    fx.run("git", "repack", "-adq", cwd=repo)
    fx.run("git", "reset", "-q", "--hard", "topic", cwd=repo)
    line = fx.write(f"{name}.line", f"refs/heads/topic {fx.run('git', 'rev-parse', 'topic', cwd=repo)} "
                                    f"refs/heads/topic {ZERO}\n")
    return repo, line


def push(fx, peers, name, make, commits):
    repo, line = pushed(fx, name, make)
    hook = fx.use_hook(repo, "pre-push")
    peers.add("ours", lambda: Contender("ours", [hook, "origin", fx.path("remote.git")], repo, fx.env, line))
    peers.add("git log", lambda: Contender("git log", ["git", "log", "-p", "-U0", f"-{commits}"], repo, fx.env))
    peers.add("gitleaks", lambda: Contender(
        "gitleaks", [fx.program("gitleaks"), "git", "--no-banner", f"--log-opts=-{commits}"], repo, fx.env))


def push_one(fx, peers):
    push(fx, peers, "secrets-one", pushed_one, 1)


def push_many(fx, peers):
    push(fx, peers, "secrets-many", pushed_many, COMMITS)


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
