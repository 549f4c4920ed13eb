"""The list of programs."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Role
from tests.factories import give_role, make_program, make_user
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page


def codes(client: Client, query: str = "") -> list[str]:
    """Open the list and return the codes in its rows."""
    response = client.get(f"/programs/{query}")
    assert response.status_code == 200
    rows = Page(response.content).tables.get("Programs", [])
    return [row.cells[0].split(" · ")[1] for row in rows if row.section == "tbody"]


def test_owner_member_and_outsider(
    owner: Client, member: Client, outsider: Client, organisation: Organisation
) -> None:
    make_program(organisation.portfolio, "APART")
    assert codes(owner, "?sort=code") == ["APART", "PAY"]
    assert codes(member) == ["PAY"]
    assert codes(outsider) == codes(outsider, f"?below={organisation.portfolio.pk}") == []
    assert b"There is no such program that you can see." in outsider.get("/programs/").content


def test_anonymous_visitors_sign_in_first(db: None, client: Client) -> None:
    assert client.get("/programs/")["Location"] == "/login/?next=/programs/"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=pay", ["PAY"]),
        ("?search=none", []),
        ("?state=executing", ["PAY"]),
        ("?state=idea", []),
        ("?health=red", ["PAY"]),
        ("?health=green", []),
    ],
)
def test_programs_are_searched_as_projects_are(
    owner: Client, query: str, found: list[str]
) -> None:
    assert codes(owner, query) == found


def test_the_states_of_portfolios_are_not_offered(owner: Client) -> None:
    page = owner.get("/programs/").content
    assert b'value="on_hold"' in page
    assert b'value="archived"' not in page


def test_every_page_leads_to_the_list(owner: Client) -> None:
    assert Page(owner.get("/").content).links["Programs"] == "/programs/"


def test_the_number_of_queries_does_not_grow(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reader = make_user()
    client = signed_in(reader)
    for programs in (1, 3):
        for _ in range(programs):
            give_role(reader, make_program(), Role.VIEWER)
        # as in test_project_list
        with django_assert_num_queries(12):
            codes(client)
