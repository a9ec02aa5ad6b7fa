import contextlib
import io
import pathlib
import subprocess
import sys
import unittest

from tally.cli import main

BOOKS = pathlib.Path(__file__).parent / "books"


def run(name, *arguments):
    out, err = io.StringIO(), io.StringIO()
    status = main([str(BOOKS / name), *arguments], out, err)
    return status, out.getvalue(), err.getvalue()


class CliTest(unittest.TestCase):
    def test_balance(self):
        status, out, err = run("home.book", "balance")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("       41.30  expenses:food\n", out)

    def test_until(self):
        self.assertNotIn("food", run("home.book", "balance", "--until", "2024-03-01")[1])

    def test_check(self):
        self.assertEqual(run("home.book", "check"), (0, "", ""))

    def test_error_names_the_line(self):
        status, out, err = run("crooked.book", "check")
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"crooked\.book:2: does not balance: 0\.10 too much\n\Z")

    def test_no_such_book(self):
        self.assertEqual(run("missing.book", "balance")[0], 1)

    def test_usage(self):
        for arguments in ((), ("dance",), ("register",), ("balance", "--until", "soon")):
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaises(SystemExit) as caught:
                    run("home.book", *arguments)
                self.assertEqual(caught.exception.code, 2)

    def test_as_a_program(self):
        program = BOOKS.parent.parent / "bin" / "tally"
        command = [sys.executable, program, BOOKS / "home.book", "accounts"]
        found = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(found.stdout.splitlines(), ["assets:bank", "assets:cash", "expenses:food", "expenses:rent"])
