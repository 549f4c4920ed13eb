"""What moved between two dates, as the API tells it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from portfolios.models import Portfolio
from portfolios.rollup import drain
from ppm.core.comparison import MEASURES
from ppm.core.models import Component, Role
from programs.models import Program
from projects.models import Project
from tests.api.conftest import client_of
from tests.factories import (
    give_role,
    make_baseline,
    make_cost,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_task,
    make_user,
)
from tests.past.test_comparison import APRIL, BEFORE, MARCH, MAY, NOW, named, turn_to

pytestmark = pytest.mark.django_db

QUERIES = 14
"""Of a comparison: the token and its user, both dates, the parts, and the facts of all kinds."""


@pytest.fixture
def root() -> Portfolio:
    """Make a tree at the end of April, in which project A has spent 25 since March and B 30."""
    root = make_portfolio(code="ROOT", status_date=MARCH)
    first, second = make_program(root, code="PG1"), make_program(root, code="PG2")
    for code, home, spent in (("A", first, 100), ("B", second, 40)):
        project = make_project(home, code=code)
        make_cost(project, amount=spent, date=MARCH, recorded_at=BEFORE)
    drain(now=NOW)
    make_cost(named("A"), amount=-25, date=APRIL)
    make_cost(named("B"), amount=30, date=APRIL)
    make_cost(root, amount=7, date=APRIL)
    turn_to(APRIL)
    return root


@pytest.fixture
def reader(root: Portfolio) -> APIClient:
    return reader_of(root)


def reader_of(component: Component) -> APIClient:
    user = make_user()
    give_role(user, component, Role.AUDITOR)
    return client_of(user)


def compared(client: APIClient, code: str, **query: str) -> Any:
    """Compare March and April, where nothing else is said."""
    answer = client.get(address_of(code), query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def address_of(code: str) -> str:
    return f"/api/v1/components/{named(code).pk}/comparison/"


def test_the_usual_dates_are_the_month_end_before_and_the_status_date(reader: APIClient) -> None:
    found = compared(reader, "ROOT")
    assert (found["before"]["as_of"], found["after"]["as_of"]) == ("2026-03-31", "2026-04-30")
    assert found == compared(reader, "ROOT", first="2026-03-31", second="2026-04-30")
    turn_to(MAY)
    assert compared(reader, "ROOT", second="2026-04-30")["before"]["as_of"] == "2026-03-31"
    late = compared(reader, "ROOT", first="2026-03-31", second="2027-01-01")
    assert late["after"]["as_of"] == "2026-05-31"


def test_each_figure_names_what_moved_it_the_most_first(reader: APIClient) -> None:
    found = compared(reader, "ROOT")
    assert list(found["figures"]) == list(MEASURES)
    spent = found["figures"]["spent"]
    assert (spent["before"], spent["after"], spent["change"]) == (
        "140.0000",
        "152.0000",
        "12.0000",
    )
    assert [(part["code"], part["change"]) for part in spent["parts"]] == [
        ("PG2", "30.0000"),
        ("PG1", "-25.0000"),
    ]
    assert (spent["itself"], spent["out_of_sight"]) == ("7.0000", "0.0000")
    assert found["figures"]["own_cost"]["itself"] == "7.0000"
    assert found["currency"] == "EUR"


def test_what_was_never_known_is_null(reader: APIClient) -> None:
    never = compared(reader, "ROOT")["figures"]["benefit_target"]
    assert never == {
        **dict.fromkeys(("before", "after", "change", "more_change", "out_of_sight", "itself")),
        "parts": [],
        "more_parts": 0,
    }


def test_parts_make_the_change_after_a_move(root: Portfolio, reader: APIClient) -> None:
    turn_to(MAY)
    named("A").move_to(named("PG2"))
    drain(now=NOW)
    for code in ("ROOT", "PG1", "PG2"):
        found = compared(reader, code, first="2026-04-30", second="2026-05-31")
        for figure in found["figures"].values():
            if figure["change"] is not None:
                changes = [part["change"] for part in figure["parts"]]
                others = (figure["more_change"], figure["out_of_sight"], figure["itself"])
                sums = [*changes, *others]
                assert sum(map(Decimal, sums)) == Decimal(figure["change"])
    assert [(part["code"], part["before"]) for part in found["figures"]["spent"]["parts"]] == [
        ("A", None)
    ]


def test_what_has_moved_out_of_sight_is_a_sum_without_a_name(root: Portfolio) -> None:
    client = reader_of(named("PG1"))
    turn_to(MAY)
    named("A").move_to(named("PG2"))
    drain(now=NOW)
    answer = client.get(address_of("PG1"), {"first": "2026-04-30", "second": "2026-05-31"})
    spent = answer.json()["figures"]["spent"]
    assert (spent["parts"], spent["out_of_sight"]) == ([], "-75.0000")
    assert f'"code":"{named("A").code}"' not in answer.content.decode()
    assert str(named("A").pk) not in [part["component"] for part in spent["parts"]]


def test_ratios_and_health_stand_on_both_dates(root: Portfolio, reader: APIClient) -> None:
    project = Project.objects.get(code="A")
    task = make_task(project, budget=1000)
    make_baseline(project)
    make_progress(task, 50, MAY)
    turn_to(MAY)
    found = compared(reader, "A", first="2026-04-30")
    shown = reader.get(f"/api/v1/components/{project.pk}/").json()
    for name in ("cpi", "spi", "roi"):
        assert found["after"][name] == shown["snapshot"][name]
    assert found["before"]["spi"] is None
    assert found["after"]["spi"] is not None
    assert found["after"]["health"] == shown["health"]
    before_all = compared(reader, "A", first="2025-12-31")["before"]
    assert (before_all["health"], before_all["computed_at"]) == ("unknown", None)


def test_the_new_facts_lead_to_where_they_are_kept(root: Portfolio, reader: APIClient) -> None:
    task = make_task(Project.objects.get(code="A"))
    progress = make_progress(task, date=APRIL, percent=40)
    facts = compared(reader, "A")["facts"]
    assert [(fact["kind"], fact["amount"]) for fact in facts] == [
        ("progress", None),
        ("costs", "-25.0000"),
    ]
    assert facts[0]["id"] == progress.pk
    for fact in facts:
        kept = reader.get(f"/api/v1/{fact['kind']}/{fact['id']}/").json()
        assert {name: kept[name] for name in ("id", "date", "recorded_at")} == {
            name: fact[name] for name in ("id", "date", "recorded_at")
        }


def test_what_the_limit_leaves_out_is_counted_and_summed(
    root: Portfolio, reader: APIClient
) -> None:
    for amount in (1, 2, 3):
        make_cost(make_project(Program.objects.get(code="PG1")), amount=amount, date=APRIL)
        make_cost(named("PG1"), amount=amount, date=APRIL)
    drain(now=NOW)
    found = compared(reader, "PG1", limit="2")
    spent = found["figures"]["spent"]
    assert [part["change"] for part in spent["parts"]] == ["-25.0000", "3.0000"]
    assert (spent["more_parts"], spent["more_change"], spent["itself"]) == (2, "3.0000", "6.0000")
    assert [fact["amount"] for fact in found["facts"]] == ["3.0000", "2.0000"]
    assert found["more_facts"] == 1
    whole = compared(reader, "PG1", limit="200")
    assert len(whole["figures"]["spent"]["parts"]) == 4
    assert (whole["figures"]["spent"]["more_parts"], whole["more_facts"]) == (0, 0)


def test_a_late_fact_changes_no_comparison_of_the_past(reader: APIClient) -> None:
    turn_to(MAY)
    before = compared(reader, "A", second="2026-04-30")
    make_cost(named("A"), amount=1000, date=APRIL)
    drain(now=NOW)
    assert compared(reader, "A", second="2026-04-30") == before
    [late] = compared(reader, "A", first="2026-04-30")["facts"]
    assert late["amount"] == "1000.0000"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"first": "yesterday"}, "first"),
        ({"second": "2026-W05-6"}, "second"),
        ({"first": "2026-04-30", "second": "2026-03-31"}, "first"),
        ({"first": "2026-03-31", "second": "2026-03-31"}, "first"),
        ({"first": "2026-04-30"}, "first"),
        ({"first": "2027-01-01", "second": "2027-12-31"}, "first"),
        ({"as_of": "2026-03-31"}, "as_of"),
        ({"figure": "eac"}, "figure"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "many"}, "limit"),
    ],
)
def test_dates_that_make_no_period_are_refused(
    query: dict[str, str], parameter: str, reader: APIClient
) -> None:
    refused = reader.get(address_of("ROOT"), query)
    assert refused.status_code == 400, refused.json()
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]


def test_what_is_not_visible_answers_like_what_is_missing(root: Portfolio) -> None:
    client = reader_of(make_portfolio())
    missing = root.pk + 10_000
    answers = [client.get(address_of("ROOT")).json()]
    answers.append(client.get(f"/api/v1/components/{missing}/comparison/").json())
    for answer in answers:
        assert answer["status"] == 404
        del answer["instance"], answer["request_id"]
    assert answers[0] == answers[1]
    assert APIClient().get(address_of("ROOT")).status_code == 401
    assert reader_of(root).post(address_of("ROOT"), {}).status_code == 405


def test_it_takes_as_many_queries_for_much_as_for_little(
    root: Portfolio, reader: APIClient
) -> None:
    reader.get(address_of("PG1"))
    counts = []
    for number in (1, 12):
        for _ in range(number):
            make_cost(make_project(Program.objects.get(code="PG1")), amount=1, date=APRIL)
            make_cost(named("PG1"), amount=1, date=APRIL)
        drain(now=NOW)
        with CaptureQueriesContext(connection) as queries:
            found = compared(reader, "PG1")
        counts.append(len(queries))
    assert len(found["figures"]["spent"]["parts"]) == 14
    assert len(found["facts"]) == 13
    assert counts == [QUERIES, QUERIES]
