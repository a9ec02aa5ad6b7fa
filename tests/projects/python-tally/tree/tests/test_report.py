import unittest

from tally import book, report

TEXT = """\
2024-03-02 groceries
    expenses:food       41.30
    assets:cash        -41.30
2024-03-01 out of the bank
    assets:cash        100.00
    assets:bank
2024-03-05 the baker, and cake for eleven people
    expenses:food:cake  20.00
    assets:cash
2024-03-06 cake was paid back
    assets:cash         20.00
    expenses:food:cake
"""


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.book = book.read(TEXT)

    def test_balance_leaves_out_zero(self):
        self.assertEqual(
            list(report.balance(self.book)),
            ["     -100.00  assets:bank", "       58.70  assets:cash", "       41.30  expenses:food"],
        )

    def test_register(self):
        self.assertEqual(
            list(report.register(self.book, "expenses:food"))[:2],
            [
                "2024-03-02  groceries                          41.30       41.30",
                "2024-03-05  the baker, and cake for elev       20.00       61.30",
            ],
        )

    def test_below(self):
        self.assertTrue(report.below("a:b", "a"))
        self.assertTrue(report.below("a", "a"))
        self.assertFalse(report.below("ab", "a"))

    def test_accounts(self):
        self.assertEqual(
            list(report.accounts(self.book)),
            ["assets:bank", "assets:cash", "expenses:food", "expenses:food:cake"],
        )
