"""Decisions in pages: what waits for one's own, its answer, and the log of what was decided."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portfolios.deciding import Actor, ask, decide
from ppm.core.models import (
    Component,
    Decision,
    Outcome,
    Role,
    State,
    StateRequest,
    User,
)
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_benefit,
    make_decision,
    make_link,
    make_measurement,
    make_plan,
    make_portfolio,
    make_project,
    make_report,
    make_request,
    make_ruling,
    make_user,
)
from tests.pages.conftest import AS_OF, NOW, Organisation, signed_in
from tests.pages.reading import Page

WHY = "The vendor has been replaced and the new plan is agreed."
REASON = "Nobody needs it any more, says the customer."
ANSWER = {"outcome": "approved", "rationale": "We agree with the manager."}


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


@pytest.fixture
def manager(organisation: Organisation) -> User:
    """Return somebody who asks but does not decide."""
    user = make_user("manager")
    give_role(user, organisation.program, Role.PROGRAM_MANAGER)
    return user


@pytest.fixture
def request_(organisation: Organisation, manager: User) -> StateRequest:
    """Return a request to end a project, with its consequence."""
    late = Component.objects.get(pk=organisation.late.pk)
    return ask(late, State.TERMINATED, by=Actor(manager, NOW), reason=REASON)


def override(organisation: Organisation, by: User | None, **fields: Any) -> None:
    """Report a better health than the computed one."""
    values: dict[str, Any] = {"valid_until": AS_OF, "recorded_by": by, **fields}
    make_report(organisation.late, "green", AS_OF, override_reason=WHY, **values)


def test_each_sees_what_waits_for_them(
    organisation: Organisation, request_: StateRequest, manager: User, owner: Client
) -> None:
    override(organisation, manager)
    page = opened(owner, "/decisions/")
    assert "Replace the ledger : Executing → Terminated" in page.text
    assert REASON in page.text
    assert "Need not be spent: 900.00 ; benefits lost:" in page.text
    assert "Replace the ledger : override of the health" in page.text
    assert "Off track by computation, On track says manager until 13 Feb 2026" in page.text
    for user in (manager, organisation.member, organisation.outsider):
        text = opened(signed_in(user), "/decisions/").text
        assert "Nothing waits for your decision." in text
        assert "Replace the ledger" not in text
    assert Client().get("/decisions/")["Location"] == "/login/?next=/decisions/"
    assert owner.post("/decisions/").status_code == 405


def test_what_needs_no_decision_does_not_wait(
    organisation: Organisation, manager: User, owner: Client
) -> None:
    late = organisation.late
    asked = make_request(late, recorded_by=organisation.member)
    make_decision(late, state_request=asked, recorded_by=organisation.owner)
    make_request(late, before=State.ON_HOLD)
    make_request(late, State.ON_HOLD, recorded_by=organisation.owner)
    override(organisation, organisation.owner)
    assert "Nothing waits for your decision." in opened(owner, "/decisions/").text


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, True),
        ({"health": "amber"}, True),
        ({"valid_until": FINISH, "date": START}, False),
        ({"date": AS_OF + timedelta(days=1), "valid_until": AS_OF + timedelta(days=2)}, False),
        ({"override_reason": "", "valid_until": None}, False),
    ],
)
def test_an_override_waits_while_it_runs_and_is_better(
    fields: dict[str, Any],
    waits: bool,
    organisation: Organisation,
    manager: User,
    owner: Client,
) -> None:
    values: dict[str, Any] = {
        "health": "green",
        "date": AS_OF,
        "override_reason": WHY,
        "valid_until": AS_OF,
        **fields,
    }
    make_report(organisation.late, recorded_by=manager, **values)
    assert ("override of the health" in opened(owner, "/decisions/").text) == waits


def test_a_ruled_override_and_one_of_resting_work_wait_for_nobody(
    organisation: Organisation, manager: User, owner: Client
) -> None:
    override(organisation, manager)
    make_ruling(
        organisation.late.status_reports.get(), recorded_by=make_user(), outcome="rejected"
    )
    make_report(
        organisation.beside,
        date=AS_OF,
        override_reason=WHY,
        valid_until=AS_OF,
        recorded_by=manager,
    )
    assert "Nothing waits for your decision." in opened(owner, "/decisions/").text


def test_what_a_manager_may_bring_about_waits_for_managers(organisation: Organisation) -> None:
    body, manager = make_user(), make_user()
    give_role(body, organisation.portfolio, Role.GOVERNANCE)
    give_role(manager, organisation.portfolio, Role.PROGRAM_MANAGER)
    idea = make_project(organisation.portfolio, state=State.IDEA, name="An idea")
    asked = make_request(idea, State.PROPOSAL, recorded_by=body)
    assert "An idea" in opened(signed_in(manager), "/decisions/").text
    other = make_user()
    give_role(other, organisation.portfolio, Role.GOVERNANCE)
    assert "An idea" not in opened(signed_in(other), "/decisions/").text
    address = f"/state-requests/{asked.pk}/answer/"
    assert signed_in(other).post(address, ANSWER).status_code == 403
    assert signed_in(manager).post(address, ANSWER).status_code == 302
    idea.refresh_from_db()
    assert idea.state == State.PROPOSAL


def test_owner_member_and_outsider_of_an_answer(
    request_: StateRequest, manager: User, owner: Client, member: Client, outsider: Client
) -> None:
    address = f"/state-requests/{request_.pk}/answer/"
    assert owner.get(address).status_code == 200
    for client, status in ((member, 403), (signed_in(manager), 403), (outsider, 404)):
        statuses = [client.get(address).status_code, client.post(address, ANSWER).status_code]
        assert statuses == [status, status]
    assert outsider.get(address).content == outsider.get("/state-requests/0/answer/").content
    assert not Decision.objects.exists()


def test_a_request_is_approved(
    organisation: Organisation, request_: StateRequest, owner: Client
) -> None:
    address = f"/state-requests/{request_.pk}/answer/"
    page = opened(owner, address)
    assert "Terminate: Replace the ledger" in page.text
    assert REASON in page.text
    assert page.names("Figures before and after")[0] == "Replace the ledger Project"
    assert owner.post(address, ANSWER)["Location"] == "/decisions/"
    decision = Decision.objects.get()
    assert (decision.state_request, decision.outcome) == (request_, Outcome.APPROVED)
    assert Component.objects.get(pk=organisation.late.pk).state == State.TERMINATED
    text = opened(owner, "/decisions/").text
    assert "What was asked of “Replace the ledger” is approved." in text
    assert "Nothing waits for your decision." in text
    assert "We agree with the manager." in text
    assert owner.get(address).status_code == 403


def test_a_request_is_rejected(
    organisation: Organisation, request_: StateRequest, owner: Client
) -> None:
    values = {"outcome": "rejected", "rationale": "It is needed after all."}
    owner.post(f"/state-requests/{request_.pk}/answer/", values)
    assert Decision.objects.get().outcome == Outcome.REJECTED
    assert Component.objects.get(pk=organisation.late.pk).state == State.EXECUTING


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rationale": "No."}, "Ensure this value has at least 10 characters"),
        ({"outcome": ""}, "This field is required."),
        ({"outcome": "perhaps"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_decided(
    values: dict[str, str], sentence: str, request_: StateRequest, owner: Client
) -> None:
    answer = owner.post(f"/state-requests/{request_.pk}/answer/", {**ANSWER, **values})
    assert sentence in Page(answer.content).text
    assert not Decision.objects.exists()


def test_what_must_be_done_first_is_told_and_refuses_the_approval(
    organisation: Organisation, manager: User, owner: Client
) -> None:
    Component.objects.filter(pk=organisation.late.pk).update(state=State.CLOSING)
    asked = make_request(
        organisation.late, State.CLOSED, before=State.CLOSING, recorded_by=manager
    )
    address = f"/state-requests/{asked.pk}/answer/"
    assert "Before it can be approved" in opened(owner, address).text
    answer = owner.post(address, ANSWER)
    assert b'<p class="form-error" role="alert">' in answer.content
    assert not Decision.objects.exists()


def decision_about_a_foreign_benefit(organisation: Organisation) -> str:
    """Terminate a project on which another tree rests; return the address of the decision."""
    elsewhere = make_portfolio(name="Elsewhere", status_date=AS_OF)
    foreign = make_benefit(elsewhere, 5000, name="Secret benefit")
    make_link(foreign, organisation.late)
    make_plan(foreign, 500)
    make_measurement(foreign, 500)
    give_role(organisation.owner, elsewhere, Role.VIEWER)
    late = Component.objects.get(pk=organisation.late.pk)
    by = Actor(organisation.owner, NOW)
    decision = decide(late, State.TERMINATED, by=by, rationale="It has lost its purpose.")
    return f"/decisions/{decision.pk}/"


def test_a_decision_tells_its_reader_what_they_may_see(
    organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    address = decision_about_a_foreign_benefit(organisation)
    seen = opened(owner, address)
    names = ["Replace the ledger Project", "Payments Program", "Digital services Portfolio"]
    assert seen.names("Figures as foretold")[:3] == names
    assert {"Secret benefit", "Fewer manual payments"} == set(seen.names("Benefits as foretold"))
    assert "benefits lost:" in seen.text
    part = opened(member, address)
    assert part.names("Figures as foretold") == names[:2]
    assert part.names("Benefits as foretold") == ["Fewer manual payments"]
    assert "1 more benefit that you may not see rests on it, so what is lost" in part.text
    assert "benefits lost:" not in part.text
    assert "balance" not in part.text
    hidden = outsider.get(address)
    assert hidden.status_code == 404
    assert hidden.content == outsider.get("/decisions/0/").content
    assert owner.post(address).status_code == 405
    own = seen.rows("Figures as foretold")[0].values
    assert own[2:5] == [[2000], [Decimal("2800.5")], [Decimal("1900.5")]]


def test_a_decision_that_nobody_foretold_has_its_page_too(
    organisation: Organisation, owner: Client
) -> None:
    asked = make_request(organisation.late, recorded_by=organisation.member)
    decision = make_decision(organisation.late, state_request=asked)
    text = opened(owner, f"/decisions/{decision.pk}/").text
    assert "Nobody foretold it." in text
    assert "asked for by member on 5 Jan 2026" in text
    assert f"Digest {Decision.objects.get().digest}" in text


def test_the_log_is_narrowed(organisation: Organisation, owner: Client) -> None:
    late, fine = organisation.late, organisation.fine
    asked = make_request(late)
    make_decision(late, state_request=asked, outcome=Outcome.REJECTED, date=START)
    make_decision(fine, State.ON_HOLD, date=AS_OF, rationale="We wait for the law.")
    make_decision(organisation.portfolio, State.ARCHIVED, date=AS_OF)

    def changes(query: str) -> list[str]:
        page = opened(owner, f"/decisions/?{query}")
        rows = page.rows("Decisions") if "Decisions" in page.tables else []
        return [row.cells[1].split(" → ")[1] for row in rows]

    assert changes("") == ["Archived", "On hold", "Terminated"]
    assert changes("below__code=PAY") == ["On hold", "Terminated"]
    assert changes("below__code=LATE") == ["Terminated"]
    assert changes("after=on_hold") == ["On hold"]
    assert changes("outcome=rejected") == ["Terminated"]
    assert changes(f"date__lte={START}") == ["Terminated"]
    assert changes("search=law") == ["On hold"]
    assert changes("date__gte=soon") == []
    assert "Enter a valid date." in opened(owner, "/decisions/?date__gte=soon").text


def test_everybody_sees_the_decisions_of_their_own_components(
    organisation: Organisation, member: Client, outsider: Client
) -> None:
    make_decision(organisation.late)
    make_decision(organisation.portfolio, State.ARCHIVED)
    assert opened(member, "/decisions/").names("Decisions") == [
        "Replace the ledger Project · LATE"
    ]
    assert "Nothing has been decided yet that you can see." in opened(outsider, "/decisions/").text


def test_a_long_log_comes_in_pages(organisation: Organisation, owner: Client) -> None:
    for _ in range(51):
        make_decision(organisation.late)
    page = opened(owner, "/decisions/")
    assert len(page.rows("Decisions")) == 50
    assert (
        len(opened(owner, f"/decisions/{page.links['Next'].split('#')[0]}").rows("Decisions")) == 1
    )


@pytest.mark.parametrize("number", [1, 4])
def test_the_number_of_queries_does_not_grow(
    number: int,
    organisation: Organisation,
    request_: StateRequest,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        project = make_project(organisation.program)
        make_request(project, recorded_by=make_user(), consequence=request_.consequence)
        make_report(
            project,
            date=AS_OF,
            override_reason=WHY,
            valid_until=AS_OF,
            recorded_by=make_user(),
        )
        make_decision(project, recorded_by=make_user())
    organisation.roll_up()
    client = signed_in(organisation.owner)
    # session, user, requests, their components and benefits, roots, overrides, roots, snapshots,
    # marks, failures, decisions and their number, places; a savepoint and its release
    with django_assert_num_queries(16):
        client.get("/decisions/")
