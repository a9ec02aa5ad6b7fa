import unittest

from tally import money


class MoneyTest(unittest.TestCase):
    def test_parse(self):
        for text, cents in (("0", 0), ("41", 4100), ("41.3", 4130), ("41.30", 4130), ("-0.05", -5)):
            with self.subTest(text):
                self.assertEqual(money.parse(text), cents)

    def test_refused(self):
        for text in ("", "-", ".5", "5.", "1.234", "1,50", "+1", "1e3", "1_000", "١", "1\n", "1" * 13):
            with self.subTest(text):
                self.assertRaises(ValueError, money.parse, text)

    def test_show(self):
        for cents, text in ((0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1234.56"), (-100, "-1.00")):
            self.assertEqual(money.show(cents), text)
            self.assertEqual(money.parse(text), cents)
