"""tests/README.md names a test for each invariant, and only tests that there are."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
README = (TESTS / "README.md").read_text()


def test_each_invariant_names_tests_that_exist() -> None:
    there = {path.name for path in TESTS.rglob("*.py")}
    rows = [line for line in README.splitlines() if re.match(r"\| I\d+ \|", line)]
    assert [row.split()[1] for row in rows] == [f"I{number}" for number in range(1, 15)]
    named = set(re.findall(r"(\w+\.py)", README))
    assert named - {"commit_cost.py"} <= there
