"""Small rules that need no tool: python3 -m tests.style"""

import ast
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH = 120


def problems_of(path):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield f"{path}:{number}: blanks at the line end"
        if "\t" in line:
            yield f"{path}:{number}: a tab"
        if len(line) > WIDTH:
            yield f"{path}:{number}: longer than {WIDTH}"
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{path}:{node.lineno}: a bare except"


def main():
    found = [problem for part in ("tally", "tests") for path in sorted((ROOT / part).rglob("*.py"))
             for problem in problems_of(path)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
