"""What was answered for a date stays; only a restatement changes it, and keeps what was there."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portfolios.models import Portfolio
from portfolios.restating import NotRestatedError, fill, restate
from portfolios.rollup import audit, drain
from ppm.core.models import Component, Restatement, Snapshot
from projects.models import Project
from tests.factories import make_cost, make_portfolio, make_project, make_user

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)
DAY = timedelta(days=1)
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)
WHY = "The supplier's invoice of March was booked late."

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Make a tree that was brought to March, April and May, with 100 spent in March."""
    root = make_portfolio(code="ROOT", status_date=MARCH)
    project = make_project(root, code="P")
    make_cost(project, amount=100, date=MARCH)
    for day in (MARCH, APRIL, MAY):
        Portfolio.objects.update(status_date=day)
        drain(now=NOW)
    return project


def root() -> Component:
    return Component.objects.get(code="ROOT")


def spent(on: date, code: str = "ROOT") -> Decimal | int | None:
    """Tell what was answered for a date."""
    found = Snapshot.objects.newest_on(on).filter(component__code=code).first()
    return found.spent if found else None


def told_before(kept: Restatement) -> dict[str, Any]:
    assert kept.before is not None
    was: dict[str, Any] = kept.before
    return was


def book_late(project: Project) -> None:
    make_cost(project, amount=20, date=MARCH)
    drain(now=NOW)


def test_a_late_fact_changes_the_status_date_only(project: Project) -> None:
    """Vector ROLL-05: as known then 100, as known now 120."""
    book_late(project)
    assert (spent(MARCH), spent(APRIL), spent(MAY)) == (100, 100, 120)


def test_restating_changes_that_date_only(project: Project) -> None:
    book_late(project)
    changed = restate(root(), as_of=APRIL, now=NOW, reason=WHY)
    assert set(changed) == {project.pk, root().pk}
    assert [spent(day) for day in (MARCH, APRIL, APRIL + DAY, MAY - DAY, MAY)] == [
        100,
        120,
        100,
        100,
        120,
    ]


def test_restating_keeps_what_was_answered(project: Project) -> None:
    book_late(project)
    controller = make_user()
    before = Snapshot.objects.newest_on(APRIL).get(component=project)
    restate(root(), as_of=APRIL, now=NOW, reason=WHY, by=controller)
    kept = Restatement.objects.get(component=project)
    assert (kept.as_of, kept.reason, kept.restated_by) == (APRIL, WHY, controller)
    was = told_before(kept)
    assert was["as_of"] == before.as_of.isoformat()
    assert Decimal(was["spent"]) == before.spent
    assert was["reasons"] == before.reasons


def test_restating_twice_keeps_both(project: Project) -> None:
    for amount in (20, 30):
        make_cost(project, amount=amount, date=MARCH)
        drain(now=NOW)
        restate(root(), as_of=MARCH, now=NOW, reason=WHY)
    kept = Restatement.objects.filter(component=project).order_by("pk")
    assert [Decimal(told_before(row)["spent"]) for row in kept] == [100, 120]
    assert (spent(MARCH), spent(MARCH + DAY), spent(MAY)) == (150, 100, 150)


def test_restating_what_is_right_writes_nothing(project: Project) -> None:
    rows = set(Snapshot.objects.values_list("pk", flat=True))
    assert restate(root(), as_of=APRIL, now=NOW, reason=WHY) == []
    assert set(Snapshot.objects.values_list("pk", flat=True)) == rows
    assert not Restatement.objects.exists()


def test_the_present_is_still_right_after_a_restatement(project: Project) -> None:
    book_late(project)
    restate(root(), as_of=MAY - DAY, now=NOW, reason=WHY)
    drain(now=NOW)
    assert audit(now=NOW)[1] == []


def test_the_present_is_not_restated(project: Project) -> None:
    with pytest.raises(NotRestatedError, match="not past"):
        restate(root(), as_of=MAY, now=NOW, reason=WHY)


def test_a_date_before_the_first_answer_is_filled(project: Project) -> None:
    make_cost(project, amount=7, date=date(2026, 1, 31))
    drain(now=NOW)
    before = {day: spent(day) for day in (MARCH, APRIL, MAY)}
    assert set(fill(root(), as_of=date(2026, 2, 28), now=NOW)) == {project.pk, root().pk}
    assert spent(date(2026, 2, 28)) == 7
    assert {day: spent(day) for day in before} == before


def test_a_date_that_has_an_answer_is_not_filled(project: Project) -> None:
    with pytest.raises(NotRestatedError, match="restate it"):
        fill(root(), as_of=APRIL, now=NOW)


def test_a_date_before_a_move_is_not_restated(project: Project) -> None:
    """Its figures would go where the component stands now."""
    book_late(project)
    project.move_to(make_portfolio(root()))
    drain(now=NOW)
    with pytest.raises(NotRestatedError, match="have been moved since 2026-04-30"):
        restate(root(), as_of=APRIL, now=NOW, reason=WHY)


def test_the_command_wants_a_reason() -> None:
    with pytest.raises(CommandError, match="Say why"):
        call_command("roll_up", "--as-of", "2026-03-31", "--restate", " ")


def test_the_command_fills_and_restates(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    book_late(project)
    with pytest.raises(CommandError, match="has an answer for 2026-03-31"):
        call_command("roll_up", "--as-of", "2026-03-31")
    call_command("roll_up", "--as-of", "2026-03-31", "--restate", WHY)
    assert "ROOT: 2 snapshots written for 2026-03-31" in capsys.readouterr().out
    assert spent(MARCH) == 120


def test_the_command_wants_a_tree_that_exists(project: Project) -> None:
    with pytest.raises(CommandError, match="There is no tree NOWHERE"):
        call_command("roll_up", "--as-of", "2026-03-31", "--tree", "NOWHERE")


def test_restating_goes_with_a_date() -> None:
    with pytest.raises(CommandError, match="--as-of"):
        call_command("roll_up", "--restate", WHY)
