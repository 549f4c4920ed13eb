"""Moves, restatements and closed months; and what was known of the register on a past day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from portfolios.models import Portfolio
from portfolios.restating import restate
from portfolios.rollup import drain
from ppm.core.models import Component, MonthClose, Restatement, Role, User
from tests.api.conftest import client_of
from tests.factories import (
    give_role,
    make_change,
    make_cost,
    make_issue,
    make_portfolio,
    make_program,
    make_project,
    make_risk,
    make_user,
)

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29)
NOW = datetime(2026, 5, 29, 9, tzinfo=UTC)
EARLY = datetime(2026, 3, 1, tzinfo=UTC)
WHY = "The supplier's invoice of March was booked late."
HUGE = Decimal("123456789012345.6789")
"""An amount of more digits than a float has."""


class Tree:
    """A tree that was brought to March, April and May, and those who may write and read it."""

    def __init__(self) -> None:
        """Store and compute it."""
        self.root = make_portfolio(code="ROOT", status_date=MARCH)
        self.program = make_program(self.root, code="PG1")
        self.other = make_program(self.root, code="PG2")
        self.project = make_project(self.program, code="P")
        make_cost(self.project, amount=HUGE, date=MARCH, recorded_at=EARLY)
        for day in (MARCH, APRIL, MAY):
            Portfolio.objects.update(status_date=day)
            drain(now=NOW)
        self.finance, self.controller = self.person(Role.FINANCE)
        self.auditor, _ = self.person(Role.AUDITOR)

    def person(self, role: Role, component: Component | None = None) -> tuple[APIClient, User]:
        """Make somebody with the role, on the whole tree if nothing is said."""
        user = make_user()
        give_role(user, component or self.root, role)
        return client_of(user), user


@pytest.fixture
def tree(db: None) -> Tree:
    return Tree()


def close(client: APIClient, root: Component, month_end: date = APRIL) -> Any:
    body = {"root": root.pk, "month_end": month_end.isoformat()}
    return client.post("/api/v1/month-closes/", body)


def rows(client: APIClient, name: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{name}/", query)
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def ids(client: APIClient, name: str, **query: Any) -> list[int]:
    return [row["id"] for row in rows(client, name, **query)]


def refusal(answer: Any) -> tuple[str, str]:
    """Tell the code and the sentence of a refusal."""
    assert answer.status_code == 400, answer.content
    [error] = answer.json()["errors"]
    return error["code"], error["detail"]


class TestMonthCloses:
    """Months that are final."""

    def test_a_close_names_who_closed_the_month(self, tree: Tree) -> None:
        someone_else = make_user()
        body = {"root": tree.root.pk, "month_end": "2026-04-30", "closed_by": someone_else.pk}
        answer = tree.finance.post("/api/v1/month-closes/", body)
        assert answer.status_code == 201, answer.json()
        assert answer.json()["closed_by"] == tree.controller.pk

    def test_a_month_is_closed_once(self, tree: Tree) -> None:
        assert close(tree.finance, tree.root).status_code == 201
        again = refusal(close(tree.finance, tree.root))
        assert again == ("core_monthclose_once", "This month is closed already.")

    def test_the_guards_say_why_not(self, tree: Tree) -> None:
        early = refusal(close(tree.finance, tree.root, date(2026, 5, 31)))
        assert early == (
            "core_monthclose_is_over",
            "A month is closed when the figures of the tree have gone beyond it.",
        )
        for answer in (
            close(tree.finance, tree.root, date(2026, 4, 29)),
            close(tree.finance, tree.program),
        ):
            assert refusal(answer) == (
                "core_monthclose_is_a_month_of_a_tree",
                "Close a whole tree, by the last day of a month.",
            )
        assert not MonthClose.objects.exists()

    def test_the_newest_month_is_opened_first(self, tree: Tree) -> None:
        older, newer = (close(tree.finance, tree.root, day).json() for day in (MARCH, APRIL))
        refused = tree.finance.delete(f"/api/v1/month-closes/{older['id']}/")
        assert refusal(refused) == (
            "core_monthclose_newest_first",
            "Open the newest closed month first.",
        )
        for row in (newer, older):
            assert tree.finance.delete(f"/api/v1/month-closes/{row['id']}/").status_code == 204

    def test_only_who_may_change_the_roots_money_closes_and_opens(self, tree: Tree) -> None:
        below, _ = tree.person(Role.FINANCE, tree.program)
        assert close(tree.auditor, tree.root).status_code == 403
        assert close(below, tree.root).status_code == 400
        row = close(tree.finance, tree.root).json()
        address = f"/api/v1/month-closes/{row['id']}/"
        assert tree.auditor.get(address).status_code == 200
        assert tree.auditor.delete(address).status_code == 403
        assert below.delete(address).status_code == 404

    def test_closes_are_found_by_tree_month_and_person(self, tree: Tree) -> None:
        march, april = (close(tree.finance, tree.root, day).json()["id"] for day in (MARCH, APRIL))
        assert ids(tree.auditor, "month-closes", root__code="ROOT") == [march, april]
        assert ids(tree.auditor, "month-closes", month_end__gte="2026-04-01") == [april]
        assert ids(tree.auditor, "month-closes", ordering="-month_end") == [april, march]
        assert ids(tree.auditor, "month-closes", closed_by=make_user().pk) == []


class TestRestatements:
    """What was answered before."""

    @pytest.fixture
    def restated(self, tree: Tree) -> dict[int, Any]:
        """Return what the snapshots said of April before they were restated, by component."""
        before = rows(tree.auditor, "snapshots", as_of=APRIL)
        make_cost(tree.project, amount=20, date=MARCH)
        drain(now=NOW)
        restate(tree.root, as_of=APRIL, now=NOW, reason=WHY, by=tree.controller)
        return {row["component"]: row for row in before}

    def test_the_earlier_answer_is_kept_to_the_last_digit(
        self, tree: Tree, restated: dict[int, Any]
    ) -> None:
        [row] = rows(tree.auditor, "restatements", component=tree.project.pk)
        expected = restated[tree.project.pk]
        assert row["before"]["spent"] == str(HUGE)
        assert row["before"] == {name: expected[name] for name in row["before"]}
        assert (row["as_of"], row["reason"]) == ("2026-04-30", WHY)
        assert row["restated_by"] == tree.controller.pk
        address = f"/api/v1/restatements/{row['id']}/"
        assert tree.auditor.get(address).json() == row

    def test_the_new_answer_differs(self, tree: Tree, restated: dict[int, Any]) -> None:
        address = f"/api/v1/components/{tree.root.pk}/?as_of=2026-04-30"
        now = tree.auditor.get(address).json()["snapshot"]["spent"]
        assert Decimal(now) - Decimal(restated[tree.root.pk]["spent"]) == 20

    def test_restatements_are_found(self, tree: Tree, restated: dict[int, Any]) -> None:
        everything = ids(tree.auditor, "restatements", below=tree.root.pk)
        assert len(everything) == 3
        assert ids(tree.auditor, "restatements", search="supplier march") == everything
        assert ids(tree.auditor, "restatements", search="flood") == []
        assert ids(tree.auditor, "restatements", as_of="2026-04-30") == everything
        assert ids(tree.auditor, "restatements", as_of__lte="2026-04-29") == []

    def test_where_nothing_was_answered_nothing_stands(self, tree: Tree) -> None:
        Restatement.objects.create(component=tree.project, as_of=MARCH, reason=WHY)
        [row] = rows(tree.auditor, "restatements")
        assert (row["before"], row["restated_by"]) == (None, None)


class TestMoves:
    """Where components stood."""

    def test_a_move_tells_both_homes_and_the_date(self, tree: Tree) -> None:
        tree.project.move_to(tree.other)
        [move] = rows(tree.auditor, "moves")
        assert (move["component"], move["date"]) == (tree.project.pk, MAY.isoformat())
        assert (move["before"], move["after"]) == (tree.program.pk, tree.other.pk)
        assert ids(tree.auditor, "moves", before__code="PG1", date__gte=MAY) == [move["id"]]
        assert ids(tree.auditor, "moves", after=tree.program.pk) == []

    def test_a_home_that_one_does_not_see_is_null_and_not_found(self, tree: Tree) -> None:
        client, _ = tree.person(Role.PROGRAM_MANAGER, tree.other)
        tree.project.move_to(tree.other)
        [move] = rows(client, "moves")
        assert (move["before"], move["after"]) == (None, tree.other.pk)
        assert client.get(f"/api/v1/moves/{move['id']}/").json() == move
        assert ids(client, "moves", before=tree.program.pk) == []

    def test_a_home_that_was_deleted_is_null(self, tree: Tree) -> None:
        home = make_program(tree.root)
        make_project(home, code="Q").move_to(tree.other)
        home.delete()
        [move] = rows(tree.auditor, "moves", component__code="Q")
        assert move["before"] is None


MAKERS: dict[str, Any] = {"risks": make_risk, "issues": make_issue, "changes": make_change}
SAID: dict[str, tuple[str, Any, Any]] = {
    "risks": ("impact", 100, 900),
    "issues": ("severity", "minor", "critical"),
    "changes": ("status", "submitted", "rejected"),
}
"""Of each kind a column of assessments, what it said in April and what it says in May."""


@pytest.mark.parametrize("name", sorted(MAKERS))
class TestRegister:
    """Risks, issues and changes as they were known on a day."""

    @pytest.fixture
    def entry(self, name: str, tree: Tree) -> Any:
        """Return an entry that was assessed in April, and otherwise, and closed, in May."""
        column, before, after = SAID[name]
        recorded = datetime(2026, 4, 20, tzinfo=UTC)
        entry = MAKERS[name](tree.project, date=APRIL, recorded_at=recorded, **{column: before})
        first = entry.assessments.get()
        columns = {column.attname for column in first._meta.concrete_fields}
        said = {name: getattr(first, name) for name in columns - {"id", "recorded_at"}}
        said |= {column: after} | ({} if name == "changes" else {"is_open": False})
        for day in (APRIL, MAY):
            # The first of these is about April, but nobody knew it by then.
            entry.assessments.create(**{**said, "date": day})
        return entry

    def test_the_assessment_is_the_one_that_was_known(
        self, name: str, entry: Any, tree: Tree
    ) -> None:
        column, before, after = SAID[name]
        address = f"/api/v1/{name}/{entry.pk}/"
        then = tree.auditor.get(address, {"as_of": "2026-04-30"}).json()["assessment"]
        now = tree.auditor.get(address).json()["assessment"]
        assert (then["date"], now["date"]) == (APRIL.isoformat(), MAY.isoformat())
        values = [before, after] if name != "risks" else ["100.0000", "900.0000"]
        assert [then[column], now[column]] == values

    def test_filters_go_by_it(self, name: str, entry: Any, tree: Tree) -> None:
        column, before, _ = SAID[name]
        then = {"as_of": "2026-04-30"}
        found = ids(tree.auditor, name, is_open="true", **then)
        assert found == [entry.pk]
        assert ids(tree.auditor, name, is_open="false", **then) == []
        assert ids(tree.auditor, name, is_open="false") == [entry.pk]
        lookup = f"{column}__lte" if name == "risks" else column
        assert ids(tree.auditor, name, **{lookup: before}, **then) == [entry.pk]
        assert ids(tree.auditor, name, **{lookup: before}) == []

    def test_what_was_not_assessed_by_then_is_left_out(
        self, name: str, entry: Any, tree: Tree
    ) -> None:
        assert ids(tree.auditor, name, as_of="2026-04-18") == []
        address = f"/api/v1/{name}/{entry.pk}/"
        assert tree.auditor.get(address, {"as_of": "2026-04-18"}).status_code == 404

    def test_a_day_is_written_in_one_way(self, name: str, entry: Any, tree: Tree) -> None:
        for address in (f"/api/v1/{name}/", f"/api/v1/{name}/{entry.pk}/"):
            answer = tree.auditor.get(address, {"as_of": "April"})
            assert answer.status_code == 400
            assert [e["parameter"] for e in answer.json()["errors"]] == ["as_of"]


def test_an_issue_was_overdue_by_what_was_known(tree: Tree) -> None:
    issue = make_issue(tree.project, date=MARCH, recorded_at=EARLY, due_date=date(2026, 4, 15))
    later = {"severity": "minor", "date": MAY, "due_date": date(2026, 8, 1)}
    issue.assessments.create(**later)
    assert ids(tree.auditor, "issues", is_overdue="true") == []
    assert ids(tree.auditor, "issues", is_overdue="true", as_of="2026-04-30") == [issue.pk]
    assert ids(tree.auditor, "issues", is_overdue="true", as_of="2026-04-01") == []


@pytest.mark.parametrize("name", ["tasks", "benefits", "objectives", "moves", "month-closes"])
def test_what_keeps_no_history_refuses_a_day(name: str, tree: Tree) -> None:
    answer = tree.auditor.get(f"/api/v1/{name}/", {"as_of": "2026-04-30"})
    assert refusal(answer)[1] == "There is no such parameter."
