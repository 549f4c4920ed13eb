"""The rolled-up rows, the marks that ask for them, and what could not be computed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Cast, Coalesce, Now, Round
from django.db.models.lookups import GreaterThan

from ppm.core.announcing import announces_insert, announces_update
from ppm.core.constraints import fraction, money
from ppm.core.models.access import ScopedQuerySet, User
from ppm.core.models.component import Component
from ppm.core.models.health import Health
from ppm.core.triggers import guard, guard_update


def _amount() -> models.DecimalField[Any, Any]:
    return money(null=True, editable=False)


def _health() -> models.CharField[Any, Any]:
    return models.CharField(max_length=11, choices=Health, default=Health.UNKNOWN, editable=False)


def _count() -> models.IntegerField[Any, Any]:
    return models.IntegerField(default=0, editable=False)


def _ratio(numerator: Any, denominator: Any) -> Case:
    """Divide to 6 decimals in the database; null as `quotient` is None."""
    exact = models.DecimalField(max_digits=40, decimal_places=12)
    quotient_of = Cast(numerator, exact) / Cast(denominator, exact)
    is_positive = GreaterThan(Cast(denominator, exact), Decimal())
    return Case(When(is_positive, then=Round(quotient_of, precision=6)), output_field=exact)


RATIOS = ("cpi", "spi", "spi_t", "roi", "forward_roi")
"""What is derived from the amounts, and never stored."""


class SnapshotQuerySet(ScopedQuerySet["Snapshot"]):
    """Snapshots; written by the roll-up only."""

    def newest_on(self, as_of: date) -> SnapshotQuerySet:
        """Keep each component's answer for the date: the newest one that is not later.

        One step in the index for each component, however long its history is.
        """
        newest = (
            Snapshot.objects.filter(component=OuterRef("pk"), as_of__lte=as_of)
            .order_by("-as_of")
            .values("pk")[:1]
        )
        components = Component.objects.filter(Exists(self.filter(component=OuterRef("pk"))))
        return self.filter(pk__in=components.values_list(Subquery(newest)))

    def with_ratios(self) -> SnapshotQuerySet:
        """Alias the ratios, to be compared: the same as the properties of a snapshot."""
        benefit, etc = F("benefit_forecast"), F("etc")
        parts = [Coalesce(name, Decimal()) for name in ("eac", "sunk", "own_cost")]
        cost = parts[0] + parts[1] + parts[2]
        to_come = benefit - Coalesce("benefit_realised", Decimal())
        ratios = {
            "cpi": _ratio(F("ev_costed"), F("ac")),
            "spi": _ratio(F("ev"), F("pv")),
            "spi_t": _ratio(F("earned_schedule"), F("actual_time")),
            "roi": _ratio(benefit - cost, cost),
            "forward_roi": _ratio(to_come - etc, etc),
        }
        return self.alias(**ratios)


# The first condition is one comparison a row; a roll-up of today passes by it.
_OPEN = {
    "where": "SELECT FROM new_rows AS n "
    "JOIN core_component AS c ON c.id = n.component_id "
    "JOIN core_monthclose AS m ON m.root_id = c.path[1] AND m.month_end >= n.as_of "
    "WHERE n.as_of <= (SELECT max(month_end) FROM core_monthclose)",
    "constraint": "core_snapshot_month_is_open",
    "message": "The month of this date is closed: its figures are final.",
}

# Only of what counts now: figures of a past day that are computed later are no news.
_HEALTH_CHANGED = """
    SELECT n.component_id,
        jsonb_build_object('as_of', n.as_of, 'before', o.health, 'after', n.health)
    FROM new_rows AS n JOIN FORMER AND o.health <> n.health
    WHERE NOT EXISTS (
        SELECT FROM core_snapshot AS later
        WHERE later.component_id = n.component_id AND later.as_of > n.as_of
    )
    ORDER BY n.component_id
"""
_OF_A_DAY_BEFORE = """
    LATERAL (
        SELECT health FROM core_snapshot AS s
        WHERE s.component_id = n.component_id AND s.as_of < n.as_of
        ORDER BY s.as_of DESC LIMIT 1
    ) AS o ON TRUE
