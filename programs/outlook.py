"""How each benefit stands: its values to date and to come, and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ppm.core.amounts import withhold
from ppm.core.explanation import policies_of
from ppm.core.figures import known_in_trees
from ppm.core.models import AnyUser, Component, HealthPolicy, Known, Snapshot, State
from ppm.core.models.snapshot import total
from ppm.core.reach import unscoped
from programs.benefits import (
    benefit_forecast,
    flow_realisation,
    level_realisation,
    realisation_index,
)
from programs.dependence import Contributor, contributors, links_of
from programs.models import (
    Benefit,
    BenefitCategory,
    BenefitLink,
    BenefitMeasurement,
    BenefitSign,
    MeasureKind,
)
from programs.models.benefit import MONETARY, BenefitQuerySet
from programs.rollup import benefit_figures
from programs.stages import Course, Standing, standing
from projects.evm import money, ratio

ZERO = Decimal()
OVER = (State.CLOSED, State.TERMINATED, State.REJECTED)


@dataclass(frozen=True)
class BenefitOutlook:
    """A benefit's values to date and to come: money where it counts in money, else its unit.

    `index` is the BRI, what has come of what was planned to date, and `reach` the forecast over
    the target. These ratios stay where the reader sees no amounts, and the values are None.
    """

    benefit: Benefit
    target: Decimal | None
    planned: Decimal | None
    realised: Decimal | None
    forecast: Decimal | None
    at_risk: Decimal | None
    realisation: Decimal | None
    index: Decimal | None
    reach: Decimal | None
    standing: Standing
    contributors: list[Contributor]

    @property
    def is_money(self) -> bool:
        """Whether the values are money."""
        return self.benefit.category in MONETARY

    @property
    def is_counted(self) -> bool:
        """Whether it counts in the figures of its home."""
        return self.benefit.category == BenefitCategory.CASHABLE

    @property
    def shows_amounts(self) -> bool:
        """Whether the reader sees its values."""
        return self.benefit.shows_amounts


@dataclass(frozen=True)
class Placed:
    """A benefit anywhere, on the status date and in the currency of its tree."""

    outlook: BenefitOutlook
    as_of: date
    currency: str

    @property
    def unit(self) -> str:
        """What its values are counted in."""
        return self.currency if self.outlook.is_money else self.outlook.benefit.unit


@dataclass(frozen=True)
class _Evidence:
    """What is known of a benefit: the roll-up's row, the measured values, and its links."""

    benefit: Benefit
    row: Mapping[str, Any]
    values: list[Decimal]
    links: list[BenefitLink]

    @property
    def is_flow(self) -> bool:
        """Whether what was measured adds up."""
        return self.benefit.measure_kind == MeasureKind.FLOW

    @property
    def amounts(self) -> dict[str, Decimal | None]:
        """Its amounts, in money or in its unit; a level has no plan that adds up."""
        if self.benefit.category in MONETARY:
            return _in_money(self.row)
        amounts = dict.fromkeys(("planned", "forecast", "at_risk"))
        if self.is_flow:
            return amounts | _in_units(self.benefit, self.row["rate"], self.values, self.links)
        realised = self.values[-1] if self.values else None
        return amounts | {"target": self.benefit.target_value, "realised": realised}


def outlooks(
    component: Component, *, user: AnyUser, known: Known, policy: HealthPolicy
) -> list[BenefitOutlook]:
    """Read the benefits at home here, in four queries at most."""
    at_home = Benefit.objects.visible_to(user).filter(component=component)
    return _read(at_home, user=user, known=known, policies={component.pk: policy})


def placed(
    benefits: BenefitQuerySet, *, user: AnyUser, now: datetime, as_of: date | None = None
) -> list[Placed]:
    """Read benefits wherever they are at home, in three queries and five for each day of trees.

    `as_of` is a past date that is asked for instead of the status dates.
    """
    found = []
    for known, homes in homes_by_day(benefits, now=now, as_of=as_of).items():
        policies = policies_of(home for home, _ in homes)
        currencies = {home.pk: currency for home, currency in homes}
        at_home = benefits.filter(component__in=policies)
        read = _read(at_home, user=user, known=known, policies=policies)
        found += [Placed(one, known.day, currencies[one.benefit.component_id]) for one in read]
    return found


