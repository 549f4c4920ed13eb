"""Lists of a past day are narrowed by states, places and figures of that day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from rest_framework.test import APIClient

from portfolios.models import Portfolio
from portfolios.rollup import drain
from ppm.core.figures import figures_of
from ppm.core.filters.standing import with_state_on
from ppm.core.models import Component, Role, State, User
from ppm.core.past import paths_on, restore_states, within_on
from programs.models import Program
from projects.models import Project
from tests.api.conftest import client_of
from tests.factories import (
    give_role,
    make_cost,
    make_decision,
    make_issue,
    make_portfolio,
    make_program,
    make_project,
    make_risk,
    make_user,
)
from tests.pages.reading import Page
from tests.past.test_comparison import KEEPING
from tests.rollup.organisations import TODAY, organisation
from tests.rollup.states import rolled_back
from tests.rollup.test_incremental import Editor

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)
EARLIER = datetime(2026, 3, 31, 9, tzinfo=UTC)
LATER = datetime(2031, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Portfolio:
    """Make a tree that was brought to March, April and May.

    In April B was put on hold and moved, and the program that it had stood in became a root.
    """
    root = make_portfolio(code="ROOT", status_date=MARCH)
    first, second = make_program(root, code="PG1"), make_program(root, code="PG2")
    for code, home in (("A", first), ("B", first), ("C", second)):
        project = make_project(home, code=code)
        make_risk(project, date=MARCH, impact=100, title=f"Risk {code}", recorded_at=EARLIER)
    make_issue(Project.objects.get(code="B"), date=MARCH, recorded_at=EARLIER)
    drain(now=NOW)
    turn_to(APRIL)
    project = Project.objects.get(code="B")
    make_decision(project, State.ON_HOLD, before=State.EXECUTING, date=APRIL, recorded_at=EARLIER)
    make_decision(project, State.CLOSING, before=State.EXECUTING, date=MARCH, recorded_at=LATER)
    Project.objects.filter(code="B").update(state=State.ON_HOLD)
    project.move_to(second)
    first.move_to(None)
    drain(now=NOW)
    turn_to(MAY)
    return root


def turn_to(day: date) -> None:
    Component.objects.roots().update(status_date=day)
    drain(now=NOW)


@pytest.fixture
def reader(root: Portfolio, client: Client) -> Client:
    client.force_login(make_user(superuser=True))
    return client


@pytest.fixture
def api(root: Portfolio) -> APIClient:
    return client_of(make_user(superuser=True))


def codes(client: Client, address: str) -> list[str]:
    """List the projects and programs that a page leads to, in the order of their codes."""
    response = client.get(address)
    assert response.status_code == 200
    links = [
        link for row in Page(response.content).tables.get("Projects", []) for link in row.links
    ]
    return sorted(link.rstrip("/").rpartition("/")[2] for link in links)


def found(api: APIClient, collection: str, **query: str) -> list[str]:
    answer = api.get(f"/api/v1/{collection}/", query).json()
    rows = answer["results"]
    return sorted(row.get("code") or row["title"] for row in rows)


def pk(code: str) -> str:
    return str(Component.objects.get(code=code).pk)


@pytest.mark.parametrize(
    ("day", "on_hold", "executing"),
    [("2026-03-31", [], ["A", "B", "C"]), ("2026-04-30", ["B"], ["A", "C"])],
)
def test_by_the_state_of_the_day(
    reader: Client, api: APIClient, day: str, on_hold: list[str], executing: list[str]
) -> None:
    assert codes(reader, f"/on/{day}/projects/?state=on_hold") == on_hold
    assert codes(reader, f"/on/{day}/projects/?state=executing") == executing
    assert found(api, "projects", as_of=day, state="on_hold") == on_hold
    risks = [f"Risk {code}" for code in executing]
    assert found(api, "risks", as_of=day, component__state="executing") == risks


def test_of_today_by_the_state_of_today(reader: Client, api: APIClient) -> None:
    assert codes(reader, "/projects/?state=on_hold") == ["B"]
    assert found(api, "projects", as_of="2030-01-01", state="on_hold") == ["B"]
    assert found(api, "risks", component__state="on_hold") == ["Risk B"]


def test_by_the_place_of_the_day(reader: Client, api: APIClient) -> None:
    then = {"ROOT": ["A", "B", "C"], "PG1": ["A", "B"], "PG2": ["C"]}
    now = {"ROOT": ["B", "C"], "PG1": ["A"], "PG2": ["B", "C"]}
    for days, expected in ((("2026-03-31",), then), (("2026-04-30", "2026-05-31"), now)):
        for day in days:
            for code, below in expected.items():
                assert codes(reader, f"/on/{day}/projects/?below={pk(code)}") == below
                assert found(api, "projects", as_of=day, below__code=code) == below
                risks = [f"Risk {project}" for project in below]
                assert found(api, "risks", as_of=day, below=pk(code)) == risks


def test_by_the_parent_of_the_day(api: APIClient) -> None:
    assert found(api, "components", as_of="2026-03-31", parent=pk("PG1")) == ["A", "B"]
    assert found(api, "components", as_of="2026-03-31", parent__code="ROOT") == ["PG1", "PG2"]
    assert found(api, "components", as_of="2026-04-30", parent__code="PG2") == ["B", "C"]
    assert found(api, "components", parent__code="PG2") == ["B", "C"]
    assert found(api, "components", as_of="2026-03-31", is_root="true") == ["ROOT"]
    assert found(api, "components", as_of="2026-04-30", is_root="true") == ["PG1", "ROOT"]
    assert found(api, "programs", as_of="2026-03-31", is_root="false") == ["PG1", "PG2"]


def test_a_foreign_parent_finds_nothing(root: Portfolio) -> None:
    outsider = make_user()
    give_role(outsider, Component.objects.get(code="A"), Role.VIEWER)
    client = client_of(outsider)
    for name in ("parent", "below"):
        assert found(client, "components", as_of="2026-03-31", **{name: pk("PG1")}) == []
        assert found(client, "components", as_of="2026-03-31", **{f"{name}__code": "PG1"}) == []


def test_by_the_health_of_the_day(reader: Client) -> None:
    healths = dict(Component.objects.values_list("code", "snapshots__health"))
    assert set(healths) >= {"A", "B", "C"}
    assert codes(reader, "/on/2026-03-31/projects/?health=on_hold") == []
    assert codes(reader, "/on/2026-05-31/projects/?health=on_hold") == ["B"]


def test_a_register_sums_what_counted_on_the_day(reader: Client) -> None:
    """B, which is given up later, counted then."""
    make_decision(Project.objects.get(code="B"), State.TERMINATED, before=State.ON_HOLD, date=MAY)
    Project.objects.filter(code="B").update(state=State.TERMINATED)
    drain(now=NOW)
    assert sums_of_risks(reader, "/on/2026-03-31/risks/") == [150]
    assert sums_of_risks(reader, "/risks/") == [100, 50]


def sums_of_risks(client: Client, address: str) -> list[Decimal]:
    """Read what risks come to in the foot of their table: what counts, and the rest."""
    foot = Page(client.get(address).content).rows("Risks", "tfoot")
    return [value for row in foot for cell in row.values for value in cell]


def test_what_is_moved_twice_stands_where_its_home_stood(api: APIClient) -> None:
    """A moved on with its program: what has moved within what has moved is found where it was."""
    Project.objects.get(code="A").move_to(Program.objects.get(code="PG2"))
    make_cost(Component.objects.get(code="A"), amount=1, date=MAY)
    drain(now=NOW)
    assert found(api, "projects", as_of="2026-03-31", below__code="ROOT") == ["A", "B", "C"]
    assert found(api, "projects", as_of="2026-03-31", below__code="PG1") == ["A", "B"]
    assert found(api, "projects", as_of="2026-04-30", below__code="PG1") == ["A"]
    assert found(api, "projects", below__code="PG1") == []


@settings(max_examples=10)
@given(data=st.data())
def test_filters_and_rows_tell_the_same_past(data: DataObject) -> None:
    """Whatever is edited and moved later: each row is found by what is told of it."""
    with rolled_back():
        organisation(data, is_one_day=True)
        now = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=9)
        drain(now=now)
        Component.objects.roots().update(status_date=TODAY + timedelta(days=9))
        editor = Editor(data)
        for edit in data.draw(st.lists(st.sampled_from(KEEPING), min_size=1, max_size=8)):
            edit(editor)
            editor.write()
        drain(now=now)
        components = list(Component.objects.order_by("pk"))
        figures = figures_of(components, user=User(is_superuser=True), now=now, as_of=TODAY)
        states = with_state_on(TODAY, Component.objects.all(), "state")
        found = dict(states.annotate(told=F("state_then")).values_list("pk", "told"))
        restore_states(components, {pk: one.known for pk, one in figures.items()})
        assert found == {component.pk: component.state for component in components}
        paths = paths_on(TODAY, components)
        for above in components:
            within = set(within_on(TODAY, above).values_list("pk", flat=True))
            assert within == {pk for pk, path in paths.items() if above.pk in path}
