"""The condition of the whole: what is measured, and from where on it is a problem.

`/readyz` and `/metrics` show it to whoever asks, so it has numbers only, no names and no texts.
What to do about each problem is in `docs/operations.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min

from ppm.core.broker import is_reachable
from ppm.core.models import AuditEvent, DirtyMark, Heart, Heartbeat, RollupFailure, RollupIncident
from ppm.core.reach import unscoped

MINUTE, HOUR = 60, 3600

LIMITS: dict[str, float] = {
    # Without these no page can be served.
    "database_down": 0,
    "migrations_missing": 0,
    # The broker carries nudges only; beat and the worker wait for it.
    "broker_down": 0,
    # Promised: within a minute of quiet every figure is right. Beat sweeps every 30 s.
    "rollup_lag_seconds": 1 * MINUTE,
    "rollup_quarantined": 0,
    "rollup_incidents": 0,
    # Beat sends a canary every 30 s: three were missed.
    "rollup_canary_seconds": 1.5 * MINUTE,
    # A canary waits while all processes are busy; an audit may take 31 minutes.
    "jobs_canary_seconds": 35 * MINUTE,
    # Every night at half past two.
    "audit_seconds": 26 * HOUR,
    # Sealed each minute, in the queue of long jobs.
    "unsealed_seconds": 35 * MINUTE,
}
"""What is measured, and the most that is no problem."""

FATAL = ("database_down", "migrations_missing")


class Status(StrEnum):
    """What the whole can do: everything, pages with figures that may be old, or nothing."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True)
class Condition:
    """One look: what could be measured; None is a heart that never beat."""

    measures: dict[str, float | None]
    marks: int | None = None
    oldest_mark: datetime | None = None

    @property
    def problems(self) -> list[str]:
        """Name the measures that are beyond their limit."""
        return [name for name, measure in self.measures.items() if _is_beyond(name, measure)]

    @property
    def status(self) -> Status:
        """Judge the whole."""
        if any(name in FATAL for name in self.problems):
            return Status.DOWN
        return Status.DEGRADED if self.problems else Status.OK


def _is_beyond(name: str, measure: float | None) -> bool:
    return measure is None or measure > LIMITS[name]


def condition(*, now: datetime) -> Condition:
    """Look at everything; ages are seconds before `now`."""
    measures: dict[str, float | None] = {"broker_down": int(not is_reachable())}
    try:
        missing = len(_migrations() - set(MigrationRecorder(connection).applied_migrations()))
        measures |= {"database_down": 0, "migrations_missing": missing}
        return Condition(measures) if missing else _with_roll_up(measures, now=now)
    except (OperationalError, InterfaceError):
        return Condition({**measures, "database_down": 1})


@cache
def _migrations() -> set[tuple[str, str]]:
    """List the migrations of this release. A newer release may have added others: no harm."""
    return set(MigrationLoader(None).disk_migrations or ())


@unscoped(because="only an age leaves it")
def _oldest_unsealed() -> datetime | None:
    """Tell when the oldest event was written that no seal covers."""
    return AuditEvent.objects.unsealed().order_by("pk").values_list("at", flat=True).first()


def _with_roll_up(measures: dict[str, float | None], *, now: datetime) -> Condition:
    waiting = DirtyMark.objects.aggregate(marks=Count("pk"), oldest=Min("marked_at"))
    beats = dict(Heartbeat.objects.values_list("heart", "beaten_at"))
    quarantined = RollupFailure.objects.filter(tries__gte=RollupFailure.MAX_TRIES)
    measures |= {
        "rollup_lag_seconds": _age(waiting["oldest"], now) or 0,
        "rollup_quarantined": quarantined.count(),
        "rollup_incidents": RollupIncident.objects.filter(settled_at=None).count(),
        "rollup_canary_seconds": _age(beats.get(Heart.ROLLUP), now),
        "jobs_canary_seconds": _age(beats.get(Heart.JOBS), now),
        "audit_seconds": _age(beats.get(Heart.AUDIT), now),
        "unsealed_seconds": _age(_oldest_unsealed(), now) or 0,
    }
    return Condition(measures, marks=waiting["marks"], oldest_mark=waiting["oldest"])


def _age(moment: datetime | None, now: datetime) -> float | None:
    """Return the seconds since then; the database's clock may be a little ahead."""
    return max(0, round((now - moment).total_seconds(), 3)) if moment else None
