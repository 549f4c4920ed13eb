"""The risks of stories, and those that every project has and looks at once a month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from portfolios.demo.company import RiskContent
from portfolios.demo.content import PROGRAMS
from portfolios.demo.content.words import about
from portfolios.demo.content.worries import MITIGATIONS, OPPORTUNITIES, RISKS
from portfolios.demo.course import Work
from portfolios.demo.days import month_ends, workday
from portfolios.demo.dice import dice
from portfolios.demo.stage import Stage
from ppm.core.models import Component, Risk, RiskAssessment

REVIEW = 20
"""The day of the month on which risks are looked at."""
ENDING = 0.9
"""The part of the work after which risks are closed."""
PROBABILITIES = (0.1, 0.2, 0.3, 0.4, 0.5)
LIKELIHOOD = {0.1: 1, 0.2: 2, 0.3: 3, 0.4: 4, 0.5: 4}
SEVERITY_FROM = (0.003, 0.01, 0.025, 0.06)
"""The impacts, as parts of the budget, from which on severity is 2, 3, 4 and 5."""
OPPORTUNITY = 0.35
"""How often a project has an opportunity too, and how big it is beside its risks."""
RESPONSES = (Risk.Response.MITIGATE, Risk.Response.TRANSFER, Risk.Response.ACCEPT)
TO_THE = 500


@dataclass
class _Draft:
    """A risk and its assessments."""

    risk: Risk
    assessments: list[dict[str, Any]] = field(default_factory=list)


def record_risks(stage: Stage) -> None:
    """Record all risks, and their assessments in the order of their days."""
    drafts = [draft for code in stage.works for draft in _of_project(code, stage)]
    for program in PROGRAMS:
        component, by = stage.components[program.code], program.manager
        drafts += [_told(component, risk, by, stage) for risk in program.risks]
    Risk.objects.bulk_create(draft.risk for draft in drafts)
    assessments = (
        RiskAssessment(risk=draft.risk, **fields)
        for draft in drafts
        for fields in draft.assessments
    )
    RiskAssessment.objects.bulk_create(sorted(assessments, key=lambda entry: entry.date))


def _of_project(code: str, stage: Stage) -> Iterator[_Draft]:
    work, component = stage.works[code], stage.components[code]
    if work.jobs:
        yield from _usual(work, component, stage)
    for risk in work.content.risks:
        yield _told(component, risk, work.content.manager, stage)


def _told(component: Component, content: RiskContent, by: str, stage: Stage) -> _Draft:
    risk = Risk(
        component=component,
        title=content.title,
        response=content.response,
        owner=component.manager,
    )
    assessment = {
        "probability": content.probability,
        "impact": content.impact,
        "likelihood": content.likelihood,
        "severity": content.severity,
    }
    return _Draft(risk, [{**assessment, **stage.said(by, stage.days.past(-content.day))}])


@dataclass
class _Worry:
    """A risk while it is open: how likely, and which part of the project's exposure it is."""

    draft: _Draft
    probability: float
    weight: float
    opens: float
    closes: float

    def is_open(self, done: float) -> bool:
        """Tell whether it is open once so much of the work is done."""
        return self.opens <= done < self.closes


def _usual(work: Work, component: Component, stage: Stage) -> Iterator[_Draft]:
    """Make the risks of a project, and assess those that are open month by month."""
    chance = dice(component.code, "risks")
    worries = _worries(work, component, chance)
    for day in _reviews(work, stage):
        done = work.earned(day)
        exposure = work.content.exposure * max(0.0, work.believed_cost(day) - work.cost(day))
        weights = sum(abs(worry.weight) for worry in worries if worry.is_open(done))
        for worry in worries:
            if worry.is_open(done):
                impact = exposure * worry.weight / weights / worry.probability
                _assess(worry, work, round(impact / TO_THE) * TO_THE, day, stage)
            else:
                _close(worry, stage.said(work.content.manager, day))
    yield from (worry.draft for worry in worries if worry.draft.assessments)


def _worries(work: Work, component: Component, chance: Random) -> list[_Worry]:
    titles = chance.sample(RISKS[work.content.trade], 4)
    weights = [chance.uniform(0.5, 1.5) for _ in titles]
    if chance.random() < OPPORTUNITY:
        titles.append(OPPORTUNITIES[work.content.trade])
        weights.append(-OPPORTUNITY)
    worries = []
    for number, (title, weight) in enumerate(zip(titles, weights, strict=True)):
        risk = Risk(
            component=component,
            title=about(title, chance.choice(work.content.parts)),
            description=chance.choice(MITIGATIONS),
            response=chance.choice(RESPONSES),
            owner=component.manager,
        )
        opens = 0.0 if number < 2 else chance.uniform(0.05, 0.4)
        closes = min(ENDING, chance.uniform(0.5, 1.2))
        worries.append(_Worry(_Draft(risk), chance.choice(PROBABILITIES), weight, opens, closes))
    return worries


def _reviews(work: Work, stage: Stage) -> Iterator[date]:
    last = min(work.until(work.real_finish), stage.days.newest)
    for end in month_ends(work.start, work.real_finish):
        day = workday(end.replace(day=REVIEW))
        if work.start < day < last:
            yield day
    if workday(work.real_finish) <= work.until(stage.days.newest):
        yield workday(work.real_finish)


def _assess(worry: _Worry, work: Work, impact: int, day: date, stage: Stage) -> None:
    share = abs(impact) / work.budget
    worry.draft.assessments.append(
        {
            "probability": f"{worry.probability:.4f}",
            "impact": impact or TO_THE,
            "likelihood": LIKELIHOOD[worry.probability],
            "severity": 1 + sum(share >= limit for limit in SEVERITY_FROM),
            **stage.said(work.content.manager, day),
        }
    )


def _close(worry: _Worry, said: dict[str, Any]) -> None:
    """Close a risk that was open until then."""
    assessments = worry.draft.assessments
    if assessments and assessments[-1].get("is_open", True):
        assessments.append({**assessments[-1], "is_open": False, **said})
