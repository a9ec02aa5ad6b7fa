"""What a book is made of."""

import datetime
from dataclasses import dataclass, field


class BookError(Exception):
    """Something in a book that can not be: the file, the line and the reason."""

    def __init__(self, name, line, reason):
        super().__init__(f"{name}:{line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Posting:
    account: str
    cents: int


@dataclass(frozen=True)
class Transaction:
    date: datetime.date
    text: str
    postings: tuple = ()


@dataclass
class Book:
    transactions: list = field(default_factory=list)

    def until(self, date):
        """A book of what is not later than the date; None takes everything."""
        if date is None:
            return Book(list(self.transactions))
        return Book([each for each in self.transactions if each.date <= date])

    def in_order(self):
        """By date; those of one day as they stand in the book."""
        return sorted(self.transactions, key=lambda each: each.date)
