"""The results as a picture: per goal how far ours is from it, on a logarithmic scale, the goal in the middle."""

import math
from xml.sax.saxutils import escape

WIDTH, LABELS, NUMBERS, LINE, TOP = 960, 400, 110, 24, 64
REACH = 1.5  # decades to each side of the goal
GOOD, BAD = "#2a7d4f", "#b5412b"


def text(x, y, words, extra=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {extra}>{escape(words)}</text>'


def bar(y, goal):
    """From the goal's line to what was reached: left of it is better."""
    left, right = LABELS, WIDTH - NUMBERS
    middle = (left + right) / 2
    # "No more than the other" has no share of it: it is left of the line or right.
    if goal["limit"]:
        share = max(goal["reached"], 1e-9) / goal["limit"]
    else:
        share = 10.0 ** max(-REACH, min(REACH, goal["reached"]))
    off = max(-REACH, min(REACH, math.log10(share))) / REACH * (right - middle)
    colour = GOOD if goal["reached"] <= goal["limit"] else BAD
    return (f'<rect x="{min(middle, middle + off):.1f}" y="{y - 12}" width="{max(abs(off), 1):.1f}" height="14" '
            f'fill="{colour}"/>')


def lines_of(results):
    for row in results["rows"]:
        for goal in row["goals"]:
            yield row["name"], goal


def write(path, results):
    lines = list(lines_of(results))
    middle, height = (LABELS + WIDTH - NUMBERS) / 2, TOP + LINE * len(lines) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
           'font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>',
           text(12, 24, "git agent, measured beside others: what was reached against the goal",
                'font-size="15" font-weight="bold"'),
           text(middle, 46, "goal", 'text-anchor="middle"'),
           text(LABELS, 46, "better", 'fill="#666"'),
           text(WIDTH - NUMBERS, 46, "worse", 'text-anchor="end" fill="#666"')]
    for i, (name, goal) in enumerate(lines):
        y = TOP + LINE * i + 12
        out += [text(12, y, f"{name}: {goal['text']}"), bar(y, goal),
                text(WIDTH - 12, y, f"{goal['reached']:.3f} / {goal['limit']:g}", 'text-anchor="end"')]
    out += [f'<line x1="{middle}" y1="52" x2="{middle}" y2="{height - 12}" stroke="#222"/>', "</svg>"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")
