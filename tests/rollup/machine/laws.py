"""What must be refused, in plain Python: places in the tree, changes of state, deletions, rows.

From `docs/importing.md` and the lifecycle; like `model`, whose memory it reads, it imports
nothing of the product.
"""

from collections.abc import Collection
from datetime import date
from fractions import Fraction
from typing import Any

from tests.rollup.machine.model import ENDED, Node, last

MAX_DEPTH = 10
SUCCESSORS = {
    "idea": ("proposal", "rejected"),
    "proposal": ("idea", "authorized", "rejected"),
    "authorized": ("executing", "terminated"),
    "executing": ("on_hold", "closing", "terminated"),
    "on_hold": ("executing", "terminated"),
    "closing": ("closed",),
    "active": ("archived",),
    "archived": ("active",),
}
PLACES = {
    "portfolio": ("portfolio",),
    "program": ("portfolio", "program"),
    "project": ("portfolio", "program"),
}


def fits(kind: str, parent: Node) -> bool:
    """Tell whether a component of that kind may stand there."""
    return parent.kind in PLACES[kind] and len(parent.path) < MAX_DEPTH


def may_move(node: Node, parent: Node | None, nodes: Collection[Node]) -> bool:
    """Tell whether a component may be moved there."""
    if parent is node.parent or parent is None:
        return True
    is_circle = node in parent.path
    is_foreign = node.path[0].currency != parent.path[0].currency
    if is_circle or is_foreign or not fits(node.kind, parent):
        return False
    depth = max(len(n.path) for n in nodes if node in n.path) - len(node.path)
    return len(parent.path) + 1 + depth <= MAX_DEPTH


def may_become(
    node: Node, after: str, nodes: Collection[Node], *, today: date, is_evaluated: bool
) -> bool:
    """Tell whether a component may come into a state now."""
    if after not in SUCCESSORS.get(node.state, ()):
        return False
    if node.kind != "project":
        over = (*ENDED, "on_hold") if after == "on_hold" else ENDED
        left = [n for n in nodes if n.parent is node and n.state not in over]
        return after not in (*ENDED, "on_hold") or not left
    if after == "authorized":
        return bool(node.tasks) or (node.budget is not None and node.finish is not None)
    if after == "executing" and node.state == "authorized":
        return bool(node.baseline) and (node.start is None or node.start <= today)
    if after == "closing":
        return all(percent(task, today) == 100 for task in node.tasks.values() if task.budget)
    return is_evaluated or after != "closed"


def percent(task: Any, today: date) -> Fraction:
    """How far a task has come."""
    report = last(task.progress, today)
    return report[1] if report else Fraction(0)


def may_be_deleted(node: Node, nodes: Collection[Node]) -> bool:
    """Tell whether nothing hangs on a component: what was said and decided is kept."""
    others = [n for n in nodes if n.parent is node]
    linked = [b for n in nodes for b in n.benefits.values() if node in b.links]
    frozen = [task for task in node.baseline if task.wbs]
    said = [task for task in node.tasks.values() if task.progress]
    return not any((others, linked, frozen, said, node.costs, node.estimates, node.benefits))


def is_sound_project(row: dict[str, Any], nodes: dict[str, Node], *, today: date) -> bool:
    """Tell whether a row of projects may be imported."""
    node, parent = nodes.get(row["code"]), nodes[row["parent"]]
    if node and (node.kind != "project" or node.parent is not parent):
        return False
    booked = node.booked("actual", today) if node else None
    return fits("project", parent) and Fraction(row["at_completion"]) >= (booked or 0)
