"""Rows of what the secret scanner finds and what it takes for a secret, beside others, on the same files in the same run.

Planted are one of each of our kinds in five kinds of files, and what providers print in their documentation; clean are files with
what only looks like a secret. A file counts as found when anything is found in it.
"""

import json
import os
import re
import subprocess

from fixture import Skip
from measure import Contender
from rows_secrets import secretlint

TOPS = ("planted", "documented", "clean")


def corpus(fx):
    """A repository with planted/, documented/ and clean/."""
    planter = os.path.join(fx.build, "tests", "h-secrets")
    if not os.path.exists(planter):
        raise RuntimeError("h-secrets is not built")
    tests = os.path.join(os.path.dirname(fx.source), "tests")
    place = fx.dir("corpus")
    fx.run("git", "init", "-q", cwd=place)
    fx.run(planter, "plant", "planted", "1", cwd=place, GIT_AGENT_BUILD=fx.build)
    fx.run(planter, "plant", "documented", "1", os.path.join(tests, "corpus", "documented-secrets.ini"), cwd=place)
    fx.run("python3", os.path.join(tests, "secret-lookalikes.py"), "clean", cwd=place)
    return place


def files(place, tops):
    return {os.path.relpath(os.path.join(at, name), place) for top in tops
            for at, _, names in os.walk(os.path.join(place, top)) for name in names}


def own_paths(out):
    return {finding["path"] for finding in json.loads(out)["findings"]}


def told_paths(out, place):
    """Of a report for people: whatever in it is the path of a file."""
    return set(re.findall(rf"(?:^|[\s/])((?:{'|'.join(TOPS)})/[\w.+/-]+\.\w+)", out.replace(place + "/", " "), re.M))


def scanners(fx, place):
    """Name -> (arguments, what reads the files' names from its output), of those that are here; and why others are not."""
    here, missing = {}, {}

    def add(name, make):
        try:
            here[name] = (make(), lambda out: told_paths(out, place))
        except Skip as why:
            missing[name] = str(why)

    here["ours"] = (["git", "agent", "guard", "secrets", "--worktree", "--json"], own_paths)
    add("gitleaks", lambda: [fx.program("gitleaks"), "dir", ".", "-v", "--no-banner", "--no-color"])
    add("trufflehog", lambda: [fx.program("trufflehog"), "filesystem", ".", "--no-verification", "--no-update"])
    add("secretlint", lambda: secretlint(fx, place) + [f"{top}/**" for top in TOPS])
    return here, missing


def count(fx, peers, tops, of_found, only=None, among=None):
    """Adds a contender for each scanner; `of_found` (found, all) is its number. `only` are scanners, `among` kinds."""
    place = corpus(fx)
    wanted = files(place, tops)
    if among is not None:
        wanted = {path for path in wanted if os.path.basename(path).rsplit(".", 1)[0].split("+")[0] in among}
    here, missing = scanners(fx, place)

    def contender(name):
        argv, paths = here[name]

        def measure(contender, number):
            done = subprocess.run(argv, cwd=place, env=fx.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  errors="replace", check=False)
            return of_found(len(paths(done.stdout) & wanted), len(wanted))
        return Contender(name, argv, place, fx.env, measure=measure)

    for name in here:
        if not only or name in only:
            peers.contenders.append(contender(name))
    peers.skipped.update({name: why for name, why in missing.items() if not only or name in only})
    peers.of = f"of {len(wanted):,} files"


def missed(found, wanted):
    return wanted - found


def recall(fx, peers):
    count(fx, peers, ["planted"], missed)


def documented(fx, peers):
    count(fx, peers, ["documented"], missed)


def false(fx, peers):
    count(fx, peers, ["clean"], lambda found, _: found)


def claims(fx, scanner):
    """The kinds that a scanner says it finds (peers/claims)."""
    with open(os.path.join(fx.peers, "claims"), encoding="utf-8") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    return set(re.search(rf"^{scanner}:((?:.|\n +)*)", text, re.M)[1].split())


def claimed(scanner):
    def make(fx, peers):
        count(fx, peers, ["planted", "documented"], missed, ("ours", scanner), claims(fx, scanner))
    return make
