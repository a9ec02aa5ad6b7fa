"""Reads a book."""

import datetime
import re

from tally import money
from tally.lexer import lines_of
from tally.model import Book, BookError, Posting, Transaction

_ACCOUNT = re.compile(r"[a-z0-9-]+(?::[a-z0-9-]+)*\Z")


class _Reader:
    def __init__(self, name):
        self.name = name
        self.book = Book()
        self.head = None
        self.postings = []

    def fail(self, line, reason):
        raise BookError(self.name, line.number, reason)

    def read(self, text):
        for line in lines_of(text):
            getattr(self, "take_" + line.kind)(line)
        self.finish()
        return self.book

    def take_other(self, line):
        self.fail(line, "neither a date nor a posting")

    def take_blank(self, line):
        self.finish()

    def take_head(self, line):
        self.finish()
        self.head = (line, self.date(line, line.first))

    def take_posting(self, line):
        if self.head is None:
            self.fail(line, "a posting without a transaction")
        if not _ACCOUNT.match(line.first):
            self.fail(line, f"not an account: {line.first}")
        self.postings.append((line.first, self.amount(line)))

    def date(self, line, text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            self.fail(line, f"no such day: {text}")

    def amount(self, line):
        if not line.second:
            return None
        try:
            return money.parse(line.second)
        except ValueError as error:
            self.fail(line, str(error))

    def finish(self):
        """Ends the transaction that is open, if there is one."""
        if self.head is None:
            return
        line, date = self.head
        transaction = Transaction(date, line.second, self.balanced(line))
        self.book.transactions.append(transaction)
        self.head, self.postings = None, []

    def balanced(self, line):
        missing = [account for account, cents in self.postings if cents is None]
        total = sum(cents for _, cents in self.postings if cents is not None)
        if len(self.postings) < 2:
            self.fail(line, "a transaction has two postings or more")
        if len(missing) > 1:
            self.fail(line, "more than one amount is missing")
        if not missing and total != 0:
            self.fail(line, f"does not balance: {money.show(total)} too much")
        return tuple(Posting(account, -total if cents is None else cents) for account, cents in self.postings)


def read(text, name="book"):
    """The Book that the text is, or BookError."""
    return _Reader(name).read(text)
