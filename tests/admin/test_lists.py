"""Lists in the admin: as many queries for many rows as for few; searches, filters, orders."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.text import slugify

from portfolios.models import BudgetEnvelope, ObjectiveContribution
from portfolios.rollup import drain
from ppm.core.models import (
    ApiToken,
    CalendarDay,
    Component,
    DirtyMark,
    HealthPolicy,
    MonthClose,
    RoleAssignment,
    RollupFailure,
    Snapshot,
    User,
    WorkCalendar,
)
from programs.models import BenefitLink, BenefitPlan, Program
from projects.models import Baseline, ClosureEvaluation, Dependency, Project, Task
from tests.admin.conftest import member, signed_in
from tests.admin.pages import MODELS, WITH_ROWS, address, shown, stored
from tests.factories import (
    START,
    make_issue,
    make_objective,
    make_portfolio,
    make_project,
    make_risk,
    make_task,
    make_user,
)
from tests.pages.conftest import NOW, make_organisation
from tests.rows import ROWS, World

DAY = timedelta(days=1)
MOST_QUERIES = 15
"""For any list, of a member of a governance body; the session and the user are two of them."""

Vary = Callable[[Any, World, int], None]


def set_(**values: Callable[[World, int], Any]) -> Vary:
    """Give each row values of its own."""

    def vary(row: Any, world: World, number: int) -> None:
        for name, value in values.items():
            setattr(row, name, value(world, number))

    return vary


OWN_VALUES: dict[type[models.Model], Vary] = {
    User: set_(username=lambda _, i: f"u{i}", email=lambda _, i: f"u{i}@example.org"),
    ApiToken: set_(digest=lambda _, i: f"{i:064}"),
    RoleAssignment: set_(user=lambda *_: make_user()),
    HealthPolicy: set_(version=lambda _, i: i + 1),
    WorkCalendar: set_(name=lambda _, i: f"Shift {i}"),
    MonthClose: set_(month_end=lambda _, i: date(2025 - i // 12, i % 12 + 1, 1) - DAY),
    CalendarDay: set_(day=lambda _, i: START + timedelta(days=i)),
    Snapshot: set_(as_of=lambda _, i: START + timedelta(days=i)),
    RollupFailure: set_(component=lambda w, _: make_project(w.program)),
    Task: set_(wbs=lambda _, i: f"9.{i}"),
    Dependency: set_(predecessor=lambda w, _: make_task(w.neighbour)),
    Baseline: set_(number=lambda _, i: i + 9, is_current=lambda *_: False),
    ClosureEvaluation: set_(project=lambda w, _: make_project(w.program)),
    BenefitLink: set_(project=lambda w, _: make_project(w.program)),
    BenefitPlan: set_(period_end=lambda _, i: START + timedelta(days=i)),
    BudgetEnvelope: set_(finish_date=lambda _, i: START + timedelta(days=i)),
    ObjectiveContribution: set_(objective=lambda w, _: make_objective(w.portfolio)),
}


def add_rows(model: type[models.Model], world: World, numbers: range) -> None:
    """Store rows of the model that differ where they must."""
    for number in numbers:
        row: Any = ROWS[model](world)
        if isinstance(row, Component):
            row.code = f"{row.code}-{number}"
        elif hasattr(row, "name") and model not in OWN_VALUES:
            row.name = f"Name {number}"
        OWN_VALUES.get(model, set_())(row, world, number)
        row.save()


def queries_of(client: Client, page: str) -> int:
    """Count the queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


