"""The roll-up of everything against the least that it must do, and of one change by the engine."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection

from portfolios import rollup
from ppm.core.models import Component
from ppm.core.sql import execute
from projects.models import Progress, Task
from tests.bench._organisation import A_PROJECT, AS_OF, NOW, SIZES, organisation, settle_tables
from tests.bench._timing import note_spread, seconds
from tests.proofs.result import Result
from tests.proofs.stack import Stack

FLOOR = Path(__file__).with_name("floor.sql")
RUNS = 3
WARM_UP, CHANGES = 5, 60
SMALL, LARGE = SIZES[0], SIZES[-1]


def prove(stack: Stack) -> Result:
    """Measure both at each size; then how they have grown."""
    result = Result()
    full, one = {}, {}
    for projects in SIZES:
        with organisation(stack, projects) as fill_seconds:
            most = 60 if projects == LARGE else None
            result.note(f"fill_seconds_at_{projects}", fill_seconds, most=most)
            full[projects] = _roll_everything_up(result, projects)
            settle_tables()
            one[projects] = _roll_one_change_up(result, projects)
            _audit(result, projects)
    for size in SIZES[1:]:
        result.note(f"full_rollup_growth_{SMALL}_to_{size}", full[size] / full[SMALL])
    result.note(f"one_change_growth_{SMALL}_to_{LARGE}", one[LARGE] / one[SMALL], most=1.5)
    return result


def _roll_everything_up(result: Result, projects: int) -> float:
    """Compare the product with the floor, one after the other, several times; return seconds."""
    pairs = []
    for _ in range(RUNS):
        full = seconds(_fresh(lambda: rollup.drain(now=NOW)))
        bare = seconds(_bare(lambda: execute(FLOOR, {"as_of": AS_OF})))
        pairs.append((full, bare))
    middle = median(full for full, _ in pairs)
    result.note(f"full_rollup_seconds_at_{projects}", middle)
    result.note(f"bare_statement_seconds_at_{projects}", median(bare for _, bare in pairs))
    ratio = median(full / bare for full, bare in pairs)
    most = 2 if projects == LARGE else None
    result.note(f"full_rollup_ratio_at_{projects}", ratio, most=most)
    return middle


def _fresh(work: Callable[[], object]) -> Callable[[], object]:
    """Return the work, with everything marked and nothing computed yet."""
    _run("SET session_replication_role = replica; TRUNCATE core_snapshot, core_dirtymark")
    _run("RESET session_replication_role")
    _run("INSERT INTO core_dirtymark (component_id) SELECT id FROM core_component")
    rollup.turn_days(now=NOW)
    settle_tables()
    return work


def _bare(work: Callable[[], object]) -> Callable[[], object]:
    """Return the work, with an empty table to write to that has the indexes of the real one."""
    _run("DROP TABLE IF EXISTS bare_snapshot")
    _run("CREATE TABLE bare_snapshot (LIKE core_snapshot INCLUDING ALL)")
    _run("ALTER TABLE bare_snapshot ADD COLUMN total numeric")
    settle_tables()
    return work


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _roll_one_change_up(result: Result, projects: int) -> float:
    """Report progress again and again and roll each change up; return milliseconds."""
    root = Component.objects.get(parent=None)
    task = Task.objects.filter(project__code=A_PROJECT).order_by("pk")[0]
    taken = []
    for percent in range(1, WARM_UP + CHANGES + 1):
        Progress.objects.create(task=task, date=AS_OF, percent=percent)
        taken.append(1000 * seconds(lambda: rollup.roll_up_tree(root.pk, now=NOW)))
    name = f"one_change_at_{projects}"
    return note_spread(result, name, taken[WARM_UP:], middle_most=10)


def _audit(result: Result, projects: int) -> None:
    """Compute everything again; nothing may differ."""
    start = perf_counter()
    number, differing = rollup.audit(now=NOW)
    result.note(f"audit_seconds_at_{projects}", perf_counter() - start)
    result.note(f"audited_components_at_{projects}", number)
    result.note(f"audit_differences_at_{projects}", len(differing), most=0)
