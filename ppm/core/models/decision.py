"""Decisions: who asked for a change of state, who decided it, and on what figures.

A change of state that needs a decision is asked for (`StateRequest`) or decided at once by
whoever may (`Decision`). Both are facts. Decisions are chained: each carries a digest of itself
and of the one before, so that none can be changed or left out unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from ppm.core.constraints import known, within_calendar
from ppm.core.models.access import ScopedQuerySet, Subject
from ppm.core.models.component import State
from ppm.core.models.fact import Fact
from ppm.core.models.report import StatusReport
from ppm.core.models.snapshot import Snapshot
from ppm.core.sql import column
from ppm.core.triggers import guard, marks, never_changed

SHORTEST_REASON = 10


class Outcome(models.TextChoices):
    """What was decided."""

    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"


def says_why(field: str) -> models.CheckConstraint:
    """Refuse a reason of a few characters: it must tell something to who reads it in a year."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__length__gte": SHORTEST_REASON}),
        name=f"%(app_label)s_%(class)s_{field}_is_told",
        violation_error_message=f"The {field} needs at least {SHORTEST_REASON} characters.",
    )


def _changes_the_state() -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=~Q(before=F("after")),
        name="%(app_label)s_%(class)s_changes_the_state",
        violation_error_message="The component is in that state already.",
    )


AMOUNTS = ("bac", "eac", "etc", "sunk", "held", "benefit_forecast")
SUMS = ("avoided", "lost", "termination_cost", "balance")
"""What is money in a consequence: in the figures of a component, and of the whole."""


def without_amounts(
    told: dict[str, Any], of_component: Callable[[int], bool], of_benefit: Callable[[int], bool]
) -> dict[str, Any]:
    """Leave out of a consequence the amounts of components and benefits that are not to be seen.

    Sums go with the component itself, which comes first, and those of benefits with any of them.
    """
    figures = [
        entry if of_component(entry["component"]) else _figures_without_amounts(entry)
        for entry in told["figures"]
    ]
    benefits = [
        entry if of_benefit(entry["benefit"]) else {**entry, "before": None, "after": None}
        for entry in told["benefits"]
    ]
    is_own_seen = all(of_component(entry["component"]) for entry in told["figures"][:1])
    are_benefits_seen = all(of_benefit(entry["benefit"]) for entry in told["benefits"])
    hidden = () if are_benefits_seen else ("lost", "balance")
    sums = dict.fromkeys(hidden if is_own_seen else SUMS)
    return {**told, "figures": figures, "benefits": benefits, **sums}


def _figures_without_amounts(entry: dict[str, Any]) -> dict[str, Any]:
    gone = dict.fromkeys(AMOUNTS)
    told = {moment: entry[moment] and {**entry[moment], **gone} for moment in ("before", "after")}
    return {**entry, **told}


def _without_any(told: dict[str, Any] | None) -> dict[str, Any] | None:
    rest = told and without_amounts(told, lambda _: False, lambda _: False)
    return rest and {**rest, **dict.fromkeys(SUMS)}


class Foretold:
    """What a record of a change of state keeps of its consequence."""

    shows_amounts = True
    """Whether the reader sees the amounts of the consequence."""
    consequence: Any

    def withhold_amounts(self) -> None:
        """Take the amounts out of the consequence."""
        self.consequence = _without_any(self.consequence)


class StateRequestQuerySet(ScopedQuerySet["StateRequest"]):
    """Requests."""

    subject = Subject.REPORT

    def waiting(self) -> Self:
        """Keep those that nobody has decided, of components that are still as they were."""
        return self.filter(decision=None, component__state=F("before"))


class StateRequest(Foretold, Fact):
    """That somebody asks for a change of state, and why.

    `consequence` is what the change would have done to the figures on that day.
    """

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="state_requests")
    before = models.CharField(max_length=10, choices=State)
    after = models.CharField(max_length=10, choices=State)
    reason = models.TextField()
    consequence = models.JSONField(null=True, blank=True, editable=False)

    objects = StateRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            known("before", State),
            known("after", State),
            _changes_the_state(),
            says_why("reason"),
        ]
        triggers = never_changed()

    def __str__(self) -> str:
        """Say what is asked for."""
        return f"{self.component}: {self.get_before_display()} → {self.get_after_display()}"


class DecisionQuerySet(ScopedQuerySet["Decision"]):
    """Decisions."""

    subject = Subject.DECISION


