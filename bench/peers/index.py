#!/usr/bin/env python3
"""The runs, latest last, as a script reads them from the index."""

import json
import sys

with open(sys.argv[1], "rb") as index:
    runs = [json.loads(line) for line in index]
runs.sort(key=lambda run: run["started"])
for run in runs[-20:]:
    print(f"{run['state']:11} {run['id']:24} {run.get('title') or ''}")
