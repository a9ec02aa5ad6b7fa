"""Amounts as whole cents."""

import re

_AMOUNT = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?\Z")


def parse(text):
    """'41.3' -> 4130; ValueError for anything that is not an amount."""
    found = _AMOUNT.match(text)
    if not found:
        raise ValueError(f"not an amount: {text}")
    sign, whole, decimals = found.groups()
    cents = int(whole) * 100 + int((decimals or "0").ljust(2, "0"))
    return -cents if sign else cents


def show(cents):
    """4130 -> '41.30'."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
