"""What keeps the past true in the admin: moves, restatements, closed months."""

import json
import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.test import Client

from portfolios.models import Portfolio
from portfolios.rollup import drain
from ppm.core.models import Component, MonthClose, Move, Restatement, Role, Snapshot, User
from tests.admin.conftest import signed_in
from tests.admin.pages import address, errors_in, form_of
from tests.factories import (
    give_role,
    make_cost,
    make_portfolio,
    make_program,
    make_project,
    make_restatement,
    make_user,
)

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29)
NOW = datetime(2026, 5, 29, 9, tzinfo=UTC)
WHY = "The supplier's invoice of March was booked late."


@pytest.fixture
def root(db: None) -> Portfolio:
    """Make a tree that was brought to March, April and May."""
    root = make_portfolio(code="ROOT", status_date=MARCH)
    make_cost(make_project(root, code="P"), amount=100, date=MARCH)
    for day in (MARCH, APRIL, MAY):
        Portfolio.objects.update(status_date=day)
        drain(now=NOW)
    return root


def person(component: Component, role: Role) -> User:
    user = make_user(is_staff=True)
    give_role(user, component, role)
    return user


def close(client: Client, root: Component, month_end: date) -> Any:
    where = address(MonthClose, "add")
    sent = {**form_of(client, where), "root": root.pk, "month_end": month_end.isoformat()}
    return client.post(where, sent)


def restate(client: Client, portfolio: Component, **said: Any) -> Any:
    """Choose the action in the list of portfolios, and with something said confirm it."""
    chosen = {"action": "restate", ACTION_CHECKBOX_NAME: [portfolio.pk]}
    more = {"confirmed": "yes", **said} if said else {"index": "0"}
    return client.post(address(Portfolio, "changelist"), {**chosen, **more})


class TestMonthCloses:
    """Months that are final."""

    def test_who_may_change_the_roots_money_closes_a_month(self, root: Portfolio) -> None:
        controller = person(root, Role.FINANCE)
        answer = close(signed_in(controller), root, APRIL)
        assert errors_in(answer) == []
        stored = MonthClose.objects.get()
        assert (stored.root_id, stored.month_end) == (root.pk, APRIL)
        assert stored.closed_by == controller

    def test_a_root_is_chosen_from_those_whose_money_one_may_change(self, root: Portfolio) -> None:
        make_portfolio(code="ELSEWHERE")
        make_program(root, code="BELOW")
        client = signed_in(person(root, Role.FINANCE))
        query = {"app_label": "core", "model_name": "monthclose", "field_name": "root"}
        answer = client.get("/admin/autocomplete/", {**query, "term": ""}).json()
        assert [entry["id"] for entry in answer["results"]] == [str(root.pk)]

    @pytest.mark.parametrize(
        ("month_end", "sentence"),
        [
            (date(2026, 5, 31), "when the figures of the tree have gone beyond it"),
            (date(2026, 4, 29), "Close a whole tree, by the last day of a month."),
        ],
    )
    def test_the_guard_speaks_in_the_form(
        self, month_end: date, sentence: str, root: Portfolio
    ) -> None:
        answer = close(signed_in(person(root, Role.FINANCE)), root, month_end)
        assert sentence in " ".join(errors_in(answer))
        assert not MonthClose.objects.exists()

    def test_a_month_is_closed_once(self, root: Portfolio) -> None:
        client = signed_in(person(root, Role.FINANCE))
        close(client, root, APRIL)
        assert errors_in(close(client, root, APRIL)) == ["This month is closed already."]

    def test_opening_the_newest_month_tells_what_comes_of_it(self, root: Portfolio) -> None:
        client = signed_in(person(root, Role.FINANCE))
        for day in (MARCH, APRIL):
            close(client, root, day)
        older, newer = MonthClose.objects.order_by("month_end")
        where = address(MonthClose, "delete", newer.pk)
        page = client.get(where).content.decode()
        assert "up to 30 April 2026 are final no longer" in page
        assert client.post(where, {"confirmed": "yes"}).status_code == 302
        assert list(MonthClose.objects.all()) == [older]
        assert LogEntry.objects.filter(action_flag=3).count() == 1

    def test_an_older_month_stays_closed(self, root: Portfolio) -> None:
        client = signed_in(person(root, Role.FINANCE))
        for day in (MARCH, APRIL):
            close(client, root, day)
        older = MonthClose.objects.get(month_end=MARCH)
        where = address(MonthClose, "delete", older.pk)
        assert "Open the newest closed month first." in client.get(where).content.decode()
        client.post(where, {"confirmed": "yes"})
        assert MonthClose.objects.count() == 2


