import datetime
import unittest

from tally import book
from tally.model import BookError, Posting

RENT = "2024-03-01 rent\n    expenses:rent  850.00\n    assets:bank\n"


class BookTest(unittest.TestCase):
    def test_missing_amount(self):
        (transaction,) = book.read(RENT).transactions
        self.assertEqual(transaction.date, datetime.date(2024, 3, 1))
        self.assertEqual(transaction.postings, (Posting("expenses:rent", 85000), Posting("assets:bank", -85000)))

    def test_no_blank_line_between(self):
        self.assertEqual(len(book.read(RENT + RENT).transactions), 2)

    def test_in_order(self):
        later = RENT.replace("2024-03-01", "2024-04-01")
        dates = [each.date.month for each in book.read(later + "\n" + RENT).in_order()]
        self.assertEqual(dates, [3, 4])

    def test_until_takes_in_the_day(self):
        found = book.read(RENT)
        self.assertEqual(len(found.until(datetime.date(2024, 3, 1)).transactions), 1)
        self.assertEqual(len(found.until(datetime.date(2024, 2, 29)).transactions), 0)
        self.assertEqual(len(found.until(None).transactions), 1)

    def test_errors(self):
        cases = (
            ("what\n", 1, "neither a date nor a posting"),
            ("2024-02-30 x\n    a  1\n    b\n", 1, "no such day: 2024-02-30"),
            ("    a  1\n", 1, "a posting without a transaction"),
            ("2024-03-01 x\n    A  1\n    b\n", 2, "not an account: A"),
            ("2024-03-01 x\n    a  1.234\n    b\n", 2, "not an amount: 1.234"),
            ("\n2024-03-01 x\n    a  1\n", 2, "a transaction has two postings or more"),
            ("2024-03-01 x\n    a\n    b\n", 1, "more than one amount is missing"),
            ("2024-03-01 x\n    a  1\n    b  -0.99\n", 1, "does not balance: 0.01 too much"),
        )
        for text, line, reason in cases:
            with self.subTest(text), self.assertRaises(BookError) as caught:
                book.read(text)
            self.assertEqual((caught.exception.line, caught.exception.reason), (line, reason))
