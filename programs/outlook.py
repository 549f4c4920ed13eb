"""How each benefit of a program or portfolio stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from ppm.core.models import AnyUser, Component, HealthPolicy, Snapshot, State
from ppm.core.models.snapshot import total
from programs.benefits import benefit_forecast, flow_realisation, level_realisation
from programs.dependence import Contributor, contributors, links_of
from programs.models import (
    Benefit,
    BenefitLink,
    BenefitMeasurement,
    MeasureKind,
)
from programs.models.benefit import MONETARY
from programs.rollup import benefit_figures
from projects.evm import money

ZERO = Decimal()
OVER = (State.CLOSED, State.TERMINATED, State.REJECTED)


@dataclass(frozen=True)
class BenefitOutlook:
    """A benefit's values to date and to come: money where it counts in money, else its unit."""

    benefit: Benefit
    target: Decimal | None
    planned: Decimal | None
    realised: Decimal | None
    forecast: Decimal | None
    realisation: Decimal | None
    at_risk: Decimal | None
    contributors: list[Contributor]

    @property
    def is_money(self) -> bool:
        """Whether the values are money."""
        return self.benefit.category in MONETARY


def outlooks(
    component: Component, *, user: AnyUser, as_of: date, policy: HealthPolicy
) -> list[BenefitOutlook]:
    """Read the benefits at home here, in four queries at most."""
    due = Sum("plan__value", filter=Q(plan__period_end__lte=as_of))
    at_home = Benefit.objects.visible_to(user).filter(component=component).annotate(due=due)
    benefits = list(at_home.select_related("owner").order_by("name", "pk"))
    if not benefits:
        return []
    figures = {row["benefit_id"]: row for row in benefit_figures(component.pk, as_of=as_of)}
    in_units = [benefit for benefit in benefits if benefit.category not in MONETARY]
    measured = _measured(in_units, user, as_of) if in_units else {}
    links = links_of(component, user, as_of)
    return [
        _outlook(
            benefit,
            figures[benefit.pk],
            values=measured.get(benefit.pk, []),
            links=links.get(benefit.pk, []),
            policy=policy,
        )
        for benefit in benefits
        if benefit.pk in figures  # not one that has come since
    ]


def counted(component: Component, *, as_of: date) -> Snapshot | None:
    """Sum the benefits at home here that count in figures, as the roll-up adds them."""
    own = [row for row in benefit_figures(component.pk, as_of=as_of) if row["is_counted"]]
    if not own:
        return None
    return Snapshot(
        benefit_target=total(*(row["target"] for row in own)),
        benefit_forecast=total(*(row["forecast"] for row in own)),
    )


def _measured(benefits: list[Benefit], user: AnyUser, as_of: date) -> dict[int, list[Decimal]]:
    """Read the measured values by benefit, of each date the newest, in order of date."""
    measurements = BenefitMeasurement.objects.visible_to(user).filter(
        benefit__in=benefits, date__lte=as_of
    )
    newest = measurements.order_by("benefit", "date", "-pk").distinct("benefit", "date")
    values: dict[int, list[Decimal]] = {}
    for benefit_id, value in newest.values_list("benefit", "value"):
        values.setdefault(benefit_id, []).append(value)
    return values


def _outlook(
    benefit: Benefit,
    row: Mapping[str, Any],
    *,
    values: list[Decimal],
    links: list[BenefitLink],
    policy: HealthPolicy,
) -> BenefitOutlook:
    is_flow = benefit.measure_kind == MeasureKind.FLOW
    if benefit.category in MONETARY:
        amounts = _in_money(row)
    elif is_flow:
        amounts = _in_units(benefit, row["rate"], values, links)
    else:
        amounts = {"target": benefit.target_value, "realised": values[-1] if values else None}
    amounts = dict.fromkeys(("planned", "forecast", "at_risk")) | amounts
    target = amounts["target"]
    return BenefitOutlook(
        benefit=benefit,
        realisation=_realisation(benefit, amounts["realised"], target),
        contributors=contributors(links, policy, target=target if is_flow else None),
        **amounts,
    )


def _in_money(row: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """Take what the roll-up counts; it counts zero where nothing was planned or measured."""
    return {
        "target": row["target"],
        "planned": row["planned"] or None,
        "realised": row["realised"] if row["points"] else None,
        "forecast": row["forecast"],
        "at_risk": row["at_risk"],
    }


def _in_units(
    benefit: Benefit, rate: Decimal | None, values: list[Decimal], links: list[BenefitLink]
) -> dict[str, Decimal | None]:
    """Tell a flow that is not counted in money; the roll-up knows its rate only."""
    target, planned = benefit.target_value, benefit.due  # type: ignore[attr-defined]
    realised = sum(values, ZERO)
    amounts = {"target": target, "planned": planned, "realised": realised if values else None}
    if target is None:
        return amounts
    forecast = benefit_forecast(
        realised=realised,
        planned=planned or ZERO,
        target=target,
        rate=rate,
        measurements=len(values),
        are_contributors_closed=all(link.project.state in OVER for link in links),
    )
    amounts["forecast"] = None if forecast is None else money(forecast)
    amounts["at_risk"] = None if rate is None else money(target * (1 - rate))
    return amounts


def _realisation(
    benefit: Benefit, realised: Decimal | None, target: Decimal | None
) -> Decimal | None:
    """How far the benefit has come on its whole way."""
    baseline = benefit.baseline_value
    if target is None or realised is None:
        return None
    if benefit.measure_kind == MeasureKind.FLOW:
        sign = -1 if target < 0 else 1
        return flow_realisation(actual=[sign * realised], target=[sign * target])
    if baseline is None:
        return None
    return level_realisation(actual=realised, baseline=baseline, target=target)
