"""Lines of a book, before anybody asks what they mean."""

import re
from dataclasses import dataclass

_HEAD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s+(.*))?\Z")
_POSTING = re.compile(r"\s+(\S+)(?:\s{2,}(\S+))?\Z")


@dataclass(frozen=True)
class Line:
    kind: str  # "head", "posting", "blank" or "other"
    number: int
    first: str = ""
    second: str = ""


def lines_of(text):
    """Yields a Line for every line that is not a comment."""
    for number, raw in enumerate(text.splitlines(), 1):
        if raw.startswith((";", "#")):
            continue
        bare = raw.split(";", 1)[0].rstrip()
        if not bare:
            yield Line("blank", number)
            continue
        for kind, pattern in (("head", _HEAD), ("posting", _POSTING)):
            found = pattern.match(bare)
            if found:
                yield Line(kind, number, found.group(1), found.group(2) or "")
                break
        else:
            yield Line("other", number, bare)