class TestRestating:
    """A past date of a tree is computed again."""

    @pytest.fixture
    def late(self, root: Portfolio) -> Portfolio:
        """Book a cost of March late."""
        make_cost(Component.objects.get(code="P"), amount=20, date=MARCH)
        drain(now=NOW)
        return root

    def spent(self, root: Component, day: date) -> Any:
        return Snapshot.objects.newest_on(day).get(component=root).spent

    def test_it_asks_for_date_and_reason_and_tells_what_happens(self, late: Portfolio) -> None:
        answer = restate(signed_in(person(late, Role.FINANCE)), late)
        page = answer.content.decode()
        assert "What was answered before is kept" in page
        assert 'name="as_of"' in page
        assert 'name="reason"' in page
        assert self.spent(late, APRIL) == 100

    def test_the_date_is_computed_again(self, late: Portfolio) -> None:
        controller = person(late, Role.FINANCE)
        answer = restate(signed_in(controller), late, as_of=APRIL.isoformat(), reason=WHY)
        assert answer.status_code == 302
        assert (self.spent(late, MARCH), self.spent(late, APRIL)) == (100, 120)
        kept = Restatement.objects.get(component=late)
        assert (kept.reason, kept.restated_by) == (WHY, controller)
        assert WHY in LogEntry.objects.get().get_change_message()

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"as_of": "2026-05-29", "reason": WHY}, "is not past in ROOT"),
            ({"as_of": "2026-03-31", "reason": WHY}, "is closed in ROOT: open it first"),
            ({"as_of": "2026-04-30", "reason": " "}, "This field is required."),
            ({"as_of": "April", "reason": WHY}, "Enter a valid date."),
        ],
    )
    def test_a_date_that_is_not_restated(
        self, said: dict[str, str], sentence: str, late: Portfolio
    ) -> None:
        MonthClose.objects.create(root=late, month_end=MARCH)
        answer = restate(signed_in(person(late, Role.FINANCE)), late, **said)
        assert sentence in answer.content.decode()
        assert not Restatement.objects.exists()

    def test_only_trees_whose_money_one_may_change_are_restated(self, late: Portfolio) -> None:
        below = make_portfolio(late, code="BELOW")
        said = {"as_of": APRIL.isoformat(), "reason": WHY}
        finance = signed_in(person(late, Role.FINANCE))
        assert "only whole trees are restated" in restate(finance, below).content.decode()
        user = person(late, Role.GOVERNANCE)
        give_role(user, make_portfolio(), Role.FINANCE)
        answer = restate(signed_in(user), late, **said)
        assert "You may see this, but not restate its figures." in answer.content.decode()
        restate(signed_in(person(late, Role.GOVERNANCE)), late, **said)
        assert not Restatement.objects.exists()


def test_an_earlier_answer_is_shown_as_far_as_its_reader_sees(root: Portfolio) -> None:
    program, hidden = make_program(root), make_project(root)
    project = make_project(program)
    drivers = [{"component": pk, "health": "red"} for pk in (hidden.pk, project.pk)]
    row = make_restatement(program, spent="100.0000", reasons={"drivers": drivers})
    client = signed_in(person(program, Role.VIEWER))
    page = client.get(address(Restatement, "change", row.pk)).content.decode()
    shown = json.loads(re.search("<pre>(.*)</pre>", unescape(page), re.DOTALL)[1])  # type: ignore[index]
    assert shown["spent"] == "100.0000"
    assert [driver["component"] for driver in shown["reasons"]["drivers"]] == [None, project.pk]


def test_a_home_that_one_does_not_see_has_no_name(root: Portfolio) -> None:
    old, new = make_program(root, name="Old home"), make_program(root, name="New home")
    project = make_project(old)
    project.move_to(new)
    move = Move.objects.get()
    client = signed_in(person(new, Role.VIEWER))
    for page in (address(Move, "changelist"), address(Move, "change", move.pk)):
        text = client.get(page).content.decode()
        assert "New home" in text
        assert "not visible to you" in text
        assert "Old home" not in text


def test_a_home_that_was_deleted_breaks_no_page(root: Portfolio) -> None:
    old, new = make_program(root), make_program(root)
    make_project(old).move_to(new)
    old.delete()
    client = signed_in(make_user(superuser=True))
    move = Move.objects.get()
    for page in (address(Move, "changelist"), address(Move, "change", move.pk)):
        assert client.get(page).status_code == 200