@unscoped("the dates and currencies of trees, and the policies of homes")
def homes_by_day(
    benefits: BenefitQuerySet, *, now: datetime, as_of: date | None = None
) -> dict[Known, list[tuple[Component, str]]]:
    """Find the homes of benefits by what is known in their trees, each with its currency."""
    homes = list(Component.objects.filter(pk__in=benefits.order_by().values("component")))
    roots = Component.objects.in_bulk({home.root_id for home in homes})
    known = known_in_trees(roots.values(), now=now, as_of=as_of)
    by_day: dict[Known, list[tuple[Component, str]]] = defaultdict(list)
    for home in homes:
        by_day[known[home.root_id]].append((home, roots[home.root_id].currency))
    return by_day


def counted(component: Component, *, known: Known, shows_amounts: bool = True) -> Snapshot | None:
    """Sum the benefits at home here that count in figures, as the roll-up adds them."""
    own = [row for row in benefit_figures([component.pk], known=known) if row["is_counted"]]
    if not own:
        return None
    names = ("target", "planned", "realised", "forecast")
    whole = Snapshot(**{f"benefit_{name}": total(*(row[name] for row in own)) for name in names})
    if not shows_amounts:
        withhold(whole)
    return whole


def _read(
    benefits: BenefitQuerySet, *, user: AnyUser, known: Known, policies: Mapping[int, HealthPolicy]
) -> list[BenefitOutlook]:
    """Read the benefits of homes of which the same is known."""
    ordered = benefits.with_course(known).select_related("owner", "component")
    found = list(ordered.order_by("name", "pk"))
    if not found:
        return []
    figures = {row["benefit_id"]: row for row in benefit_figures(policies, known=known)}
    in_units = [benefit for benefit in found if benefit.category not in MONETARY]
    measured = _measured(in_units, user, known) if in_units else {}
    links = links_of(found, user, known.day)
    return [
        _outlook(
            _Evidence(b, figures[b.pk], measured.get(b.pk, []), links.get(b.pk, [])),
            as_of=known.day,
            policy=policies[b.component_id],
        )
        for b in found
        if b.pk in figures  # not one that has come since
    ]


def _measured(benefits: list[Benefit], user: AnyUser, known: Known) -> dict[int, list[Decimal]]:
    """Read the measured values by benefit, of each date the newest, in order of date."""
    measurements = BenefitMeasurement.objects.visible_to(user).filter(
        known.facts, benefit__in=benefits
    )
    values: dict[int, list[Decimal]] = {}
    for benefit_id, value in measurements.newest().values_list("benefit", "value"):
        values.setdefault(benefit_id, []).append(value)
    return values


def _outlook(evidence: _Evidence, *, as_of: date, policy: HealthPolicy) -> BenefitOutlook:
    benefit, amounts = evidence.benefit, evidence.amounts
    target = amounts["target"]
    realisation = _realisation(benefit, amounts["realised"], target)
    course = _course(benefit, amounts, realisation)
    lost = target if evidence.is_flow and benefit.shows_amounts else None
    return BenefitOutlook(
        benefit=benefit,
        realisation=realisation,
        index=course.index,
        reach=ratio(amounts["forecast"], target or ZERO),
        standing=standing(course, as_of=as_of, enough=policy.benefits_green),
        contributors=contributors(evidence.links, policy, target=lost),
        **(amounts if benefit.shows_amounts else dict.fromkeys(amounts)),
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
    target, planned = benefit.target_value, _added(benefit, "due")
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


def _added(benefit: Benefit, name: str) -> Any:
    """Read what the query added to the row."""
    return getattr(benefit, name)


def _course(
    benefit: Benefit, amounts: Mapping[str, Decimal | None], realisation: Decimal | None
) -> Course:
    return Course(
        realisation=realisation,
        index=_index(amounts["realised"], amounts["planned"]),
        first_end=_added(benefit, "first_end"),
        measured_on=_added(benefit, "measured_on"),
        overdue_since=_added(benefit, "overdue_since"),
        target_date=benefit.target_date,
        has_target=amounts["target"] is not None,
        is_wanted=benefit.sign == BenefitSign.BENEFIT,
    )


def _index(realised: Decimal | None, planned: Decimal | None) -> Decimal | None:
    """Compare what came with what was planned; the amounts of a dis-benefit are both negative."""
    if realised is None or planned is None:
        return None
    sign = -1 if planned < 0 else 1
    return realisation_index(actual=sign * realised, planned=sign * planned)


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
