"""A move of many components at once: paths, marks, and the roll-up of both places."""

from functools import partial
from statistics import median

from portfolios import rollup
from portfolios.models import Portfolio
from ppm.core.models import Component, State
from tests.bench._organisation import NOW, SIZES, organisation, settle_tables
from tests.bench._timing import seconds
from tests.proofs.result import Result
from tests.proofs.stack import Stack

MOVED = 10
"""So many portfolios of 1,000 projects move together."""


def prove(stack: Stack) -> Result:
    """Gather portfolios below a new one, then move that one to and fro."""
    result = Result()
    for projects in SIZES[1:]:
        with organisation(stack, projects):
            rollup.drain(now=NOW)
            settle_tables()
            _move(result, projects)
    return result


def _move(result: Result, projects: int) -> None:
    first, second = Component.objects.filter(code__in=["DIVISION-1", "DIVISION-2"]).order_by("pk")
    group = Portfolio.objects.create(code="GROUP", name="Group", parent=first, state=State.ACTIVE)
    gathered = Component.objects.filter(parent=first, code__startswith="PORTFOLIO-")
    single = [seconds(partial(p.move_to, group)) for p in gathered.order_by("pk")[:MOVED]]
    group.refresh_from_db()
    result.note(f"moved_components_at_{projects}", Component.objects.within(group).count())
    result.note(f"move_of_1000_projects_seconds_at_{projects}", median(single))
    rollup.drain(now=NOW)
    together = [seconds(partial(group.move_to, p)) for p in (second, first, second)]
    result.note(f"move_of_all_seconds_at_{projects}", median(together))
    result.note(f"rollup_after_move_seconds_at_{projects}", seconds(lambda: rollup.drain(now=NOW)))
    result.note(f"differences_after_move_at_{projects}", len(rollup.audit(now=NOW)[1]), most=0)
