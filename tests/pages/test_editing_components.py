"""Portfolios, programs and projects are made, changed, moved, decided on and deleted in pages."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from portfolios.models import Portfolio
from ppm.core.models import Component, Decision, Role, State, StateRequest
from programs.models import Program
from projects.models import Project
from tests.factories import (
    give_role,
    make_cost,
    make_estimate,
    make_portfolio,
    make_program,
    make_project,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

WHY = "The vendor has gone bankrupt and nobody else offers it."
PROJECT = {"code": "NEW", "name": "New works", "state": "proposal", "nature": "project"}
ADDRESSES = [
    "/components/HOME/new/portfolio/",
    "/components/HOME/new/program/",
    "/components/PAY/new/project/",
    "/components/LATE/edit/",
    "/components/LATE/move/",
    "/components/LATE/delete/",
    "/components/LATE/state/on_hold/",
    "/components/LATE/state/terminated/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_owner_member_and_outsider(
    address: str, owner: Client, member: Client, outsider: Client
) -> None:
    assert owner.get(address).status_code == 200
    hidden = 404 if "HOME" in address else 403
    assert [member.get(address).status_code, member.post(address).status_code] == [hidden] * 2
    for answer in (outsider.get(address), outsider.post(address)):
        assert answer.status_code == 404
        assert answer.content == outsider.get("/components/NONE/edit/").content


def test_a_project_is_made_below_a_program(owner: Client, organisation: Organisation) -> None:
    values = {**PROJECT, "priority": "10", "budget": "5000", "start_date": "2026-03-01"}
    answer = owner.post("/components/PAY/new/project/", values)
    assert answer["Location"] == "/projects/NEW/"
    made = Project.objects.get(code="NEW")
    assert (made.parent_id, made.state, made.budget) == (organisation.program.pk, "proposal", 5000)
    assert "Project “NEW New works” was added." in Page(owner.get("/projects/NEW/").content).text


def test_a_program_and_a_portfolio_are_made(owner: Client, organisation: Organisation) -> None:
    program = {"code": "G2", "name": "Two", "state": "idea", "vision": "Two of all."}
    assert owner.post("/components/HOME/new/program/", program)["Location"] == "/programs/G2/"
    portfolio = {"code": "P2", "name": "Two", "target_roi": "12.5", "discount_rate": ""}
    assert owner.post("/components/HOME/new/portfolio/", portfolio).status_code == 302
    assert Program.objects.get(code="G2").vision == "Two of all."
    made = Portfolio.objects.get(code="P2")
    assert (made.target_roi, made.state) == (Decimal("0.125"), "active")
    assert b'value="12.5"' in owner.get("/components/P2/edit/").content


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"code": "LATE"}, "Another component has this code already."),
        ({"code": "a b"}, "A code has letters, digits, dots, dashes and underscores only."),
        ({"name": ""}, "This field is required."),
        (
            {"start_date": "2026-03-02", "finish_date": "2026-03-01"},
            "A component cannot finish before it starts.",
        ),
        ({"start_date": "1900-01-01"}, "must lie between 1980-01-01 and 2059-12-31"),
        ({"budget": "-1"}, "The budget cannot be negative."),
        ({"state": "closed"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    values: dict[str, str], sentence: str, owner: Client
) -> None:
    before = Component.objects.count()
    answer = owner.post("/components/PAY/new/project/", {**PROJECT, "priority": "1", **values})
    assert answer.status_code == 200
    page = Page(answer.content)
    assert sentence in page.text
    assert "Nothing was saved yet" in page.text
    assert Component.objects.count() == before


def test_what_the_database_alone_refuses_is_told_too(owner: Client) -> None:
    answer = owner.post("/components/PAY/new/portfolio/", {"code": "G2", "name": "Two"})
    assert "A portfolio stands under portfolios" in Page(answer.content).text
    assert not Component.objects.filter(code="G2").exists()


def test_only_an_administrator_makes_a_root(owner: Client, organisation: Organisation) -> None:
    assert owner.get("/new/portfolio/").status_code == 403
    administrator = signed_in(make_user(superuser=True))
    root = {"code": "ROOT", "name": "Root", "currency": "CHF", "time_zone": "Europe/Zurich"}
    assert administrator.post("/new/portfolio/", root)["Location"] == "/portfolios/ROOT/"
    nowhere = administrator.post("/new/portfolio/", {**root, "code": "R2", "time_zone": "Mars"})
    assert "is not a time zone" in Page(nowhere.content).text
    assert Portfolio.objects.get(code="ROOT").currency == "CHF"


def test_the_settings_of_a_tree_are_changed_at_its_root(
    owner: Client, organisation: Organisation
) -> None:
    page = owner.get("/components/HOME/edit/").content
    assert b'name="status_date"' in page
    assert b'name="status_date"' not in owner.get("/components/LATE/edit/").content
    values = {
        "code": "HOME",
        "name": "Digital services",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
        "status_date": "2026-02-20",
    }
    assert owner.post("/components/HOME/edit/", values).status_code == 302
    organisation.portfolio.refresh_from_db()
    assert organisation.portfolio.status_date == AS_OF + timedelta(days=7)


def test_a_change_leaves_alone_what_others_changed(
    owner: Client, organisation: Organisation
) -> None:
    late = organisation.late
    values = {"code": "LATE", "name": "Replace it", "nature": "project", "priority": "500"}
    Component.objects.filter(pk=late.pk).update(state=State.ON_HOLD)
    before = Component.objects.get(pk=late.pk).version
    assert owner.post("/components/LATE/edit/", values).status_code == 302
    late.refresh_from_db()
    assert (late.name, late.state) == ("Replace it", State.ON_HOLD)
    assert late.version == before + 1


def test_a_component_with_facts_is_not_deleted(owner: Client) -> None:
    page = Page(owner.get("/components/LATE/delete/").content)
    assert "It cannot be deleted: it still has" in page.text
    assert owner.post("/components/LATE/delete/").status_code == 200
    assert Project.objects.filter(code="LATE").exists()


def test_one_without_facts_is_deleted(owner: Client, organisation: Organisation) -> None:
    make_project(organisation.program, code="EMPTY")
    assert "This cannot be undone." in Page(owner.get("/components/EMPTY/delete/").content).text
    answer = owner.post("/components/EMPTY/delete/")
    assert answer["Location"] == "/programs/PAY/components/"
    assert not Project.objects.filter(code="EMPTY").exists()


def test_what_somebody_else_wrote_since_the_form_was_opened_stays(
    owner: Client, organisation: Organisation
) -> None:
    Project.objects.filter(code="LATE").update(description="First", scope="Ledger")
    shown = {"code": "LATE", "name": "Replace the ledger", "description": "First"}
    shown |= {"scope": "Ledger", "nature": "project", "priority": "500"}
    opened = {f"initial-{name}": value for name, value in shown.items()}
    Project.objects.filter(code="LATE").update(description="Somebody else's")
    owner.post("/components/LATE/edit/", {**opened, **shown, "scope": "Ledger and portal"})
    late = Project.objects.get(code="LATE")
    assert (late.description, late.scope) == ("Somebody else's", "Ledger and portal")


def test_a_form_sends_along_what_it_showed(owner: Client) -> None:
    assert (
        b'name="initial-name" value="Replace the ledger"'
        in owner.get("/components/LATE/edit/").content
    )


def test_work_that_is_authorized_already_is_entered_by_who_may_decide(
    owner: Client, organisation: Organisation
) -> None:
    user = make_user()
    give_role(user, organisation.program, Role.PROGRAM_MANAGER)
    values = {**PROJECT, "state": "executing", "priority": "1"}
    answer = signed_in(user).post("/components/PAY/new/project/", values)
    assert "Select a valid choice." in Page(answer.content).text
    assert owner.post("/components/PAY/new/project/", values).status_code == 302


# Moves


def test_a_move_that_the_database_refuses_is_told(
    owner: Client, organisation: Organisation
) -> None:
    dollars = make_portfolio(currency="USD")
    give_role(organisation.owner, dollars, Role.PORTFOLIO_MANAGER)
    sentence = "A component cannot move into a tree of another currency."
    for answer in (
        owner.get("/components/LATE/move/", {"parent": dollars.pk}),
        owner.post("/components/LATE/move/", {"parent": dollars.pk}),
    ):
        assert sentence in Page(answer.content).text


def test_a_move_is_shown_before_it_is_made(owner: Client, organisation: Organisation) -> None:
    other = make_program(organisation.portfolio, code="OTHER-G", name="Other program")
    organisation.roll_up()
    page = Page(owner.get("/components/LATE/move/", {"parent": other.pk}).content)
    names = page.names("Figures before and after")
    assert {name.split(" ")[0] for name in names} == {"Replace", "Other", "Payments", "Digital"}
    assert Component.objects.get(code="LATE").parent_id == organisation.program.pk
    answer = owner.post("/components/LATE/move/", {"parent": other.pk})
    assert answer["Location"] == "/projects/LATE/"
    assert Component.objects.get(code="LATE").parent_id == other.pk


def test_only_places_where_one_may_put_it_are_offered(
    owner: Client, organisation: Organisation
) -> None:
    foreign, seen = make_portfolio(name="Hidden"), make_portfolio(name="Only seen")
    give_role(organisation.owner, seen, Role.VIEWER)
    page = Page(owner.get("/components/LATE/move/").content).text
    assert "Digital services" in page
    assert "Hidden" not in page
    assert "Only seen" not in page
    for place in (foreign, seen, organisation.program):
        answer = owner.post("/components/LATE/move/", {"parent": place.pk})
        assert answer.status_code == 200
        assert "Select a valid choice" in Page(answer.content).text
    assert Component.objects.get(code="LATE").parent_id == organisation.program.pk


# States


def test_the_buttons_are_those_of_the_state(owner: Client, organisation: Organisation) -> None:
    links = Page(owner.get("/projects/LATE/").content).links
    assert links["Put on hold…"] == "/components/LATE/state/on_hold/"
    assert "Terminate…" in links
    assert "Authorize…" not in links
    assert "Authorize…" in Page(owner.get("/projects/BESIDE/").content).links


def test_a_termination_shows_what_it_does_and_is_written_down(
    owner: Client, organisation: Organisation
) -> None:
    page = Page(owner.get("/components/LATE/state/terminated/").content)
    [benefit] = page.rows("Benefits before and after")
    assert benefit.cells[0].startswith("Fewer manual payments")
    assert "Need not be spent 900.00 Benefits lost 3,375.00" in page.text
    values = {"before": "executing", "reason": WHY, "termination_cost": "120"}
    answer = owner.post("/components/LATE/state/terminated/", values)
    assert answer["Location"] == "/projects/LATE/"
    decision = Decision.objects.get()
    assert (decision.after, decision.rationale, decision.recorded_by) == (
        State.TERMINATED,
        WHY,
        organisation.owner,
    )
    assert decision.request_id is not None
    assert decision.consequence is not None
    assert decision.consequence["termination_cost"] == "120"
    history = Page(owner.get("/projects/LATE/history/").content).text
    assert "Executing → Terminated: approved" in history
    assert WHY in history


def test_before_and_after_equal_what_then_is(owner: Client, organisation: Organisation) -> None:
    foretold = figures_in(owner.get("/components/LATE/state/on_hold/"), after=True)
    owner.post("/components/LATE/state/on_hold/", {"before": "executing", "reason": WHY})
    organisation.roll_up()
    now = figures_in(owner.get("/components/LATE/state/executing/"), after=False)
    assert foretold == now
    assert len(foretold) == 3


def figures_in(answer: Any, *, after: bool) -> dict[str, list[Decimal | None]]:
    """Read one side of the table of figures, by component."""
    rows = Page(answer.content).rows("Figures before and after")
    return {row.cells[0]: [side(values, after=after) for values in row.values[2:]] for row in rows}


def side(values: list[Decimal], *, after: bool) -> Decimal | None:
    """Take the figure before or after; None where there is only one, or none."""
    return None if len(values) < 2 else values[1 if after else 0]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "Because."}, "Ensure this value has at least 10 characters"),
        ({"before": "proposal"}, "In the meantime it is executing. Look again."),
        ({"termination_cost": "-5"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_decision_without_grounds_is_refused(
    values: dict[str, str], sentence: str, owner: Client
) -> None:
    sent = {"before": "executing", "reason": WHY, **values}
    answer = owner.post("/components/LATE/state/terminated/", sent)
    assert answer.status_code == 200
    assert sentence in Page(answer.content).text
    assert not Decision.objects.exists()


def test_a_project_manager_asks(organisation: Organisation) -> None:
    user = make_user()
    give_role(user, organisation.late, Role.PROJECT_MANAGER)
    client = signed_in(user)
    assert "Ask to terminate…" in Page(client.get("/projects/LATE/").content).links
    page = Page(client.get("/components/LATE/state/terminated/").content).text
    assert "Ask for a decision" in page
    sent = {"before": "executing", "reason": WHY}
    assert client.post("/components/LATE/state/terminated/", sent).status_code == 302
    request = StateRequest.objects.get()
    assert (request.recorded_by, request.reason) == (user, WHY)
    assert Project.objects.get(code="LATE").state == State.EXECUTING
    again = client.post("/components/LATE/state/terminated/", sent)
    assert "Somebody has asked for this already" in Page(again.content).text


def test_a_manager_says_what_is_a_matter_of_work(organisation: Organisation) -> None:
    user = make_user()
    give_role(user, organisation.beside, Role.PROJECT_MANAGER)
    idea = make_project(organisation.beside.parent, code="IDEA", state=State.IDEA)
    give_role(user, idea, Role.PROJECT_MANAGER)
    client = signed_in(user)
    sent = {"before": "idea", "reason": "It was asked for by the board."}
    assert client.post("/components/IDEA/state/proposal/", sent).status_code == 302
    idea.refresh_from_db()
    assert idea.state == State.PROPOSAL


def test_what_is_in_the_way_is_told_first(owner: Client, organisation: Organisation) -> None:
    page = Page(owner.get("/components/BESIDE/state/authorized/").content).text
    assert "It has neither a budget nor tasks" in page
    sent = {"before": "proposal", "reason": WHY}
    refused = owner.post("/components/BESIDE/state/authorized/", sent)
    assert "It has neither a budget nor tasks" in Page(refused.content).text
    closing = Page(owner.get("/components/LATE/state/closing/").content).text
    assert "1 task is not complete." in closing
    program = Page(owner.get("/components/PAY/state/terminated/").content).text
    assert "2 of its components not at an end: decide on them first." in program
    assert not Decision.objects.exists()


def test_a_state_that_cannot_follow_is_missing(owner: Client) -> None:
    for state in ("closed", "idea", "nonsense"):
        assert owner.get(f"/components/LATE/state/{state}/").status_code == 404


def test_another_decision_in_between_is_noticed(owner: Client, organisation: Organisation) -> None:
    make_cost(organisation.late, 10, AS_OF)
    make_estimate(organisation.late, 10, AS_OF)
    sent = {"before": "executing", "reason": WHY}
    assert owner.post("/components/LATE/state/on_hold/", sent).status_code == 302
    again = owner.post("/components/LATE/state/on_hold/", sent, follow=True)
    assert "In the meantime it is on hold. Nothing was changed." in Page(again.content).text
    second = owner.post("/components/LATE/state/terminated/", sent)
    assert "In the meantime it is on hold. Look again." in Page(second.content).text
    assert Decision.objects.count() == 1
