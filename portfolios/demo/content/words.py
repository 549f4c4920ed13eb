"""What managers write in their reports, where no story is told by hand, and how words join."""

from __future__ import annotations

OPENINGS = {
    "green": (
        "On plan.",
        "On plan, with a few days in hand.",
        "As agreed.",
        "No deviation that needs a decision.",
        "A good month.",
    ),
    "amber": (
        "Behind what we agreed, and caught up if nothing else happens.",
        "One thing needs attention.",
        "Not where we want to be.",
        "The forecast is worse than last month.",
    ),
    "red": (
        "We cannot hold what was agreed.",
        "Worse than last month; we need a decision.",
        "The plan no longer holds.",
    ),
}
FINISHED = (
    "“{task}” is finished.",
    "We have finished “{task}”.",
    "“{task}” was completed and accepted.",
)
RUNNING = (
    "“{task}” is under way.",
    "Work on “{task}” continues.",
    "The team works on “{task}”.",
)
NEXT = (
    "Next comes “{task}”.",
    "“{task}” begins soon.",
)
NOTES = (
    "Two people were sick.",
    "Waits for an answer of the supplier.",
    "Faster than planned thanks to good weather.",
    "Counted on site.",
    "After the review with the team.",
    "Corrected after the walk-through.",
)
EVIDENCE = (
    "Ledger, cost center report",
    "Report of controlling",
    "Count of the department",
    "Meter data of the month",
)


def about(words: str, part: str) -> str:
    """Put a part of a project in its place in the words."""
    text = words.format(part=part)
    return text[0].upper() + text[1:]
