"""Risks, issues and changes in pages: of a component and all below it, and of all one sees."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import (
    ChangeStatus,
    Component,
    Issue,
    IssueSeverity,
    Risk,
    RiskAssessment,
    Role,
    Snapshot,
    State,
)
from ppm.core.register_tab import FIRST
from tests.factories import (
    START,
    give_role,
    make_change,
    make_issue,
    make_portfolio,
    make_program,
    make_project,
    make_risk,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

LATER = AS_OF + timedelta(days=1)
MAKE: dict[str, Callable[..., Any]] = {
    "risks": make_risk,
    "issues": make_issue,
    "changes": make_change,
}
LISTS = {"Risks": "/risks/", "Issues": "/issues/", "Changes": "/changes/"}


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def close(risk: Risk, day: date = AS_OF) -> None:
    """Close a risk on a day."""
    RiskAssessment.objects.create(
        risk=risk, date=day, probability=0, impact=0, likelihood=1, severity=1, is_open=False
    )


@pytest.mark.parametrize("address", LISTS.values())
def test_everybody_sees_the_own_part_of_a_register(
    address: str, organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    make_change(organisation.late)
    assert [c.get(address).status_code for c in (owner, member, outsider)] == [200, 200, 200]
    assert "Replace the ledger" in opened(member, address).text
    assert "There is no open" in opened(outsider, address).text
    assert owner.post(address).status_code == 405
    assert Client().get(address)["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize("kind", ["risks", "issues", "changes"])
def test_an_entry_is_shown_to_those_who_see_its_component(
    kind: str, organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    make = MAKE[kind]
    seen = f"/{kind}/{make(organisation.late, title='Seen').pk}/"
    hidden = f"/{kind}/{make(organisation.portfolio, title='Hidden').pk}/"
    assert "Assess" in opened(owner, seen).links
    assert "Assess" not in opened(member, seen).links
    for client, address in ((member, hidden), (outsider, seen)):
        answer = client.get(address)
        assert answer.status_code == 404
        assert answer.content == client.get(f"/{kind}/0/").content
    assert owner.post(seen).status_code == 405


def test_the_tab_shows_what_is_open_here_and_below(
    organisation: Organisation, owner: Client
) -> None:
    make_risk(organisation.program, title="Of the program")
    make_risk(organisation.portfolio, title="Of the portfolio")
    close(make_risk(organisation.fine, title="Over"))
    names = {
        address: set(opened(owner, f"{address}risks/").names("Risks"))
        for address in ("/portfolios/HOME/", "/programs/PAY/", "/projects/LATE/")
    }
    assert names == {
        "/portfolios/HOME/": {"The vendor withdraws", "Of the program", "Of the portfolio"},
        "/programs/PAY/": {"The vendor withdraws", "Of the program"},
        "/projects/LATE/": {"The vendor withdraws"},
    }
    page = opened(owner, "/programs/PAY/risks/")
    [row] = page.rows("Issues")
    assert row.links == [f"/issues/{Issue.objects.get().pk}/", "/projects/LATE/"]
    assert "No open change is registered here or below." in page.text
    assert "No open issue is registered here." in opened(owner, "/projects/FINE/risks/").text


def test_the_newest_assessment_known_on_the_status_date_counts(
    organisation: Organisation, owner: Client
) -> None:
    risk = Risk.objects.get()
    make_risk(organisation.late, date=LATER, title="Comes later")
    Risk.objects.create(component=organisation.late, title="Never assessed")
    close(risk, LATER)
    rows = {
        row.cells[0]: row.cells for row in opened(owner, "/projects/LATE/risks/").rows("Risks")
    }
    assert list(rows) == ["Never assessed", "The vendor withdraws"]
    assert rows["The vendor withdraws"][1:] == [
        *("Open", "40.0 %", "1,000.00", "400.00", "Possible, moderate"),
        *("None yet", "5 Jan 2026", "nobody"),
    ]
    assert rows["Never assessed"][1] == "not assessed yet"
    close(risk)
    assert opened(owner, "/projects/LATE/risks/").names("Risks") == ["Never assessed"]
    assert "The vendor withdraws" in opened(owner, "/projects/LATE/risks/?is_open=").text


def test_each_tree_of_a_register_has_its_own_day(organisation: Organisation) -> None:
    other = make_portfolio(status_date=START, currency="USD")
    make_risk(other, date=AS_OF, title="Known elsewhere only")
    make_risk(other, date=START, title="Known", impact=60)
    give_role(organisation.owner, other, Role.VIEWER)
    page = opened(signed_in(organisation.owner), "/risks/")
    assert page.names("Risks") == ["The vendor withdraws", "Known"]
    sums = page.rows("Risks", "tfoot")
    assert {row.cells[0]: row.values[1][0] for row in sums} == {
        "Open exposure EUR": 400,
        "Open exposure USD": 30,
    }


def test_the_open_exposure_is_that_of_the_snapshot(
    organisation: Organisation, owner: Client
) -> None:
    program, portfolio = organisation.program, organisation.portfolio
    for component in (organisation.late, organisation.fine, program, portfolio):
        make_risk(component, Decimal("0.3333"), Decimal("10000.01"))
        make_risk(component, Decimal("0.1"), -700)
        close(make_risk(component))
        make_risk(component, date=LATER)
    for state in State:
        if state not in (State.ACTIVE, State.ARCHIVED):
            make_risk(make_project(program, state=state), impact=70)
            make_risk(make_program(portfolio, state=state), impact=50)
    make_risk(make_portfolio(portfolio, state=State.ARCHIVED), impact=30)
    organisation.roll_up()
    of_other_states = {"/portfolios/HOME/": [315], "/programs/PAY/": [175], "/projects/LATE/": []}
    for address, rest in of_other_states.items():
        [total, *others] = opened(owner, f"{address}risks/").rows("Risks", "tfoot")
        stored = Snapshot.objects.get(component__code=address.split("/")[2])
        assert total.values[1] == [stored.risk_exposure]
        assert [row.values[1] for row in others] == [rest][: len(rest)]


def test_without_open_risks_there_is_no_exposure(
    organisation: Organisation, owner: Client
) -> None:
    close(Risk.objects.get())
    organisation.roll_up()
    assert Snapshot.objects.get(component=organisation.late).risk_exposure is None
    page = opened(owner, "/projects/LATE/risks/?is_open=")
    assert page.rows("Risks")
    assert page.tables["Risks"][-1].section == "tbody"


def test_the_weightiest_risk_and_the_first_due_issue_come_first(
    organisation: Organisation, owner: Client
) -> None:
    make_risk(organisation.late, Decimal("0.9"), -5000, title="Opportunity")
    make_issue(organisation.late, title="Without a date")
    make_issue(organisation.late, title="Earlier", due_date=START - timedelta(days=1))
    make_issue(organisation.late, title="Not due", due_date=AS_OF)
    make_change(organisation.late, title="Small", cost_effect=-5)
    make_change(organisation.late, title="Large", cost_effect=-50)
    page = opened(owner, "/projects/LATE/risks/")
    assert page.names("Risks") == ["Opportunity", "The vendor withdraws"]
    assert page.names("Changes") == ["Large", "Small"]
    assert [(row.cells[0], "overdue" in row.cells[3]) for row in page.rows("Issues")] == [
        ("Earlier", True),
        ("Test data are missing", True),
        ("Not due", False),
        ("Without a date", False),
    ]


def test_one_bar_narrows_all_three_lists(organisation: Organisation, owner: Client) -> None:
    late, ines = organisation.late, make_user()
    give_role(ines, late, Role.PROJECT_MANAGER)
    make_risk(late, title="Vendor is slow", severity=5, response=Risk.Response.ACCEPT)
    Risk.objects.filter(title="Vendor is slow").update(owner=ines)
    make_issue(late, title="Vendor has not paid", severity=IssueSeverity.CRITICAL)
    make_change(late, title="Add an Approved VENDOR", status=ChangeStatus.APPROVED)
    make_change(late, title="Unrelated")

    def names(query: str) -> list[list[str]]:
        page = opened(owner, f"/projects/LATE/risks/?{query}")
        tables = ("Risks", "Issues", "Changes")
        return [page.names(table) if table in page.tables else [] for table in tables]

    assert names("search=vendor") == [
        ["Vendor is slow", "The vendor withdraws"],
        ["Vendor has not paid"],
        ["Add an Approved VENDOR"],
    ]
    assert names(f"owner={ines.pk}") == [["Vendor is slow"], [], []]
    assert names("is_open=false") == [[], [], []]
    assert names("severity__gte=4")[0] == ["Vendor is slow"]
    assert names("response=accept")[0] == ["Vendor is slow"]
    assert names("severity=critical")[1] == ["Vendor has not paid"]
    assert names("is_overdue=true")[1] == ["Test data are missing"]
    assert names("status=approved")[2] == ["Add an Approved VENDOR"]
    assert "No risk is like that." in opened(owner, "/projects/LATE/risks/?is_open=false").text


def test_what_a_filter_cannot_understand_is_said(owner: Client) -> None:
    page = opened(owner, "/projects/LATE/risks/?severity__gte=high&is_overdue=true")
    assert "Severity at least: Enter a whole number." in page.text
    assert "No risk is like that." in page.text
    assert page.names("Issues") == ["Test data are missing"]
    assert "Severity: Select a valid choice." in opened(owner, "/issues/?severity=bad").text


def test_a_long_list_leads_to_its_page_with_the_same_filters(
    organisation: Organisation, owner: Client
) -> None:
    for _ in range(FIRST):
        make_risk(organisation.late, title="Vendor", impact=1)
    page = opened(owner, "/projects/LATE/risks/?search=vendor&severity=minor")
    assert len(page.rows("Risks")) == FIRST
    assert f"The first {FIRST} of {FIRST + 1}." in page.text
    [total] = page.rows("Risks", "tfoot")
    assert total.values[1] == [400 + FIRST * Decimal("0.5")]
    address = page.links[f"All {FIRST + 1} risks"]
    assert address == "/risks/?search=vendor&below__code=LATE"
    whole = opened(owner, address)
    assert len(whole.rows("Risks")) == FIRST + 1
    assert whole.rows("Risks", "tfoot")[0].values == total.values


def test_a_register_comes_in_pages(organisation: Organisation, owner: Client) -> None:
    for number in range(51):
        make_issue(organisation.late, title=f"Issue {number}")
    first = opened(owner, "/issues/?search=issue")
    assert "50 of 51 issues" in first.text
    assert len(opened(owner, f"/issues/{first.links['Next']}").rows("Issues")) == 1


def test_an_entry_shows_its_course(organisation: Organisation, owner: Client) -> None:
    risk = Risk.objects.get()
    close(risk)
    RiskAssessment.objects.create(
        risk=risk,
        date=LATER,
        probability=Decimal("0.5"),
        impact=10,
        recorded_by=make_user(first_name="Ines", last_name="Moreau"),
    )
    page = opened(owner, f"/risks/{risk.pk}/")
    assert "Risk of Replace the ledger Closed Response: none yet Owner: nobody" in page.text
    assert [row.cells for row in page.rows("Assessments")] == [
        [
            "14 Feb 2026 does not count yet",
            *("Open", "50.0 %", "10.00", "5.00", "not placed", "Ines Moreau"),
        ],
        [
            "13 Feb 2026 counts on 13 Feb 2026",
            *("Closed", "0.0 %", "0.00", "0.00", "Rare, negligible", "import"),
        ],
        [
            "5 Jan 2026",
            *("Open", "40.0 %", "1,000.00", "400.00", "Possible, moderate", "import"),
        ],
    ]


def fill(component: Component, number: int) -> None:
    """Put entries of each kind on a component, each with an owner of its own."""
    for _ in range(number):
        for entry in (make_risk(component), make_issue(component), make_change(component)):
            type(entry).objects.filter(pk=entry.pk).update(owner=make_user())


# session, user, component, roots, snapshots, marks, failures, rights, policy, path, reports; a
# savepoint and its release
PAGE = 13
# entries and assessments of three kinds, the sum, people and who they are near to
TAB = PAGE + 9


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/programs/PAY/risks/", TAB),
        ("/projects/LATE/risks/", TAB),
        ("/risks/", 11),
        ("/issues/", 10),
        ("/changes/", 10),
        # session, user, entry, root, assessments, the way to it, rights
        ("/risks/{risk}/", 9),
    ],
)
@pytest.mark.parametrize("number", [1, 4])
def test_the_number_of_queries_does_not_grow(
    address: str,
    queries: int,
    number: int,
    organisation: Organisation,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for component in (organisation.program, organisation.late):
        fill(component, number)
    risk = make_risk(organisation.late)
    for _ in range(number):
        RiskAssessment.objects.create(
            risk=risk, date=AS_OF, probability=0, impact=0, recorded_by=make_user()
        )
    client = signed_in(organisation.owner)
    with django_assert_num_queries(queries):
        assert client.get(address.format(risk=risk.pk)).status_code == 200
