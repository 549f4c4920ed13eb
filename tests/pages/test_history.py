"""How a component came to where it stands: what was decided, and how the figures moved."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portfolios.deciding import Actor, decide
from ppm.core.models import Component, Role, Snapshot, State
from tests.factories import (
    FINISH,
    give_role,
    make_decision,
    make_report,
    make_request,
    make_ruling,
    make_user,
)
from tests.pages.conftest import AS_OF, NOW, Organisation, signed_in
from tests.pages.reading import Page

QUERIES = 19
WHY = "The vendor has been replaced and the new plan is agreed."


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def test_each_row_shows_its_change_from_the_row_before(
    organisation: Organisation, owner: Client
) -> None:
    fine = organisation.fine
    Snapshot.objects.filter(component=fine).update(
        bac=3000, held=None, ev=900, spent=None, eac=Decimal("2500.5"), health="amber"
    )
    Snapshot.objects.create(
        component=fine, as_of=FINISH, bac=2000, held=500, ev=1000, spent=5, eac=None, health="red"
    )
    first, second = opened(owner, "/projects/FINE/history/").rows("Figures by date")
    assert first.cells[1:6] == [
        "At risk was off track",
        "3,000.00 +500.00",
        "900.00 −100.00",
        "– no cost has been recorded",  # noqa: RUF001
        "2,500.50",
    ]
    assert second.cells[2:5] == ["2,500.00", "1,000.00", "5.00"]


def test_the_last_row_of_a_page_is_held_against_the_next_page(
    organisation: Organisation, owner: Client
) -> None:
    for days in range(1, 27):
        Snapshot.objects.create(
            component=organisation.late, as_of=AS_OF - timedelta(days=days), bac=3000 - days
        )
    page = opened(owner, "/projects/LATE/history/")
    rows = page.rows("Figures by date")
    assert len(rows) == 25
    assert rows[-1].cells[2] == "2,976.00 +1.00"
    rest = opened(owner, f"/projects/LATE/history/{page.links['Next'].split('#')[0]}")
    assert rest.rows("Figures by date")[-1].cells[2] == "2,974.00"


def test_decisions_say_what_they_were_foretold_to_do(
    organisation: Organisation, owner: Client
) -> None:
    component = Component.objects.get(pk=organisation.late.pk)
    by = Actor(organisation.owner, NOW)
    decide(component, State.TERMINATED, by=by, rationale="It has lost its purpose.")
    page = opened(owner, "/projects/LATE/history/")
    assert "Executing → Terminated: approved 13 Feb 2026 , owner" in page.text
    assert "Foretold: health Off track → Done , forecast cost 2,800.50 →" in page.text
    decision = component.decisions.get()
    assert page.links["All of it"] == f"/decisions/{decision.pk}/"


def test_requests_that_wait_can_be_answered_from_here(
    organisation: Organisation, owner: Client, member: Client
) -> None:
    late = organisation.late
    own = make_request(late, State.ON_HOLD, recorded_by=organisation.owner)
    asked = make_request(late, recorded_by=organisation.member)
    make_request(late, State.EXECUTING, before=State.ON_HOLD)
    page = opened(owner, "/projects/LATE/history/")
    assert "Executing → Terminated: waits for a decision asked for by member" in page.text
    assert "On hold → Executing: was never answered asked for by an import" in page.text
    assert page.text.count("Decide…") == 1
    assert page.links["Decide…"] == f"/state-requests/{asked.pk}/answer/"
    assert own.pk != asked.pk
    assert "Decide…" not in opened(member, "/projects/LATE/history/").links


@pytest.mark.parametrize("number", [1, 4])
def test_the_number_of_queries_does_not_grow(
    number: int, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    late = organisation.late
    for _ in range(number):
        make_request(late, recorded_by=make_user())
        request = make_request(late, State.ON_HOLD, recorded_by=make_user())
        make_decision(late, State.ON_HOLD, state_request=request, recorded_by=make_user())
        report = make_report(
            late, date=FINISH, override_reason=WHY, valid_until=AS_OF, recorded_by=make_user()
        )
        make_ruling(report, recorded_by=make_user())
    reader = make_user()
    give_role(reader, organisation.portfolio, Role.GOVERNANCE)
    client = signed_in(reader)
    # the page, snapshots, decisions, requests, reports, who changed what, and what all in that is
    # called
    with django_assert_num_queries(QUERIES):
        client.get("/projects/LATE/history/")


@pytest.mark.parametrize("address", ["", "?page=2&changes=2"])
def test_a_long_history_takes_no_more_than_two_queries_more(
    address: str,
    organisation: Organisation,
    owner: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Snapshot.objects.create(component=organisation.late, as_of=FINISH, health="red")
    monkeypatch.setattr("ppm.core.history.PAGE_SIZE", 1)
    monkeypatch.setattr("ppm.core.audit_tab.PAGE_SIZE", 1)
    # how many snapshots there are, and how many changes
    with django_assert_num_queries(QUERIES + 2):
        page = owner.get(f"/projects/LATE/history/{address}")
    assert page.content.count(b">Page ") == 2
