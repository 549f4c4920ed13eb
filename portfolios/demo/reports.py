"""What managers say: monthly status reports, lessons, and the judgement of what is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from portfolios.demo.company import ReportContent
from portfolios.demo.content import PROGRAMS
from portfolios.demo.content.words import FINISHED, NEXT, OPENINGS, RUNNING
from portfolios.demo.course import Work
from portfolios.demo.days import DAY, month_ends, workday
from portfolios.demo.dice import dice
from portfolios.demo.stage import Stage
from ppm.core.models import OverrideRuling, State, StatusReport
from projects.models import ClosureEvaluation, Lesson

REPORTED = 9 * DAY
"""After the end of a month, when the books are closed and the figures are known."""
SEEN, ADMITTED = timedelta(days=60), timedelta(days=130)
"""How long after trouble begins a manager reports amber, and how long after it red."""
AROUND = timedelta(days=20)
"""No usual report is written so close to one of a story."""
MONTH = 28


def record_reports(stage: Stage) -> None:
    """Record status reports in the order of their days, then lessons and evaluations."""
    reports = [report for code in stage.works for report in _of_project(code, stage)]
    for program in PROGRAMS:
        reports += [
            _told(program.code, report, program.manager, stage) for report in program.reports
        ]
    StatusReport.objects.bulk_create(sorted(reports, key=lambda report: report.date))
    OverrideRuling.objects.bulk_create(_rulings(reports, stage))
    Lesson.objects.bulk_create(_lessons(stage))
    ClosureEvaluation.objects.bulk_create(_evaluations(stage))


def _rulings(reports: list[StatusReport], stage: Stage) -> Iterator[OverrideRuling]:
    """Rule on the overrides, as far as anybody has."""
    contents = {
        content.reason: content.ruling
        for work in stage.works.values()
        for content in work.content.reports
    }
    for report in reports:
        ruling = contents.get(report.override_reason) if report.override_reason else None
        if ruling:
            yield OverrideRuling(
                report=report,
                outcome=ruling.outcome,
                reason=ruling.reason,
                **stage.said(ruling.by, stage.days.past(-ruling.day)),
            )


def _of_project(code: str, stage: Stage) -> Iterator[StatusReport]:
    work = stage.works[code]
    told = [_told(code, report, work.content.manager, stage) for report in work.content.reports]
    yield from told
    if work.jobs:
        for day in _report_days(work, stage):
            if all(abs(report.date - day) > AROUND for report in told):
                yield _usual(code, day, stage)


def _told(code: str, content: ReportContent, by: str, stage: Stage) -> StatusReport:
    day = stage.days.past(-content.day)
    return StatusReport(
        component=stage.components[code],
        health=content.health,
        narrative=content.narrative,
        override_reason=content.reason,
        valid_until=day + timedelta(content.days) if content.reason else None,
        **stage.said(by, day),
    )


def _report_days(work: Work, stage: Stage) -> Iterator[date]:
    last = min(work.until(work.real_finish), stage.days.newest)
    for end in month_ends(work.start, last):
        if workday(end + REPORTED) <= last:
            yield workday(end + REPORTED)


def _usual(code: str, day: date, stage: Stage) -> StatusReport:
    """Report what was finished in the month, what is under way and what comes next."""
    work = stage.works[code]
    chance = dice(code, str((day - work.start).days // MONTH), "report")
    health = _seen(work, day, stage)
    sentences = [chance.choice(OPENINGS[health])]
    for phrases, tasks in (
        (FINISHED, [j.name for j in work.work if day - 30 * DAY < j.real_finish <= day]),
        (RUNNING, [j.name for j in work.work if j.parent and 0 < j.done(day) < 1]),
        (NEXT, [j.name for j in work.work if day < j.real_start <= day + 30 * DAY]),
    ):
        if tasks:
            sentences.append(chance.choice(phrases).format(task=chance.choice(tasks)))
    return StatusReport(
        component=stage.components[code],
        health=health,
        narrative=" ".join(sentences),
        **stage.said(work.content.manager, day),
    )


def _seen(work: Work, day: date, stage: Stage) -> str:
    """Tell the colour that a manager sees: trouble is seen late, and admitted later."""
    content = work.content
    if content.trouble == "green" or not content.replans:
        return "green"
    began = work.start if content.turn is None else stage.days.day(content.turn)
    if content.trouble == "red" and day >= began + ADMITTED:
        return "red"
    return "amber" if day >= began + SEEN else "green"


def _lessons(stage: Stage) -> Iterator[Lesson]:
    for code, work in stage.works.items():
        if work.content.lesson:
            event, cause, effect, recommendation = work.content.lesson
            yield Lesson(
                project_id=stage.components[code].pk,
                event=event,
                cause=cause,
                effect=effect,
                recommendation=recommendation,
                owner=stage.components[code].manager,
            )


def _evaluations(stage: Stage) -> Iterator[ClosureEvaluation]:
    for code, work in stage.works.items():
        if work.content.evaluation:
            closed = next(day for day, state in stage.lives[code] if state == State.CLOSED)
            yield ClosureEvaluation(
                project_id=stage.components[code].pk,
                date=closed,
                verdict=work.content.verdict,
                summary=work.content.evaluation,
            )
