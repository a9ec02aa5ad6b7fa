"""The command line."""

import argparse
import datetime
import sys

from tally import book as books
from tally import report
from tally.model import BookError


def _date(text):
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no such day: {text}") from None


def _parser():
    parser = argparse.ArgumentParser(prog="tally", description="bookkeeping in a text file")
    parser.add_argument("book")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("balance", "register", "accounts", "check"):
        command = commands.add_parser(name)
        command.add_argument("--until", type=_date, metavar="DATE")
        if name == "register":
            command.add_argument("account")
    return parser


def _answer(book, asked):
    if asked.command == "balance":
        return report.balance(book)
    if asked.command == "register":
        return report.register(book, asked.account)
    if asked.command == "accounts":
        return report.accounts(book)
    return ()


def main(arguments=None, out=None, err=None):
    out, err = out or sys.stdout, err or sys.stderr
    asked = _parser().parse_args(arguments)
    try:
        with open(asked.book, encoding="utf-8") as file:
            book = books.read(file.read(), asked.book)
    except (OSError, UnicodeDecodeError, BookError) as error:
        print(f"tally: {error}", file=err)
        return 1
    for line in _answer(book.until(asked.until), asked):
        print(line, file=out)
    return 0
