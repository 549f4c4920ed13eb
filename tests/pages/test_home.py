"""The home page: the visible tree with figures, folded and unfolded without a script."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Role, RollupFailure, Snapshot
from ppm.core.templatetags.figures import DASH
from tests.factories import (
    give_role,
    make_portfolio,
    make_program,
    make_project,
    make_report,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

TREE = "What you can see, as a tree"
FOLDED = "?open="


def home(client: Client, query: str = "") -> Page:
    """Open the home page."""
    response = client.get(f"/{query}")
    assert response.status_code == 200
    return Page(response.content)


def test_a_single_tree_starts_unfolded(owner: Client) -> None:
    codes = [name.split(" · ")[1] for name in home(owner).names(TREE)]
    assert codes == ["HOME", "PAY", "BESIDE"]


def test_a_folded_tree_shows_what_is_topmost(owner: Client) -> None:
    [row] = home(owner, FOLDED).rows(TREE)
    assert row.cells[0].endswith("Portfolio · HOME")
    assert row.cells[1].startswith("Off track") or row.cells[1].startswith("At risk")
    assert row.cells[8].startswith("13 Feb 2026")


def test_rows_unfold_and_fold_by_links(owner: Client, organisation: Organisation) -> None:
    folded = home(owner, FOLDED)
    unfolded = home(owner, folded.links["Unfold Digital services"])
    assert [name.split(" · ")[1] for name in unfolded.names(TREE)] == ["HOME", "PAY", "BESIDE"]
    deeper = home(owner, unfolded.links["Unfold Payments"])
    codes = [name.split(" · ")[1] for name in deeper.names(TREE)]
    assert codes == ["HOME", "PAY", "LATE", "FINE", "BESIDE"]
    refolded = home(owner, deeper.links["Fold Digital services"])
    assert len(refolded.names(TREE)) == 1
    assert refolded.links["Unfold Digital services"].startswith(f"?open={organisation.program.pk}")


def test_each_row_leads_to_its_page(owner: Client, organisation: Organisation) -> None:
    page = home(owner, f"?open={organisation.portfolio.pk},{organisation.program.pk}")
    for name in ("Digital services", "Payments", "Replace the ledger"):
        assert owner.get(page.links[name]).status_code == 200


def test_a_member_starts_at_the_program(member: Client) -> None:
    assert [name.split(" · ")[1] for name in home(member, FOLDED).names(TREE)] == ["PAY"]


def test_a_role_below_another_adds_no_second_row(organisation: Organisation) -> None:
    give_role(organisation.owner, organisation.program, Role.AUDITOR)
    assert len(home(signed_in(organisation.owner), FOLDED).names(TREE)) == 1


def test_an_outsider_sees_nothing_of_it(outsider: Client, organisation: Organisation) -> None:
    page = home(outsider, f"?open={organisation.portfolio.pk},{organisation.program.pk}")
    assert [name.split(" · ")[1] for name in page.names(TREE)] == ["OTHER"]
    assert "ledger" not in page.text


def test_anonymous_visitors_sign_in_first(db: None, client: Client) -> None:
    response = client.get("/?open=3")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/%3Fopen%3D3"


def test_nothing_to_see_says_what_to_do(db: None) -> None:
    page = home(signed_in(make_user()))
    assert "Ask a portfolio manager to give you a role" in page.text
    assert TREE not in page.tables


@pytest.mark.parametrize(
    "query", ["?open=x,,-1,٣", "?open=99999999999999999999", "?open=&sort=no&page=x"]
)
def test_odd_addresses_are_read_as_far_as_they_go(owner: Client, query: str) -> None:
    assert len(home(owner, query).names(TREE)) == 1


def test_the_answer_counts_projects_in_delivery(owner: Client) -> None:
    page = home(owner)
    assert "1 of 2 projects in delivery off track , 0 at risk, 0 not rated" in page.text
    assert page.links["1 of 2 projects in delivery off track"] == "/projects/?health=red"
    assert "1 tree, 3 projects" in page.text


def test_counts_lead_to_the_projects_they_count(owner: Client, organisation: Organisation) -> None:
    row = home(owner).rows(TREE)[1]
    assert row.cells[7] == "1 off track of 2"
    below = f"/projects/?below={organisation.program.pk}&health=red"
    assert row.links[-1] == below
    assert Page(owner.get(below).content).names("Projects") == [
        "Replace the ledger Project · LATE · EUR"
    ]


def test_children_add_up_to_their_parent(owner: Client, organisation: Organisation) -> None:
    page = home(owner, f"?open={organisation.portfolio.pk},{organisation.program.pk}")
    rows = {row.cells[0].split(" · ")[1]: row.values for row in page.rows(TREE)}
    for column in (3, 4):
        children = [rows[code][column] for code in ("FINE", "LATE")]
        assert sum(sum(values) for values in children) == sum(rows["PAY"][column]) > 0


def test_the_last_line_adds_up_what_is_topmost(organisation: Organisation) -> None:
    other = make_portfolio()
    Snapshot.objects.create(component=other, as_of="2026-01-01", bac=100, eac=120, count_red=1)
    give_role(organisation.owner, other, Role.VIEWER)
    page = home(signed_in(organisation.owner))
    [total] = page.rows(TREE, "tfoot")
    for column in (3, 4):
        parts = [row.values[column][0] for row in page.rows(TREE)]
        assert total.values[column] == [sum(parts)]
    assert "2 of 3 projects in delivery off track" in page.text


def test_different_currencies_are_not_added(organisation: Organisation) -> None:
    give_role(organisation.owner, make_portfolio(currency="USD"), Role.VIEWER)
    assert home(signed_in(organisation.owner)).rows(TREE, "tfoot") == []


def test_what_is_not_known_is_a_dash_with_its_reason(
    owner: Client, organisation: Organisation
) -> None:
    page = home(owner, f"?open={organisation.portfolio.pk}")
    row = next(row for row in page.rows(TREE) if "BESIDE" in row.cells[0])
    assert row.cells[3] == f"{DASH} no baseline has been taken"
    assert row.values[3] == []


def test_a_marked_component_is_said_to_be_updating(
    owner: Client, organisation: Organisation
) -> None:
    assert "Updating…" not in home(owner).text
    organisation.late.priority = 1
    organisation.late.save()
    [row] = home(owner, FOLDED).rows(TREE)
    assert "Updating…" in row.cells[8]


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("code", ["A", "B", "C"]),
        ("name", ["C", "B", "A"]),
        ("health", ["B", "C", "A"]),
        ("budget", ["C", "B", "A"]),
    ],
)
def test_rows_come_in_the_order_asked_for(db: None, sort: str, codes: list[str]) -> None:
    reader = make_user()
    for code, name, health, bac in (
        ("A", "Z", "green", Decimal(1)),
        ("B", "Y", "red", Decimal(2)),
        ("C", "X", "red", Decimal(1)),
    ):
        root = make_portfolio(code=code, name=name)
        held = Decimal(5) if code == "C" and sort == "budget" else None
        Snapshot.objects.create(
            component=root, as_of="2026-01-01", health=health, bac=bac, held=held
        )
        give_role(reader, root, Role.VIEWER)
    names = home(signed_in(reader), f"?sort={sort}").names(TREE)
    assert [name.split(" · ")[1] for name in names] == codes


def test_figures_of_a_day_to_come_do_not_decide_the_order(db: None) -> None:
    reader = make_user()
    today = datetime.now(UTC).date()
    for code, health, later in (("A", "amber", "green"), ("B", "green", "red")):
        root = make_portfolio(code=code)
        Snapshot.objects.create(component=root, as_of=today, health=health)
        Snapshot.objects.create(component=root, as_of=today + timedelta(days=9), health=later)
        give_role(reader, root, Role.VIEWER)
    names = home(signed_in(reader)).names(TREE)
    assert [name.split(" · ")[1] for name in names] == ["A", "B"]


def test_an_override_is_told_in_lists(owner: Client, organisation: Organisation) -> None:
    make_report(
        organisation.late,
        "green",
        AS_OF,
        override_reason="The vendor has been replaced and the new plan is agreed.",
        valid_until=AS_OF,
        recorded_by=organisation.member,
        approved_by=organisation.owner,
    )
    organisation.roll_up()
    rows = home(owner, f"?open={organisation.portfolio.pk},{organisation.program.pk}").rows(TREE)
    late = next(row for row in rows if "LATE" in row.cells[0])
    assert late.cells[1] == "On track Reported by its manager; computed: off track"


def test_what_could_not_be_computed_says_since_when(
    owner: Client, organisation: Organisation
) -> None:
    RollupFailure.objects.create(
        component=organisation.program,
        error="division",
        first_failed_at=datetime(2026, 2, 11, tzinfo=UTC),
    )
    Snapshot.objects.filter(component=organisation.portfolio).update(degraded=True)
    page = home(owner)
    whole, program = page.rows(TREE)[:2]
    assert "has failed to compute since 11 Feb 2026" in program.cells[8]
    assert "a part could not be computed" in whole.cells[8]
    address = organisation.program.get_absolute_url()
    text = Page(owner.get(address).content).text
    assert "This has failed to compute since 11 Feb 2026 :" in text
    address = organisation.portfolio.get_absolute_url()
    assert "A part of this could not be computed" in Page(owner.get(address).content).text


def test_long_levels_are_cut_and_say_so(db: None) -> None:
    root = make_portfolio()
    reader = make_user()
    give_role(reader, root, Role.VIEWER)
    for _ in range(52):
        make_program(root)
    page = home(signed_in(reader), f"?open={root.pk}")
    assert len(page.rows(TREE)) == 51
    assert "The first 50 are below; 2 more on its page." in page.rows(TREE)[0].cells[0]


def test_many_topmost_components_come_in_pages(db: None) -> None:
    reader = make_user()
    for _ in range(51):
        give_role(reader, make_portfolio(), Role.VIEWER)
    client = signed_in(reader)
    first = home(client)
    assert len(first.rows(TREE)) == 50
    assert len(home(client, first.links["Next"]).rows(TREE)) == 1


# session, user, topmost, roots, snapshots, marks, failures; and one savepoint with its release,
# because each request is a transaction.
FOLDED_QUERIES = 9


def test_the_number_of_queries_does_not_grow(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        root = make_portfolio()
        program = make_program(root)
        make_project(program)
        give_role(organisation.owner, root, Role.VIEWER)
    client = signed_in(organisation.owner)
    with django_assert_num_queries(FOLDED_QUERIES):
        client.get("/")
    with django_assert_num_queries(FOLDED_QUERIES + 1):
        client.get(f"/?open={organisation.portfolio.pk},{organisation.program.pk},{root.pk}")