"""
_OF_THE_SAME_DAY = "old_rows AS o ON o.id = n.id"


class Snapshot(models.Model):
    """What was known of a component on a date, rolled up from all below it.

    A row is written only where a value differs from the newest one, so the answer for a date is
    the newest row that is not later. Amounts are in the tree's currency and add up over the tree;
    null is "not known" or "does not apply", with its reason under `reasons`. Ratios are derived
    from the sums and never stored.

    Performance (`bac` budget at completion, `pv` planned, `ev` earned, `ac` actual) holds what is
    authorized, executing, closing or closed; `pv`, `ev` and `ac` only where progress is measured,
    and `ev_costed` only where cost is recorded too, so that numerators and denominators cover the
    same work. `earned_schedule`, `actual_time` and `planned_duration` are working minutes of a
    project's baseline.
    """

    shows_amounts = True
    """Whether the reader sees its amounts; without them its ratios stay."""

    # Without a constraint: the roll-up would lock every component it writes about. A trigger
    # removes the snapshots of a deleted component.
    component = models.ForeignKey(
        "core.Component", models.DO_NOTHING, related_name="snapshots", db_constraint=False
    )
    as_of = models.DateField()
    computed_at = models.DateTimeField(db_default=Now(), editable=False)

    bac = _amount()
    pv = _amount()
    ev = _amount()
    ev_costed = _amount()
    ac = _amount()
    spent = _amount()
    sunk = _amount()
    held = _amount()
    pipeline = _amount()
    etc = _amount()
    eac = _amount()
    vac = _amount()
    own_cost = _amount()
    committed = _amount()
    risk_exposure = _amount()

    benefit_target = _amount()
    benefit_planned = _amount()
    benefit_realised = _amount()
    benefit_forecast = _amount()

    count_green = _count()
    count_amber = _count()
    count_red = _count()
    count_unknown = _count()
    count_not_started = _count()
    count_on_hold = _count()
    count_done = _count()
    budget_green = _amount()
    budget_amber = _amount()
    budget_red = _amount()
    budget_unknown = _amount()
    budget_not_started = _amount()
    budget_on_hold = _amount()
    budget_done = _amount()

    start = models.DateField(null=True, editable=False)
    finish = models.DateField(null=True, editable=False)
    forecast_finish = models.DateField(null=True, editable=False)
    earned_schedule = models.BigIntegerField(null=True, editable=False)
    actual_time = models.BigIntegerField(null=True, editable=False)
    planned_duration = models.BigIntegerField(null=True, editable=False)

    health = _health()
    computed_health = _health()
    schedule_health = _health()
    cost_health = _health()
    scope_health = _health()
    risk_health = _health()
    issue_health = _health()
    benefit_health = _health()

    inputs_as_of = models.DateField(null=True, editable=False)
    coverage = models.DecimalField(max_digits=7, decimal_places=6, null=True, editable=False)
    degraded = models.BooleanField(default=False, editable=False)
    reasons = models.JSONField(default=dict, editable=False)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["component", "as_of"], name="%(app_label)s_%(class)s_one_a_day"
            ),
            fraction("coverage"),
        ]
        triggers = [
            guard("month_is_open", **_OPEN),
            guard_update("month_stays_open", **_OPEN),
            announces_insert(
                "health.changed", _HEALTH_CHANGED.replace("FORMER", _OF_A_DAY_BEFORE)
            ),
            announces_update(
                "health.changed", _HEALTH_CHANGED.replace("FORMER", _OF_THE_SAME_DAY)
            ),
        ]

    def __str__(self) -> str:
        """Name the component's id and the date."""
        return f"Component {self.component_id} on {self.as_of}"

    def withhold_amounts(self) -> None:
        """Keep the ratios, which tell no amount, before the amounts that they come from go."""
        for name in RATIOS:
            getattr(self, name)

    @cached_property
    def cpi(self) -> Decimal | None:
        """Cost performance index: earned for each unit of money spent."""
        return quotient(self.ev_costed, self.ac)

    @cached_property
    def spi(self) -> Decimal | None:
        """Schedule performance index: earned for each unit of money planned."""
        return quotient(self.ev, self.pv)

    @cached_property
    def spi_t(self) -> Decimal | None:
        """Earned schedule's index, in time: earned minutes for each minute gone by."""
        return quotient(self.earned_schedule, self.actual_time)

    @property
    def cost(self) -> Decimal | None:
        """What everything costs in the end: forecast, sunk and the levels' own cost."""
        return total(self.eac, self.sunk, self.own_cost)

    @cached_property
    def roi(self) -> Decimal | None:
        """Return on investment over the whole life: (benefits - cost) / cost."""
        if self.benefit_forecast is None or self.cost is None:
            return None
        return quotient(self.benefit_forecast - self.cost, self.cost)

    @cached_property
    def forward_roi(self) -> Decimal | None:
        """Return on what is still to be spent: sunk cost is left out."""
        if self.benefit_forecast is None or self.etc is None:
            return None
        remaining = self.benefit_forecast - (self.benefit_realised or 0)
        return quotient(remaining - self.etc, self.etc)


