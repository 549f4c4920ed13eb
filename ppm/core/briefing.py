"""What the page of any component says first: where it stands, why, since when, who objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DateField, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from ppm.core.explanation import UNRATED, Line, explain, headline, policy_of
from ppm.core.figures import Figures
from ppm.core.measures import Basis
from ppm.core.models import (
    AnyUser,
    Component,
    Health,
    HealthPolicy,
    Snapshot,
    State,
    StatusReport,
)
from ppm.core.overrides import Override
from ppm.core.reach import unscoped


@dataclass(frozen=True)
class Driver:
    """A component below that makes this one's colour, and its share in that."""

    component: Component
    health: Health
    share: Decimal


@dataclass(frozen=True)
class Briefing:
    """The head of a page. `ancestors` are those that the reader may see."""

    component: Component
    figures: Figures
    currency: str
    ancestors: list[Component]
    since: date | None
    report: StatusReport | None
    override: StatusReport | None
    running: Override | None
    lines: list[Line]
    drivers: list[Driver]
    policy: HealthPolicy

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest figures, if there are any."""
        return self.figures.snapshot

    @property
    def headline(self) -> Line | None:
        """The line that explains the colour best."""
        return headline(self.lines, self.snapshot.computed_health) if self.snapshot else None

    @property
    def exempt(self) -> str:
        """Why such work is not rated at all, whatever is recorded; empty for work under way."""
        if self.component.state in (State.TERMINATED, State.REJECTED):
            return "Work that was given up is not rated"
        return UNRATED.get(Health(self.snapshot.computed_health), "") if self.snapshot else ""

    @property
    def unrated(self) -> list[str]:
        """The dimensions that have no colour."""
        told = {line.dimension for line in self.lines}
        names = ["Schedule", "Cost", "Scope", "Risk", "Issues", "Benefits"]
        left_out = "Benefits" if self.component.kind == "project" else "Scope"
        return [name for name in names if name not in told and name != left_out]


def briefing(component: Component, figures: Figures, *, user: AnyUser, **plan: Any) -> Briefing:
    """Collect the head of a component's page; `plan` are the fields of `Basis` that are known."""
    snapshot, policy = figures.snapshot, policy_of(component)
    known = _known(component, snapshot, user)
    currency = known[component.root_id].currency
    basis = Basis(snapshot, policy, currency, **plan) if snapshot else None
    report, override, running = _reports(component, figures, user=user)
    return Briefing(
        component=component,
        figures=figures,
        currency=currency,
        ancestors=[known[pk] for pk in component.path[:-1] if _annotated(known[pk], "is_seen")],
        since=_annotated(known[component.pk], "since"),
        report=report,
        override=override,
        running=running,
        lines=explain(basis) if basis else [],
        drivers=_drivers(snapshot, known),
        policy=policy,
    )


@unscoped("the root's currency; each row tells whether it may be shown")
def _known(component: Component, snapshot: Snapshot | None, user: AnyUser) -> dict[int, Component]:
    """Read the path and the drivers by id, and whether the reader may see each.

    The root's currency is no secret; its name may be. Beside them stands since when the health is
    what it is: a query less than on its own.
    """
    drivers = snapshot.reasons.get("drivers", []) if snapshot else []
    ids = [*component.path, *(driver["component"] for driver in drivers)]
    seen = Component.objects.visible_to(user).filter(pk=OuterRef("pk"))
    since = Subquery(_health_since(snapshot)) if snapshot else Value(None, DateField())
    rows = Component.objects.annotate(is_seen=Exists(seen), since=since)
    return dict(rows.in_bulk(ids))


def _annotated(row: Component | StatusReport, name: str) -> Any:
    """Read what the query added to the row."""
    return getattr(row, name)


def _health_since(snapshot: Snapshot) -> QuerySet[Snapshot, Any]:
    """Find the first day of the present run of the same health."""
    history = Snapshot.objects.filter(component=snapshot.component_id, as_of__lte=snapshot.as_of)
    other = (
        history.exclude(health=snapshot.health)
        .values("component")
        .annotate(last=Max("as_of"))
        .values("last")
    )
    same = history.filter(as_of__gt=Coalesce(Subquery(other), Value(date.min)))
    return same.order_by("as_of").values("as_of")[:1]


def _reports(
    component: Component, figures: Figures, *, user: AnyUser
) -> tuple[StatusReport | None, StatusReport | None, Override | None]:
    """Read the newest report, the one whose override counts, and the override that runs."""
    known = StatusReport.objects.visible_to(user).filter(figures.known.facts, component=component)
    reports = known.order_by("-date", "-pk")
    running = reports.exclude(override_reason="").filter(valid_until__gte=figures.as_of)
    override = figures.snapshot.reasons.get("override") if figures.snapshot else None
    override_id = override["report"] if override else None
    wanted = Q(pk=Subquery(reports.values("pk")[:1])) | Q(pk=Subquery(running.values("pk")[:1]))
    found = list(
        reports.filter(wanted | Q(pk=override_id))
        .annotate(runs=Q(pk=Subquery(running.values("pk")[:1])))
        .select_related("recorded_by", "ruling__recorded_by")
    )
    return (
        found[0] if found else None,
        next((report for report in found if report.pk == override_id), None),
        next((Override(r, figures.snapshot) for r in found if _annotated(r, "runs")), None),
    )


def _drivers(snapshot: Snapshot | None, known: dict[int, Component]) -> list[Driver]:
    """Name the components that drive the colour, as far as the reader may see them."""
    entries = snapshot.reasons.get("drivers", []) if snapshot else []
    return [
        Driver(known[e["component"]], Health(e["health"]), Decimal(e["share"]))
        for e in entries
        if e["component"] in known and _annotated(known[e["component"]], "is_seen")
    ]
