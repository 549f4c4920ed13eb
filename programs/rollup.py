"""The roll-up of programs: benefits, and the health of work whose parts depend on each other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from ppm.core.models import Known
from ppm.core.snapshotting import store
from ppm.core.sql import CHILDREN, ISSUE, POLICY, RATED, RISK, SCOPE, rows

HERE = Path(__file__).parent
BENEFIT = HERE / "benefit.sql"
MEASURED_THEN = HERE / "as_known" / "programs_benefitmeasurement.sql"
AGGREGATE = (SCOPE, POLICY, RISK, ISSUE, CHILDREN, BENEFIT, HERE / "aggregate.sql")
"""What programs and portfolios compute alike, from children, own facts and benefits."""


def roll_up_programs(program_ids: Collection[int], *, as_of: date) -> list[int]:
    """Roll up programs of one level from their children; return those whose snapshot changed."""
    statements = (*AGGREGATE, HERE / "rollup.sql", RATED)
    return store(statements, program_ids, as_of=as_of)


def benefit_figures(home_ids: Collection[int], *, known: Known) -> list[dict[str, Any]]:
    """Compute each benefit of homes: target, planned, realised, forecast and at risk, in money.

    The amounts of a dis-benefit are negative; null where a benefit is not counted in money.
    """
    measured = [] if known.until is None else [MEASURED_THEN]
    parameters = {"ids": list(home_ids), "as_of": known.day, "until": known.until}
    return rows([SCOPE, POLICY, *measured, BENEFIT], parameters)


def homes_served_by(project_ids: Collection[int]) -> dict[int, int]:
    """Find the homes of the benefits that the projects are linked to: id to root id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT home.id, home.path[1] FROM programs_benefitlink AS link "
            "JOIN programs_benefit AS b ON b.id = link.benefit_id "
            "JOIN core_component AS home ON home.id = b.component_id "
            "WHERE link.project_id = ANY(%s)",
            [list(project_ids)],
        )
        return dict(cursor.fetchall())