def quotient(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """Divide to 6 decimals; None where a part is missing or the denominator is not positive."""
    if numerator is None or denominator is None or denominator <= 0:
        return None
    ratio = Decimal(numerator) / Decimal(denominator)
    return ratio.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def total(*amounts: Decimal | None) -> Decimal | None:
    """Add the amounts that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known else None


class DirtyMark(models.Model):
    """A note that a component's figures must be computed again.

    Written by triggers only, in the transaction of the write. It has no foreign key and is never
    updated, so writing one waits for nobody.
    """

    component_id = models.BigIntegerField()
    marked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        """Name the component's id."""
        return f"Component {self.component_id} since {self.marked_at}"


class RollupFailure(models.Model):
    """A component that could not be computed.

    Its last snapshot stays; all above it are degraded. After `MAX_TRIES` it is quarantined: only a
    change to it is a reason to try again.
    """

    component = models.OneToOneField(
        "core.Component", models.CASCADE, related_name="rollup_failure"
    )
    tries = models.PositiveIntegerField(default=1)
    error = models.TextField()
    first_failed_at = models.DateTimeField(db_default=Now(), editable=False)
    last_failed_at = models.DateTimeField(db_default=Now())

    MAX_TRIES = 5

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tries__gt=0), name="%(app_label)s_%(class)s_has_been_tried"
            )
        ]

    def __str__(self) -> str:
        """Name the component and the error's first line."""
        return f"{self.component}: {self.error.splitlines()[0] if self.error else ''}"


_INCIDENTS = """
    SELECT n.component_id, jsonb_build_object(
        'incident', n.id, 'as_of', n.as_of,
        'columns', (SELECT jsonb_agg(name ORDER BY name)
                    FROM jsonb_object_keys(n.differences) AS name)
    ) FROM new_rows AS n ORDER BY n.id
"""


class RollupIncident(models.Model):
    """That a stored snapshot differed from a computation from scratch: a defect, never repaired.

    `differences` is the stored and the computed value by column. Whoever looked into it settles
    it.
    """

    component = models.ForeignKey(
        "core.Component", models.CASCADE, related_name="rollup_incidents"
    )
    as_of = models.DateField()
    differences = models.JSONField()
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="%(app_label)s_%(class)s_is_settled_by_somebody",
                violation_error_message="Say who settled it, and when.",
            )
        ]
        triggers = [announces_insert("rollup.incident", _INCIDENTS)]

    def __str__(self) -> str:
        """Name the component and the date."""
        return f"{self.component} on {self.as_of}"


class DayTurn(models.Model):
    """The date that a tree's figures were last brought to, so that a new day is noticed once."""

    root = models.OneToOneField(
        "core.Component", models.CASCADE, primary_key=True, related_name="day_turn"
    )
    as_of = models.DateField()

    def __str__(self) -> str:
        """Name the tree and the date."""
        return f"{self.root}: {self.as_of}"
