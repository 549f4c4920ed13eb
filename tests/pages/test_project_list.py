"""The list of projects: what the counts on other pages lead to."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.filters import kinds
from ppm.core.models import Role
from ppm.core.outline import PAGE_SIZE
from projects.models import Project
from tests.factories import give_role, make_program, make_project, make_user
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page


def codes(client: Client, query: str = "") -> list[str]:
    """Open the list and return the codes in its rows."""
    response = client.get(f"/projects/{query}")
    assert response.status_code == 200
    tables = Page(response.content).tables
    rows = [row for row in tables.get("Projects", []) if row.section == "tbody"]
    return [row.cells[0].split(" · ")[1] for row in rows]


def test_the_owner_sees_all_the_worst_first(owner: Client) -> None:
    assert codes(owner) == ["LATE", "FINE", "BESIDE"]
    assert codes(owner, "?sort=code") == ["BESIDE", "FINE", "LATE"]


def test_a_member_sees_the_programs_projects(member: Client, organisation: Organisation) -> None:
    assert codes(member) == ["LATE", "FINE"]
    assert codes(member, f"?below={organisation.portfolio.pk}") == []


def test_an_outsider_sees_none_of_them(outsider: Client, organisation: Organisation) -> None:
    for query in ("", "?health=red", f"?below={organisation.program.pk}"):
        assert codes(outsider, query) == []
    assert b"There is no such project that you can see." in outsider.get("/projects/").content


def test_anonymous_visitors_sign_in_first(db: None, client: Client) -> None:
    assert client.get("/projects/?health=red")["Location"] == (
        "/login/?next=/projects/%3Fhealth%3Dred"
    )


def test_projects_are_filtered_by_health_and_place(
    owner: Client, organisation: Organisation
) -> None:
    assert codes(owner, "?health=red") == ["LATE"]
    assert codes(owner, "?health=red&health=not_started") == ["LATE", "BESIDE"]
    assert codes(owner, f"?below={organisation.program.pk}&sort=name") == ["FINE", "LATE"]
    assert codes(owner, f"?below={organisation.program.pk}&health=not_started") == []


def test_links_change_the_filter_and_keep_the_rest(
    owner: Client, organisation: Organisation
) -> None:
    address = f"/projects/?below={organisation.program.pk}&health=red&sort=code"
    page = Page(owner.get(address).content)
    assert page.links["All"] == f"?below={organisation.program.pk}&sort=code"
    assert page.links["In all portfolios and programs"] == "?health=red&sort=code"
    assert codes(owner, page.links["Done"]) == []
    assert codes(owner, page.links["Not started"]) == []
    assert codes(owner, page.links["Off track"]) == ["LATE"]


def test_projects_are_searched_by_a_form_that_keeps_the_rest(
    owner: Client, organisation: Organisation
) -> None:
    assert codes(owner, "?search=ledger") == ["LATE"]
    assert codes(owner, "?state=proposal") == ["BESIDE"]
    assert codes(owner, f"?manager={organisation.owner.pk}") == []
    Project.objects.filter(code="FINE").update(manager=organisation.owner)
    assert codes(owner, f"?manager={organisation.owner.pk}") == ["FINE"]
    page = owner.get(
        "/projects/?search=e&health=red&health=done&sort=code&page=1"
    ).content.decode()
    assert page.count(" checked") == 2
    assert '<input type="hidden" name="sort" value="code">' in page
    assert 'type="hidden" name="page"' not in page
    assert 'name="search" value="e"' in page
    assert Page(page.encode()).links["Clear"] == "/projects/"


def test_a_search_that_cannot_be_read_is_told_at_its_field(owner: Client) -> None:
    assert codes(owner, "?finish_date__lte=soon") == []
    assert (
        "Enter a valid date." in Page(owner.get("/projects/?finish_date__lte=soon").content).text
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?health=no", "Health: Select a valid choice. no is not one of the available choices."),
        ("?health=red&health=no", "Health: Select a valid choice. no is not one"),
        ("?below=x", "Enter a whole number."),
        ("?below=9e99", "Enter a whole number."),
    ],
)
def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(
    owner: Client, query: str, sentence: str
) -> None:
    assert codes(owner, query) == []
    page = Page(owner.get(f"/projects/{query}").content)
    assert sentence in page.text
    assert "There is no such project" not in page.text
    assert len(codes(owner, page.links["All projects"].removeprefix("/projects/"))) == 3


def test_an_order_or_page_that_does_not_exist_is_the_first(owner: Client) -> None:
    assert len(codes(owner, "?sort=no&page=x")) == 3


def test_a_huge_id_finds_nothing(owner: Client) -> None:
    assert codes(owner, "?below=99999999999999999999") == []


def test_many_projects_come_in_pages(organisation: Organisation, owner: Client) -> None:
    for _ in range(PAGE_SIZE):
        make_project(organisation.program)
    first = Page(owner.get("/projects/").content)
    assert len(first.names("Projects")) == PAGE_SIZE
    assert len(codes(owner, first.links["Next"])) == 3


def test_the_number_of_queries_does_not_grow(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reader = make_user()
    for _ in range(4):
        program = make_program()
        make_project(program)
        give_role(reader, program, Role.VIEWER)
    client = signed_in(reader)
    # session, user, rows, roots, snapshots, marks, failures, places and people to choose from;
    # a savepoint, its release
    with django_assert_num_queries(12):
        assert len(codes(client)) == 4
    # the dates of the trees; the component and whether it is visible
    with django_assert_num_queries(14):
        codes(client, f"?health=unknown&below={program.pk}")


def test_of_many_places_those_near_the_roots_are_offered_and_the_chosen_one(
    owner: Client, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "MOST_PLACES", 1)
    deep = make_program(organisation.program)

    def offered(query: str) -> list[str]:
        html = owner.get(f"/projects/{query}").content.decode()
        field = re.search(r'<select name="below".*?</select>', html, re.DOTALL)
        assert field is not None
        return re.findall(r'<option value="(\d*)"', field[0])

    nearest = str(organisation.portfolio.pk)
    assert offered("") == ["", nearest]
    assert offered(f"?below={deep.pk}") == ["", nearest, str(deep.pk)]
    assert offered("?below=nonsense") == ["", nearest]
