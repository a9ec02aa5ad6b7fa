"""What this machine takes for things that are the same everywhere: figures to read the others by."""

import os
import shutil
import statistics
import time

from fixture import Fixture
from measure import Contender, run_rounds

MEMORY = 64 << 20
FILES = 1000


def memchr(contender, number):
    """MB/s of a search for one byte: the C library's memchr below Python's find."""
    start = time.perf_counter_ns()
    contender.memory.find(b"x")
    return MEMORY / (time.perf_counter_ns() - start) * 1000


def file_creation(fixture):
    def measure(contender, number):
        where = fixture.fresh("files", number)
        start = time.perf_counter_ns()
        for i in range(FILES):
            os.close(os.open(f"{where}/{i}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        return (time.perf_counter_ns() - start) / 1e3 / FILES
    return measure


def file_system(path):
    """Of the longest mount point that holds the path."""
    best = ("", "?")
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        for line in mounts:
            _, at, kind, *_ = line.split()
            if (path + "/").startswith(at.rstrip("/") + "/") and len(at) >= len(best[0]):
                best = (at, kind)
    return best[1]


def calibrate(build, rounds):
    fixture = Fixture(build, os.path.dirname(os.path.abspath(__file__)))
    search = Contender("memchr", [], measure=memchr)
    search.memory = b"a" * MEMORY
    lines = [(Contender("true", ["/bin/true"], env=fixture.env), "ms"),
             (Contender("git version", ["git", "version"], env=fixture.env), "ms"),
             (search, "MB/s"),
             (Contender("file creation", [], measure=file_creation(fixture),
                        after=lambda number: shutil.rmtree(fixture.each("files", number))), "us a file")]
    try:
        run_rounds([contender for contender, _ in lines], rounds, lambda number: None)
    finally:
        fixture.close()
    found = {contender.name: {"median": statistics.median(contender.samples), "unit": unit}
             for contender, unit in lines}
    found["file creation"]["unit"] += f" on {file_system(fixture.root)}"
    found["cores"] = {"median": os.cpu_count(), "unit": f"load {os.getloadavg()[0]:.1f}"}
    return found
