"""The table at the end of `run.py chaos`."""

from ops.proofs import table


def test_the_table_has_a_line_a_scenario_and_says_which_failed() -> None:
    found = {
        "faults": 20,
        "writes": 4438,
        "differences": 1,
        "marks_left": 0,
        "seconds_to_converge": 0.77,
    }
    shown = table({"worker_killed": {"figures": found}, "model": None}, failed=["model"])
    head, killed, model = shown.strip().splitlines()
    assert head.split("  ")[-1] == "verdict"
    assert killed.split() == ["worker_killed", "20", "4438", "1", "0", "0.8", "ok"]
    assert model.split() == ["model", "-", "-", "-", "-", "-", "FAILED"]
