#!/bin/sh
# shellcheck disable=SC2016
# A scripted agent: run in a checkout of the project, the prompt on standard input or in a file named as its argument.
# Its first attempt fails its own tests, and it corrects itself; makes no commit.
set -eu

prompt=$(cat -- "${1:--}")
case $prompt in
*"transactions that repeat"*) ;;
*)
	echo "agent: nothing to do: the prompt names no task of this project" >&2
	exit 3
	;;
esac

# edit <file>: standard input is pairs of blocks, "<<<<", the old lines, "====", the new ones, ">>>>".
edit() {
	cat >.agent-edit
	python3 - "$1" <<'E'
import pathlib
import re
import sys

path = pathlib.Path(sys.argv[1])
text = path.read_text(encoding="utf-8")
blocks = pathlib.Path(".agent-edit").read_text(encoding="utf-8")
for old, new in re.findall(r"^<<<<\n(.*?)^====\n(.*?)^>>>>\n", blocks, re.DOTALL | re.MULTILINE):
    if text.count(old) != 1:
        sys.exit(f"{path}: not found once: {old}")
    text = text.replace(old, new)
path.write_text(text, encoding="utf-8")
E
	rm .agent-edit
}

echo "agent: tests for the days"
cat >tests/test_repeat.py <<'E'
import datetime
import unittest

from tally import repeat


def days(rule, first, last):
    first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    return [day.isoformat() for day in repeat.days(rule, first, last)]


class RepeatTest(unittest.TestCase):
    def test_weekly(self):
        self.assertEqual(days("weekly", "2024-02-26", "2024-03-11"), ["2024-02-26", "2024-03-04", "2024-03-11"])

    def test_monthly(self):
        self.assertEqual(days("monthly", "2024-11-15", "2025-01-14"), ["2024-11-15", "2024-12-15"])

    def test_end_of_month_comes_back(self):
        self.assertEqual(
            days("monthly", "2024-01-31", "2024-06-30"),
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"],
        )

    def test_leap_day_comes_back(self):
        self.assertEqual(
            days("yearly", "2024-02-29", "2028-12-31"),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        )

    def test_one_day(self):
        for rule in repeat.RULES:
            self.assertEqual(days(rule, "2024-03-01", "2024-03-01"), ["2024-03-01"])

    def test_end_of_the_calendar(self):
        self.assertEqual(days("weekly", "9999-12-20", "9999-12-31"), ["9999-12-20", "9999-12-27"])
        self.assertEqual(days("monthly", "9999-12-01", "9999-12-31"), ["9999-12-01"])
        self.assertEqual(days("yearly", "9998-12-01", "9999-12-31"), ["9998-12-01", "9999-12-01"])

    def test_unknown_rule(self):
        self.assertRaises(KeyError, days, "daily", "2024-03-01", "2024-03-01")
E

echo "agent: the days"
cat >tally/repeat.py <<'E'
"""The days of a transaction that repeats."""

import calendar
import datetime


def _months_later(first, months):
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(first.day, 28))
E
cat >>tally/repeat.py <<'E'


# The n-th day after the first, by rule.
RULES = {
    "weekly": lambda first, n: first + datetime.timedelta(weeks=n),
    "monthly": _months_later,
    "yearly": lambda first, n: _months_later(first, 12 * n),
}


def days(rule, first, last):
    """Yields the days of the rule from the first to the last, which counts. KeyError for an unknown rule."""
    nth = RULES[rule]
    n = 0
    while True:
        try:
            day = nth(first, n)
        except (OverflowError, ValueError):
            return  # beyond the calendar
        if day > last:
            return
        yield day
        n += 1
E
if python3 -m unittest tests.test_repeat; then
	echo "agent: the first attempt should not have passed" >&2
	exit 1
