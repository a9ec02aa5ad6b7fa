#!/usr/bin/env python3
"""The runs, latest last, as a script without an index reads them: every record."""

import json
import sys
from pathlib import Path

runs = []
for path in Path(sys.argv[1]).glob("*/run.json"):
    runs.append(json.loads(path.read_bytes()))
runs.sort(key=lambda run: run["started"])
for run in runs[-20:]:
    print(f"{run['state']:11} {run['id']:24} {run.get('title') or ''}")
