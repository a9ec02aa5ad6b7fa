#!/usr/bin/env python3
"""make bench: side by side with what people would use instead.

What counts are ratios within one run, round by round; absolute times are there to judge the machine by. A goal that is missed
is shown, it is no failure. usage: bench.py <build directory> [--rounds N] [--only words]
"""

import argparse
import json
import os
import subprocess
import sys

import plot
import table
from calibrate import calibrate
from fixture import Fixture
from measure import Failed, run_rounds
from rows import ROWS, Peers


def is_wanted(row, words):
    return not words or any(word in row.name for word in words.replace(",", " ").split())


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def run_row(row, build, rounds):
    fixture, peers = Fixture(build, os.path.dirname(os.path.abspath(__file__))), Peers()
    result = {"name": row.name, "title": row.title, "unit": row.unit, "contenders": {}, "goals": [], "skipped": {}}
    try:
        progress(f"{row.name}: setting up")
        row.make(fixture, peers)
        rounds = min(rounds, row.rounds or rounds)
        run_rounds(peers.contenders, rounds, lambda number: progress(f"{row.name}: round {number} of {rounds}"))
    except (Failed, RuntimeError, OSError, subprocess.CalledProcessError) as why:
        result["failed"] = str(why)
        return result
    finally:
        progress("")
        fixture.close()
    by_name = {contender.name: contender for contender in peers.contenders}
    result["skipped"] = peers.skipped
    if peers.of:
        result["title"] += ", " + peers.of
    for name, contender in by_name.items():
        result["contenders"][name] = {"median": contender.median, "samples": contender.samples}
    for goal in row.goals:
        if not goal.needs <= by_name.keys():
            continue
        result["goals"].append({"text": goal.describe(), "limit": goal.limit, "unit": goal.unit,
                                "reached": goal.reached(by_name)})
    return result


def main():
    parser = argparse.ArgumentParser(usage="bench.py <build directory> [--rounds N] [--only words]")
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    out = os.path.join(build, "bench")
    os.makedirs(out, exist_ok=True)

    results = {"calibration": calibrate(build, args.rounds), "rounds": args.rounds, "rows": []}
    table.show_calibration(results["calibration"])
    for row in ROWS:
        if not is_wanted(row, args.only):
            continue
        result = run_row(row, build, args.rounds)
        results["rows"].append(result)
        table.show_row(result)
    if not results["rows"]:
        print("no such row; there are:", ", ".join(row.name for row in ROWS))
    with open(os.path.join(out, "results.json"), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    plot.write(os.path.join(out, "results.svg"), results)
    print(f"\n{out}/results.json\n{out}/results.svg")


if __name__ == "__main__":
    main()
