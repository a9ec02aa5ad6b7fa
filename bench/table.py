"""The results on a terminal."""

import statistics


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show_calibration(calibration):
    print("this machine:")
    for name, line in calibration.items():
        print(f"  {name:18} {number(line['median']):>8} {line['unit']}")


def spread(samples):
    if len(samples) < 4:
        return ""
    low, _, high = statistics.quantiles(samples, n=4)
    return f"({number(low)} to {number(high)})"


def amount(goal, value):
    return f"{value:+.2f}" if goal["unit"] == "+" else f"{value:.3f}"


def show_row(result):
    print(f"\n{result['name']}: {result['title']}")
    if "failed" in result:
        print(f"  could not be measured: {result['failed']}")
        return
    for name, contender in result["contenders"].items():
        print(f"  {name:18} {number(contender['median']):>8} {result['unit']:4} {spread(contender['samples'])}")
    for name, why in result["skipped"].items():
        print(f"  {name:18}  skipped: {why}")
    for goal in result["goals"]:
        verdict = "reached" if goal["reached"] <= goal["limit"] else "MISSED"
        print(f"  {verdict:8} {amount(goal, goal['reached']):>8}   goal: {goal['text']}")
