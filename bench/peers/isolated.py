#!/usr/bin/env python3
"""The same as isolated.sh the way people write it in Python: a record, a log, a live output, and a report.

usage: isolated.py <repository> <work directory> <branch> <agent> <gate>
"""

import argparse
import json
import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path

log = logging.getLogger("isolated")


def git(*args, cwd):
    done = subprocess.run(["git", *args], cwd=cwd, check=True, text=True, capture_output=True)
    return done.stdout.strip()


def run_logged(command, cwd, path):
    with open(path, "wb") as out:
        with subprocess.Popen(["sh", "-c", command], cwd=cwd, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as child:
            for line in child.stdout:
                out.write(line)
        return child.returncode


def save(path, record):
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(record, indent=1))
    temporary.rename(path)


def main():
    parser = argparse.ArgumentParser()
    for name in ("repository", "work", "branch", "agent", "gate"):
        parser.add_argument(name)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    repository, work = Path(args.repository), Path(args.work)
    records = repository / ".git" / "isolated"
    records.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True)
    record_path = records / (args.branch.replace("/", "-") + ".json")
    record = {"branch": args.branch, "started": time.time(), "state": "working",
              "base": git("rev-parse", "HEAD", cwd=repository)}
    save(record_path, record)

    git("clone", "-q", "--shared", str(repository), str(work / "tree"), cwd=repository)
    if run_logged(args.agent, work / "tree", work / "agent.log"):
        log.error("the agent failed")
        return 3
    git("add", "-A", cwd=work / "tree")
    git("commit", "-q", "-m", args.branch, cwd=work / "tree")
    git("fetch", "-q", str(work / "tree"), "HEAD", cwd=repository)
    record["commit"] = git("rev-parse", "FETCH_HEAD", cwd=repository)
    record["state"] = "gating"
    save(record_path, record)

    git("clone", "-q", "--shared", "--no-checkout", str(repository), str(work / "gate"), cwd=repository)
    git("checkout", "-q", "--detach", record["commit"], cwd=work / "gate")
    red = run_logged(args.gate, work / "gate", work / "gate.log")
    record["state"] = "rejected" if red else "proposed"
    if not red:
        git("branch", args.branch, record["commit"], cwd=repository)
        print(git("diff", "--stat", record["base"], record["commit"], cwd=repository))
    record["finished"] = time.time()
    save(record_path, record)
    shutil.rmtree(work)
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
