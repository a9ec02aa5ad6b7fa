import unittest

from tally.lexer import lines_of


def kinds(text):
    return [line.kind for line in lines_of(text)]


class LexerTest(unittest.TestCase):
    def test_kinds(self):
        text = "; a comment\n2024-03-01 rent\n    expenses:rent  850\n    assets:bank\n\n# more\nwhat\n"
        self.assertEqual(kinds(text), ["head", "posting", "posting", "blank", "other"])

    def test_numbers_count_comments(self):
        lines = list(lines_of("; one\n; two\n2024-03-01 three"))
        self.assertEqual(lines[0].number, 3)

    def test_comment_behind(self):
        (line,) = lines_of("    assets:bank  12.00 ; the usual")
        self.assertEqual((line.first, line.second), ("assets:bank", "12.00"))

    def test_one_blank_does_not_part(self):
        self.assertEqual(kinds("    assets:bank 12.00"), ["other"])

    def test_head_without_text(self):
        (line,) = lines_of("2024-03-01")
        self.assertEqual((line.kind, line.second), ("head", ""))
