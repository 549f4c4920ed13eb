"""Headings of two lines."""

import pytest

from portfolios.parsing.headings import joined


@pytest.mark.parametrize(
    ("groups", "columns", "names"),
    [
        (["ID", "Plan", "", "Cost"], ["", "Start", "End", ""], "ID|Plan / Start|Plan / End|Cost"),
        # A group ends where a column has no heading of its own, and where the next begins.
        (["A", "", "", "B"], ["x", "", "y", "z"], "A / x||y|B / z"),
        (["A"], ["x", "y", "z"], "A / x|A / y|A / z"),
        (["A", "B", "C"], ["x"], "A / x|B|C"),
        ([], ["x", "y"], "x|y"),
        (["x", "y"], None, "x|y"),
    ],
)
def test_a_group_stands_over_the_columns_that_it_is_merged_over(
    groups: list[str], columns: list[str] | None, names: str
) -> None:
    assert joined(groups, columns) == names.split("|")
