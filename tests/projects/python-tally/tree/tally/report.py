"""Answers, as lines of text."""

from collections import Counter

from tally import money


def below(account, parent):
    """Whether the account is the parent or stands under it."""
    return account == parent or account.startswith(parent + ":")


def balances(book):
    sums = Counter()
    for transaction in book.transactions:
        for posting in transaction.postings:
            sums[posting.account] += posting.cents
    return sums


def balance(book):
    for account, cents in sorted(balances(book).items()):
        if cents != 0:
            yield f"{money.show(cents):>12}  {account}"


def register(book, parent):
    running = 0
    for transaction in book.in_order():
        for posting in transaction.postings:
            if below(posting.account, parent):
                running += posting.cents
                yield (
                    f"{transaction.date}  {transaction.text[:28]:<28}"
                    f"  {money.show(posting.cents):>10}  {money.show(running):>10}"
                )


def accounts(book):
    yield from sorted(balances(book))
