"""Benefits: what is planned to come, what came, who brings it, which objective it serves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from portfolios.demo.company import BenefitContent
from portfolios.demo.content import BENEFITS
from portfolios.demo.content.words import EVIDENCE
from portfolios.demo.days import DAY, month_ends
from portfolios.demo.dice import dice
from portfolios.demo.stage import Stage
from portfolios.models import Objective, ObjectiveContribution
from ppm.core.models import State
from programs.models import (
    Benefit,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    MeasureKind,
)

YEAR = 365
RAMP = 9
"""Months until a flow of benefit has its full strength."""


def register_benefits(stage: Stage, day: date) -> None:
    """Register what the projects authorized by a day promise: benefits, links, targets."""
    promised = {content: _promised(content, stage, day) for content in BENEFITS}
    new = [
        content for content, target in promised.items() if target and content not in stage.benefits
    ]
    benefits = Benefit.objects.bulk_create(_benefit(content, stage) for content in new)
    stage.benefits |= dict(zip(new, benefits, strict=True))
    _set_targets(promised, stage)
    _describe(new, stage)
    BenefitLink.objects.bulk_create(_new_links(stage, day))


def _promised(content: BenefitContent, stage: Stage, day: date) -> int:
    """Tell the target as far as its projects are authorized; 0 without an essential one."""
    authorized = [link for link in content.links if _is_authorized(link.project, stage, day)]
    missing = [link for link in content.links if link not in authorized]
    if not authorized or any(link.weight is None for link in missing):
        return 0
    if content.kind == MeasureKind.LEVEL or not missing:
        return content.target
    whole = sum(link.weight or 0 for link in content.links)
    known = sum(link.weight or whole for link in authorized)
    share = known / sum(link.weight or whole for link in content.links)
    return round(content.target * share / 10_000) * 10_000


def _is_authorized(code: str, stage: Stage, day: date) -> bool:
    return any(state == State.AUTHORIZED and since <= day for since, state in stage.lives[code])


def _set_targets(promised: dict[BenefitContent, int], stage: Stage) -> None:
    raised = []
    for content, benefit in stage.benefits.items():
        if benefit.target_value != promised[content]:
            benefit.target_value = promised[content]
            raised.append(benefit)
    Benefit.objects.bulk_update(raised, ["target_value"])


def _describe(new: list[BenefitContent], stage: Stage) -> None:
    """Say which objectives new benefits carry, what is planned of them, and what came."""
    objectives = {objective.name: objective for objective in Objective.objects.all()}
    ObjectiveContribution.objects.bulk_create(
        ObjectiveContribution(
            objective=objectives[content.objective],
            benefit=stage.benefits[content],
            weight=content.contribution,
        )
        for content in new
    )
    BenefitPlan.objects.bulk_create(
        BenefitPlan(benefit=stage.benefits[content], period_end=end, value=value)
        for content in new
        for end, value in _plan(content, stage)
    )
    measured = [entry for content in new for entry in _measured(content, stage)]
    BenefitMeasurement.objects.bulk_create(sorted(measured, key=lambda entry: entry.date))


def _new_links(stage: Stage, day: date) -> Iterator[BenefitLink]:
    for content, benefit in stage.benefits.items():
        for link in content.links:
            key = (content, link.project)
            if key not in stage.linked and _is_authorized(link.project, stage, day):
                stage.linked.add(key)
                yield BenefitLink(
                    benefit=benefit,
                    project_id=stage.components[link.project].pk,
                    mode=link.mode,
                    weight=link.weight,
                    delivery_confidence=link.confidence,
                )


def _benefit(content: BenefitContent, stage: Stage) -> Benefit:
    baseline: dict[str, Any] = {}
    if content.baseline is not None:
        first = stage.days.day(content.start) - DAY
        baseline = {"baseline_value": content.baseline, "baseline_date": first}
    home = stage.components[content.home]
    return Benefit(
        component=home,
        name=content.name,
        owner=stage.people[content.owner],
        category=content.category,
        sign=content.sign,
        measure_kind=content.kind,
        direction=content.direction,
        unit=content.unit or stage.components[_root(content.home, stage)].currency,
        unit_value=content.unit_value,
        target_value=content.target,
        target_date=stage.days.day(content.start + content.years * YEAR),
        **baseline,
    )


def _root(code: str, stage: Stage) -> str:
    root_id = stage.components[code].path[0]
    return next(code for code, component in stage.components.items() if component.pk == root_id)


def _plan(content: BenefitContent, stage: Stage) -> Iterator[tuple[date, Decimal]]:
    """Spread the target over the months: rising first, then level; of a level, the way to it."""
    start = stage.days.day(content.start)
    ends = list(month_ends(start, start + timedelta(content.years * YEAR)))
    if content.kind == MeasureKind.LEVEL:
        base = content.baseline or 0
        for number, end in enumerate(ends, 1):
            yield end, _rounded(base + (content.target - base) * number / len(ends))
        return
    weights = [min(1.0, (number + 1) / RAMP) for number in range(len(ends))]
    known = Decimal()
    for number, end in enumerate(ends, 1):
        until = Decimal(round(content.target * sum(weights[:number]) / sum(weights) / 10) * 10)
        yield end, until - known
        known = until


def _rounded(value: float) -> Decimal:
    return Decimal(round(value * 10)) / 10


def _measured(content: BenefitContent, stage: Stage) -> Iterator[BenefitMeasurement]:
    """Measure each month that has ended."""
    chance = dice(content.home, content.name)
    base, by = content.baseline or 0, "finance"
    for end, planned in _plan(content, stage):
        if end > stage.days.today:
            return
        share = content.measured * chance.uniform(0.97, 1.03)
        if content.kind == MeasureKind.LEVEL:
            value = _rounded(base + (float(planned) - base) * share)
        else:
            value = Decimal(round(float(planned) * share / 10) * 10)
        yield BenefitMeasurement(
            benefit=stage.benefits[content],
            value=value,
            evidence=chance.choice(EVIDENCE),
            **stage.said(by, end),
        )
