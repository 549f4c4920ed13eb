"""Issues and changes: those of stories, and those of everyday work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from django.db import models

from portfolios.demo.company import ChangeContent, IssueContent
from portfolios.demo.content.words import about
from portfolios.demo.content.worries import CHANGES, ISSUES
from portfolios.demo.course import Work
from portfolios.demo.days import DAY, workday
from portfolios.demo.dice import dice
from portfolios.demo.progress import TEAMS
from portfolios.demo.stage import Stage
from ppm.core.models import (
    Change,
    ChangeAssessment,
    ChangeStatus,
    Component,
    Issue,
    IssueAssessment,
    IssueSeverity,
)

EVERY = 55
"""Days of a project between two issues, about."""
SEVERITIES = (IssueSeverity.MINOR, IssueSeverity.MINOR, IssueSeverity.MAJOR, IssueSeverity.MAJOR)
AFTER_THE_END = 9 * DAY
"""Until when the last issues are solved."""
REVISED, LATE, REFUSED = 0.5, 0.12, 0.2
"""How often an issue turns out to be worse, is solved too late, and a change is refused."""

Entry = TypeVar("Entry", bound=models.Model)
Drafts = list[tuple[Entry, list[dict[str, Any]]]]
"""Entries of the register, each with the fields of its assessments."""


def record_register(stage: Stage) -> None:
    """Record issues and changes, and their assessments in the order of their days."""
    issues: Drafts[Issue] = []
    changes: Drafts[Change] = []
    for code, work in stage.works.items():
        component = stage.components[code]
        issues += [_told_issue(issue, component, stage) for issue in work.content.issues]
        changes += [_told_change(change, component, stage) for change in work.content.changes]
        if work.jobs:
            issues += _usual_issues(work, component, stage)
            changes += [] if work.content.changes else _usual_changes(work, component, stage)
    _write(Issue, IssueAssessment, issues)
    _write(Change, ChangeAssessment, changes)


def _write(
    model: type[Entry], assessment_model: type[models.Model], drafts: Drafts[Entry]
) -> None:
    model._default_manager.bulk_create(entry for entry, _ in drafts)
    name = model._meta.model_name
    assessments = [
        assessment_model(**{f"{name}": entry}, **fields)
        for entry, said in drafts
        for fields in said
    ]
    assessments.sort(key=lambda assessment: getattr(assessment, "date", date.min))
    assessment_model._default_manager.bulk_create(assessments)


def _told_issue(
    content: IssueContent, component: Component, stage: Stage
) -> tuple[Issue, list[dict[str, Any]]]:
    due = {"due_date": stage.days.day(content.due)}
    by = TEAMS[0]
    said = [
        {**due, "severity": severity, **stage.said(by, stage.days.past(-day))}
        for day, severity in content.history
    ]
    if content.solved is not None:
        solved = stage.said(by, stage.days.past(-content.solved))
        said.append({**said[-1], "is_open": False, **solved})
    return Issue(component=component, title=content.title, owner=component.manager), said


def _told_change(
    content: ChangeContent, component: Component, stage: Stage
) -> tuple[Change, list[dict[str, Any]]]:
    effect = {"cost_effect": content.cost, "days_effect": content.days}
    said = [
        {**effect, "status": status, **stage.said("governance", stage.days.past(-day))}
        for day, status in content.history
    ]
    return Change(component=component, title=content.title, owner=component.manager), said


def _usual_issues(work: Work, component: Component, stage: Stage) -> Drafts[Issue]:
    """Let an issue come up every two months or so; most are solved before they are due."""
    chance = dice(component.code, "issues")
    titles = chance.sample(ISSUES[work.content.trade], len(ISSUES[work.content.trade]))
    drafts: Drafts[Issue] = []
    for opened, title in zip(_moments(work, EVERY, chance, stage), titles * 3, strict=False):
        issue = Issue(
            component=component,
            title=about(title, chance.choice(work.content.parts)),
            owner=component.manager,
        )
        drafts.append((issue, list(_course_of_issue(work, opened, chance, stage))))
    return drafts


def _moments(work: Work, every: int, chance: Random, stage: Stage) -> Iterator[date]:
    """Yield days of work, some weeks apart, up to the newest."""
    last = min(work.until(work.real_finish), stage.days.newest)
    day = work.start + timedelta(chance.randint(every // 3, every))
    while workday(day) <= last:
        yield workday(day)
        day += timedelta(chance.randint(every // 2, every * 3 // 2))


def _course_of_issue(
    work: Work, opened: date, chance: Random, stage: Stage
) -> Iterator[dict[str, Any]]:
    by, newest = chance.choice(TEAMS), stage.days.newest
    solved = workday(opened + timedelta(chance.randint(8, 35)))
    solved = max(opened + DAY, min(solved, workday(work.real_finish + AFTER_THE_END)))
    is_late = chance.random() < LATE and solved <= newest
    due = solved + timedelta(-chance.randint(2, 6) if is_late else chance.randint(2, 12))
    if solved > newest:
        due = max(due, stage.days.day(chance.randint(4, 20)))
    fields: dict[str, Any] = {"due_date": due}
    fields["severity"] = IssueSeverity.MINOR if is_late else chance.choice(SEVERITIES)
    yield {**fields, **stage.said(by, opened)}
    looked_at = workday(opened + 6 * DAY)
    if chance.random() < REVISED and looked_at <= min(newest, solved):
        fields["severity"] = IssueSeverity.MINOR if is_late else IssueSeverity.MAJOR
        yield {**fields, **stage.said(by, looked_at)}
    if solved <= newest and not (work.stopped and solved > work.stopped):
        yield {**fields, "is_open": False, **stage.said(by, solved)}


def _usual_changes(work: Work, component: Component, stage: Stage) -> Drafts[Change]:
    """Let a change be asked for twice in a project or so, each for a percent of the budget."""
    chance = dice(component.code, "changes")
    titles = chance.sample(CHANGES[work.content.trade], 3)
    every = max(60, (work.finish - work.start).days // 3)
    drafts: Drafts[Change] = []
    for asked, title in zip(_moments(work, every, chance, stage), titles, strict=False):
        change = Change(
            component=component,
            title=about(title, chance.choice(work.content.parts)),
            owner=component.manager,
        )
        drafts.append((change, list(_course_of_change(work, asked, chance, stage))))
    return drafts


def _course_of_change(
    work: Work, asked: date, chance: Random, stage: Stage
) -> Iterator[dict[str, Any]]:
    manager = work.content.manager
    cost = max(500, round(work.budget * chance.uniform(0.003, 0.02) / 500) * 500)
    effect = {"cost_effect": cost, "days_effect": chance.randint(0, 10)}
    is_refused = chance.random() < REFUSED
    course = [
        (0, ChangeStatus.DRAFT, manager),
        (7, ChangeStatus.SUBMITTED, manager),
        (25, ChangeStatus.REJECTED if is_refused else ChangeStatus.APPROVED, "governance"),
        (70, ChangeStatus.IMPLEMENTED, manager),
    ]
    for after, status, by in course[: 3 if is_refused else 4]:
        day = workday(asked + timedelta(after))
        if day <= min(stage.days.newest, work.until(stage.days.newest)):
            yield {**effect, "status": status, **stage.said(by, day)}