@pytest.mark.parametrize("model", WITH_ROWS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(
    model: type[models.Model], world: World, boss: Client
) -> None:
    add_rows(model, world, range(3))
    governor = signed_in(member(world))
    people = [boss] if model is User else [boss, governor]
    page = address(model, "changelist")
    few = [queries_of(person, page) for person in people]
    add_rows(model, world, range(3, 12))
    many = [queries_of(person, page) for person in people]
    assert many == few
    assert max(many) <= MOST_QUERIES


def test_the_list_of_all_components_reads_their_figures_at_once(
    world: World, boss: Client
) -> None:
    page = address(Component, "changelist")
    few = queries_of(boss, page)
    for _ in range(12):
        make_project(world.program)
    drain(now=NOW)
    assert queries_of(boss, page) == few


def test_the_first_page_takes_as_many_queries_for_many_rows(world: World, boss: Client) -> None:
    few = queries_of(boss, "/admin/")
    for _ in range(5):
        project = make_project(make_portfolio())
        RollupFailure.objects.create(component=project, error="x")
        DirtyMark.objects.create(component_id=project.pk)
    assert queries_of(boss, "/admin/") == few
    assert few <= 12


def test_a_reference_is_searched_in_as_many_queries_for_many_rows(
    world: World, boss: Client
) -> None:
    for model, field in (("core.riskassessment", "risk"), ("projects.progress", "task")):
        app, name = model.split(".")
        page = f"/admin/autocomplete/?app_label={app}&model_name={name}&field_name={field}&term="
        few = queries_of(boss, page)
        for _ in range(5):
            make_risk(world.project)
            make_task(world.project)
        assert queries_of(boss, page) == few


def test_figures_stand_in_the_list_and_above_the_form(db: None) -> None:
    made = make_organisation()
    made.roll_up()
    client = signed_in(make_user(superuser=True))
    text = client.get(address(Program, "changelist")).content.decode()
    for figure in ("Off track", "13 Feb 2026", "5,000.00", "EUR"):
        assert figure in text
    projects = client.get(address(Project, "changelist")).content.decode()
    assert "2,000.00" in projects
    page = client.get(address(Project, "change", made.late.pk)).content.decode()
    for figure in ("Off track", "Forecast cost", "CPI", "13 Feb 2026"):
        assert figure in page


@pytest.mark.parametrize("model", MODELS)
def test_every_list_is_searched_filtered_and_counted(
    model: type[models.Model], world: World, boss: Client
) -> None:
    if model in ROWS:
        stored(model, world)
    everything = shown(boss, model)
    answer: Any = boss.get(address(model, "changelist"), {"_facets": "True"})
    assert answer.status_code == 200
    if admin.site._registry[model].search_fields:
        assert shown(boss, model, q="nothing like that") == []
    for spec in answer.context["cl"].filter_specs:
        for choice in list(spec.choices(answer.context["cl"]))[-2:]:
            narrowed = boss.get(address(model, "changelist") + choice["query_string"])
            assert narrowed.status_code == 200, (slugify(spec.title), choice)
            found = [row.pk for row in narrowed.context["cl"].result_list]
            assert set(found) <= set(everything) or len(everything) == 50


def test_a_part_of_the_tree_is_a_filter(world: World, boss: Client) -> None:
    risks = [make_risk(world.project), make_risk(world.program), make_risk(make_portfolio())]
    model = type(risks[0])
    below = {risk.pk for risk in risks[:2]} | {world.risk.pk}
    assert set(shown(boss, model, below=world.program.pk)) == below
    assert set(shown(boss, model, below=world.project.pk)) == below - {risks[1].pk}
    for value in (987654321, "x", "9" * 40, "-1"):
        assert shown(boss, model, below=value) == []
    governor = signed_in(member(world))
    assert shown(governor, model, below=risks[2].component_id) == []


def test_health_is_a_filter(db: None) -> None:
    made = make_organisation()
    made.roll_up()
    client = signed_in(make_user(superuser=True))
    assert shown(client, Project, health="red") == [made.late.pk]
    assert shown(client, Project, health="not_started") == [made.beside.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"component__manager__password__startswith": "m"},
        {"component__description__contains": "x"},
        {"owner__email__startswith": "a"},
        {"description__contains": "x"},
    ],
)
def test_nothing_is_filtered_by_what_is_no_filter(
    query: dict[str, str], world: World, boss: Client
) -> None:
    assert boss.get(address(type(world.risk), "changelist"), query).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"p": "x"},
        {"p": "99"},
        {"o": "99.x.-1"},
        {"date__year": "x"},
        {"date__year": "2026", "date__month": "13"},
        {"q": "\0"},
        {"is_open__exact": "maybe"},
        {"all": "1"},
        {"e": "1"},
    ],
)
def test_nonsense_in_the_address_breaks_no_list(
    query: dict[str, str], world: World, boss: Client
) -> None:
    make_issue(world.project)
    page = address(type(world.risk.assessments.get()), "changelist")
    assert boss.get(page, query, follow=True).status_code == 200


def test_columns_sort(world: World, boss: Client) -> None:
    first = make_project(world.program, code="AAA", name="Zebra")
    second = make_project(world.program, code="ZZZ", name="Ant")
    for order, expected in (("1", [first, second]), ("2", [second, first])):
        found = [pk for pk in shown(boss, Project, o=order) if pk in (first.pk, second.pk)]
        assert found == [row.pk for row in expected]