# What a decision's digest is made of, of the row that the alias names.
_CONTENT = """
    concat_ws(chr(31), {row}.previous_digest, {row}.component_id, {row}.state_request_id,
        {row}.date, extract(epoch FROM {row}.recorded_at), {row}.recorded_by_id,
        {row}.before, {row}.after, {row}.outcome, {row}.rationale,
        {row}.snapshot_id, {row}.consequence::text)
"""
_DIGEST = f"encode(sha256(convert_to({_CONTENT}, 'UTF8')), 'hex')"
_CHAIN_LOCK = -2
"""Beside `STRUCTURE`: ids of trees are above zero."""


class Decision(Foretold, Fact):
    """What was decided about the state of a component, and on what grounds.

    `consequence` is what the decision did to the figures, as its author saw it beforehand, and
    `snapshot` the component's figures before it. A decision that takes another one back is a new
    one.
    """

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="decisions")
    state_request = models.OneToOneField(
        StateRequest, models.PROTECT, related_name="decision", null=True, blank=True
    )
    before = models.CharField(max_length=10, choices=State)
    after = models.CharField(max_length=10, choices=State)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.APPROVED)
    rationale = models.TextField()
    # Without a constraint, like the snapshot's own component: the roll-up writes it.
    snapshot = models.ForeignKey(
        Snapshot,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        db_constraint=False,
    )
    consequence = models.JSONField(null=True, blank=True, editable=False)
    previous_digest = models.CharField(max_length=64, unique=True, editable=False, default="")
    digest = models.CharField(max_length=64, unique=True, editable=False, default="")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            known("before", State),
            known("after", State),
            known("outcome", Outcome),
            _changes_the_state(),
            says_why("rationale"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.APPROVED) | Q(state_request__isnull=False),
                name="%(app_label)s_%(class)s_only_requests_are_rejected",
                violation_error_message="Only what somebody asked for can be rejected.",
            ),
        ]
        triggers = [
            *never_changed(),
            pgtrigger.Trigger(
                name="chained",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    PERFORM pg_advisory_xact_lock({_CHAIN_LOCK});
                    NEW.previous_digest = coalesce((
                        SELECT last.digest FROM core_decision AS last WHERE NOT EXISTS (
                            SELECT FROM core_decision AS next
                            WHERE next.previous_digest = last.digest)
                    ), '');
                    NEW.digest = {_DIGEST.format(row="NEW")};
                    RETURN NEW;
                """,  # noqa: S608 constants only
            ),
        ]

    def __str__(self) -> str:
        """Say what was decided."""
        change = f"{self.get_before_display()} → {self.get_after_display()}"
        return f"{self.component}: {change} {self.get_outcome_display().lower()}"


def broken_decisions() -> list[int]:
    """List the decisions whose digest is not theirs, or whose predecessor is missing."""
    return column(
        f"SELECT d.id FROM core_decision AS d WHERE d.digest <> {_DIGEST.format(row='d')} "  # noqa: S608
        "OR (d.previous_digest <> '' AND NOT EXISTS (SELECT FROM core_decision AS before "
        "WHERE before.digest = d.previous_digest)) ORDER BY d.id"
    )


class OverrideRulingQuerySet(ScopedQuerySet["OverrideRuling"]):
    """Rulings."""

    component = "report__component"
    subject = Subject.DECISION


_OF_REPORT = (
    "SELECT report.component_id FROM {rows} AS r "
    "JOIN core_statusreport AS report ON report.id = r.report_id"
)


class OverrideRuling(Fact):
    """That somebody else approved the override of a status report, or refused it."""

    report = models.OneToOneField(StatusReport, models.PROTECT, related_name="ruling")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.TextField(blank=True)

    objects = OverrideRulingQuerySet.as_manager()

    class Meta:
        constraints = [within_calendar("date"), known("outcome", Outcome)]
        triggers = [
            *marks(_OF_REPORT, append_only=True),
            guard(
                "of_an_override",
                where="SELECT FROM new_rows AS r JOIN core_statusreport AS report "
                "ON report.id = r.report_id WHERE report.override_reason = ''",
                constraint="core_overrideruling_is_of_an_override",
                message="This report overrides nothing: there is nothing to approve.",
            ),
            guard(
                "by_another",
                where="SELECT FROM new_rows AS r JOIN core_statusreport AS report "
                "ON report.id = r.report_id WHERE r.recorded_by_id IS NULL "
                "OR r.recorded_by_id = report.recorded_by_id",
                constraint="core_overrideruling_is_by_another",
                message="An override is approved by somebody else.",
            ),
        ]

    def __str__(self) -> str:
        """Say what was ruled."""
        return f"{self.report}: {self.get_outcome_display()}"