fi
echo "agent: months have more days than 28"
edit tally/repeat.py <<'E'
<<<<
def _months_later(first, months):
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(first.day, 28))
====
def _months_later(first, months):
    """Counted from the first day, never from the one before: a short month must not shorten those after it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
>>>>
E
python3 -m unittest tests.test_repeat

echo "agent: the format"
edit tally/lexer.py <<'E'
<<<<
_POSTING = re.compile(r"\s+(\S+)(?:\s{2,}(\S+))?\Z")
====
_REPEAT = re.compile(r"~(\S+\s+\S+\s+\S+)(?:\s+(.*))?\Z")
_POSTING = re.compile(r"\s+(\S+)(?:\s{2,}(\S+))?\Z")
>>>>
<<<<
    kind: str  # "head", "posting", "blank" or "other"
====
    kind: str  # "head", "repeat", "posting", "blank" or "other"
>>>>
<<<<
        for kind, pattern in (("head", _HEAD), ("posting", _POSTING)):
====
        for kind, pattern in (("head", _HEAD), ("repeat", _REPEAT), ("posting", _POSTING)):
>>>>
E
edit tally/book.py <<'E'
<<<<
from tally import money
====
from tally import money, repeat
>>>>
<<<<
        self.head = (line, self.date(line, line.first))

====
        self.head = (line, [self.date(line, line.first)])

    def take_repeat(self, line):
        self.finish()
        rule, *ends = line.first.split()
        if rule not in repeat.RULES:
            self.fail(line, f"no such rule: {rule}")
        first, last = (self.date(line, text) for text in ends)
        if last < first:
            self.fail(line, "the last day is before the first")
        self.head = (line, list(repeat.days(rule, first, last)))

>>>>
<<<<
        """Ends the transaction that is open, if there is one."""
====
        """Ends the transaction that is open, if there is one: it stands for one on each of its days."""
>>>>
<<<<
        line, date = self.head
        transaction = Transaction(date, line.second, self.balanced(line))
        self.book.transactions.append(transaction)
====
        line, dates = self.head
        postings = self.balanced(line)
        self.book.transactions.extend(Transaction(date, line.second, postings) for date in dates)
>>>>
E
edit tests/test_book.py <<'E'
<<<<
    def test_errors(self):
        cases = (
====
    def test_repeat(self):
        found = book.read(RENT.replace("2024-03-01", "~monthly 2024-01-31 2024-03-31") + RENT)
        self.assertEqual(
            [str(each.date) for each in found.in_order()],
            ["2024-01-31", "2024-02-29", "2024-03-01", "2024-03-31"],
        )
        self.assertEqual({(each.text, each.postings[0].cents) for each in found.transactions}, {("rent", 85000)})
        self.assertEqual(len(found.until(datetime.date(2024, 2, 29)).transactions), 2)

    def test_errors(self):
        cases = (
            ("\n~daily 2024-03-01 2024-03-02 x\n", 2, "no such rule: daily"),
            ("~weekly 2024-03-01 2024-02-30 x\n", 1, "no such day: 2024-02-30"),
            ("~weekly 2024-03-02 2024-03-01 x\n", 1, "the last day is before the first"),
            ("~weekly 2024-03-02 x\n", 1, "no such day: x"),
            ("~weekly 2024-03-01 2024-03-02 x\n    a  1\n", 1, "a transaction has two postings or more"),
>>>>
E
cat >tests/books/year.book <<'E'
; what comes by itself
~monthly 2024-01-31 2024-12-31 rent
    expenses:rent      850.00
    assets:bank

~yearly 2024-02-29 2026-12-31 insurance
    expenses:insurance  120.00
    assets:bank
E
edit tests/test_cli.py <<'E'
<<<<
    def test_as_a_program(self):
====
    def test_repeat(self):
        status, out, err = run("year.book", "register", "assets:bank", "--until", "2024-04-01")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(
            [line.split() for line in out.splitlines()],
            [
                ["2024-01-31", "rent", "-850.00", "-850.00"],
                ["2024-02-29", "rent", "-850.00", "-1700.00"],
                ["2024-02-29", "insurance", "-120.00", "-1820.00"],
                ["2024-03-31", "rent", "-850.00", "-2670.00"],
            ],
        )

    def test_program_is_executable(self):
        self.assertTrue(os.access(BOOKS.parent.parent / "bin" / "tally", os.X_OK))

    def test_as_a_program(self):
>>>>
<<<<
import io
====
import io
import os
>>>>
E
chmod +x bin/tally
python3 -m unittest
python3 -m tests.style

echo "agent: documentation"
cat >>docs/format.md <<'E'

## What repeats

    ~monthly 2024-01-31 2024-06-30 rent
        expenses:rent      850.00
        assets:bank

stands for one transaction a month, from the first day to the last, which counts. Rules are `weekly`, `monthly` and `yearly`. A
month that lacks the day takes its last day instead: this example has 29 February and 31 March.
E
sed 's|\$ python3 -m tally |$ bin/tally |' README.md >README.new
cat README.new >README.md
rm README.new
edit NEWS.md <<'E'
<<<<
# News

====
# News

## 1.3

- Transactions that repeat: `~monthly`, `~weekly`, `~yearly`.

>>>>
E
echo "agent: done"
