"""The tasks tab: the whole work breakdown against the baseline, searched and ordered."""

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Snapshot, State
from projects.breakdown import next_wbs, wbs_key
from projects.models import EarningMethod, Project, Task
from tests.factories import (
    FINISH,
    START,
    make_accomplishment,
    make_baseline,
    make_progress,
    make_project,
    make_task,
    make_weighted_milestone,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page, Row

TASKS = "/projects/BUILD/tasks/"


def opened(client: Client, query: str = "") -> Page:
    """Open the tab."""
    response = client.get(f"{TASKS}{query}")
    assert response.status_code == 200
    return Page(response.content)


def row_of(page: Page, name: str) -> Row:
    """Find the row of a task."""
    return next(row for row in page.rows("Tasks") if row.cells[0].startswith(name))


@pytest.fixture
def build(organisation: Organisation) -> Project:
    """Return a project of two parts; the numbers of the first one go beyond nine."""
    project = make_project(organisation.program, code="BUILD", name="Build")
    first = make_task(project, budget=None, wbs="1", name="Foundation")
    for number in (1, 9, 10):
        make_task(project, parent=first, wbs=f"1.{number}", name=f"Wall {number}")
    second = make_task(project, budget=None, wbs="2", name="Roof")
    deeper = make_task(project, budget=None, parent=second, wbs="2.1", name="Frame")
    make_task(project, parent=deeper, wbs="2.1.1", name="Beams", budget=3000)
    make_task(project, wbs="10", name="Party", start_date=FINISH, duration_minutes=0, is_key=True)
    make_baseline(project)
    make_progress(Task.objects.get(project=project, wbs="1.9"), 50, AS_OF)
    organisation.roll_up()
    return project


def test_all_tasks_stand_in_the_order_of_the_breakdown(owner: Client, build: Project) -> None:
    names = [name.split(" · ")[0] for name in opened(owner).names("Tasks")]
    assert names == [
        *("Foundation 1", "Wall 1 1.1", "Wall 9 1.9", "Wall 10 1.10"),
        *("Roof 2", "Frame 2.1", "Beams 2.1.1", "Party 10"),
    ]
    content = owner.get(TASKS).content.decode()
    assert content.count('class="depth-1') == 4
    assert content.count('class="depth-2') == 1


def test_a_summary_shows_the_sums_of_its_work_packages(owner: Client, build: Project) -> None:
    page = opened(owner)
    parts = [row_of(page, f"Wall {n}") for n in (1, 9, 10)]
    for column in (2, 3, 4, 5):
        sums = [sum(part.values[column][0] for part in parts)]
        assert row_of(page, "Foundation").values[column] == sums
    assert row_of(page, "Foundation").cells[6] == "16.7 %"
    assert row_of(page, "Roof").values == row_of(page, "Beams").values


def test_the_total_equals_the_snapshot_in_every_order_and_search(
    owner: Client, build: Project
) -> None:
    snapshot = Snapshot.objects.get(component=build)
    whole = [[snapshot.bac], [snapshot.pv], [snapshot.ev]]
    for query in ("", "?sort=behind", "?search=beams"):
        assert opened(owner, query).rows("Tasks", "tfoot")[-1].values[2:5] == whole


def test_what_was_one_work_package_in_the_baseline_still_counts(
    organisation: Organisation, owner: Client, build: Project
) -> None:
    beams = Task.objects.get(project=build, wbs="2.1.1")
    Task.objects.filter(pk=beams.pk).update(budget=None, earning_method=None)
    make_task(build, parent=beams, wbs="2.1.1.1", name="Cut", budget=1500)
    organisation.roll_up()
    snapshot = Snapshot.objects.get(component=build)
    page = opened(owner)
    [total] = page.rows("Tasks", "tfoot")
    assert total.values[2:5] == [[snapshot.bac], [snapshot.pv], [snapshot.ev]]
    assert row_of(page, "Beams").values[2] == [3000]
    assert "not in the baseline" in row_of(page, "Cut").cells


def test_those_furthest_behind_come_first_without_summaries(owner: Client, build: Project) -> None:
    names = opened(owner, "?sort=behind").names("Tasks")
    assert names[0].startswith("Beams")
    assert not any("Foundation" in name or "Roof" in name for name in names)


def test_tasks_are_searched_by_the_filters_of_the_api(owner: Client, build: Project) -> None:
    page = opened(owner, "?search=wall")
    assert len(page.names("Tasks")) == 3
    these, _ = page.rows("Tasks", "tfoot")
    assert these.cells[0] == "These together"
    assert these.values[2] == [3000]
    assert [name[:5] for name in opened(owner, "?is_milestone=true").names("Tasks")] == ["Party"]
    assert "No task of this project is like that." in opened(owner, "?search=cellar").text


def test_a_search_for_a_summary_adds_up_what_is_below_it_once(
    owner: Client, build: Project
) -> None:
    page = opened(owner, "?search=r")
    names = {name.split(" ")[0] for name in page.names("Tasks")}
    assert names == {"Roof", "Frame", "Party"}
    assert page.rows("Tasks", "tfoot")[0].values[2] == [4000]


def test_a_filter_that_cannot_be_read_says_so(owner: Client, build: Project) -> None:
    page = opened(owner, "?finish_date__gte=tomorrow")
    assert "Enter a valid date." in page.text
    assert "No task of this project is like that." in page.text


def test_dates_are_compared_with_the_baseline_and_the_deadline(
    owner: Client, build: Project
) -> None:
    late = FINISH + timedelta(days=7)
    Task.objects.filter(project=build, wbs="1.1").update(finish_date=late, deadline=FINISH)
    page = opened(owner)
    assert row_of(page, "Wall 1").cells[1] == (
        "5 Jan 2026 to 6 Feb 2026 baseline 5 Jan 2026 to 30 Jan 2026 , 7 days late "
        "deadline 30 Jan 2026 , 7 days late"
    )
    assert row_of(page, "Foundation").cells[1].endswith("7 days late")
    assert row_of(page, "Wall 9").cells[1] == "5 Jan 2026 to 30 Jan 2026 as in the baseline"


def test_work_that_earns_by_milestones_shows_what_it_earned(owner: Client, build: Project) -> None:
    method = EarningMethod.WEIGHTED_MILESTONES
    doors = make_task(build, wbs="3", name="Doors", budget=400, earning_method=method)
    done, _ = make_weighted_milestone(doors), make_weighted_milestone(doors, weight=3)
    make_baseline(build)
    make_accomplishment(done, AS_OF)
    assert row_of(opened(owner), "Doors").cells[4:7] == ["100.00", "300.00", "25 %"]


def test_only_those_who_may_change_the_work_are_led_to_its_forms(
    owner: Client, member: Client, build: Project
) -> None:
    wall = Task.objects.get(project=build, wbs="1.1")
    page = opened(owner)
    assert f"/tasks/{wall.pk}/edit/" in row_of(page, "Wall 1").links
    assert page.links["New task"] == "/components/BUILD/tasks/new/"
    assert page.links["Enter progress and cost"] == "/projects/BUILD/entry/"
    page = opened(member)
    assert row_of(page, "Wall 1").links == [f"/tasks/{wall.pk}/"]
    assert not {"New task", "Enter progress and cost"} & page.links.keys()


def test_a_project_without_tasks_says_what_that_means(
    owner: Client, organisation: Organisation
) -> None:
    page = Page(owner.get("/projects/BESIDE/tasks/").content)
    assert "it is one work package" in page.text
    assert page.links["New task"] == "/components/BESIDE/tasks/new/"


@pytest.mark.parametrize("query", ["", "?sort=behind", "?search=wall"])
def test_the_number_of_queries_does_not_grow(
    organisation: Organisation,
    build: Project,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: str,
) -> None:
    client = signed_in(organisation.owner)
    for part in (4, 5):
        # as in test_component_pages, and what is searched for
        with django_assert_num_queries(17 + bool("search" in query)):
            client.get(f"{TASKS}{query}")
        for number in range(24):
            make_progress(make_task(build, wbs=f"{part}.{number}", name="Wall"), 5, AS_OF)


@pytest.mark.parametrize(
    ("above", "taken", "number"),
    [
        ("", [], "1"),
        ("", ["1", "2", "2.7"], "3"),
        ("2", ["1", "2", "2.9", "2.10", "2.10.4", "20.1"], "2.11"),
        ("1", ["1.a"], "1.1"),
    ],
)
def test_the_next_number_is_free(above: str, taken: list[str], number: str) -> None:
    assert next_wbs(above, taken) == number


def test_numbers_are_ordered_as_people_count() -> None:
    assert sorted(["1.10", "1.9", "A", "1", "1.b", "10", "2"], key=wbs_key) == [
        *("1", "1.9", "1.10", "1.b", "2", "10", "A")
    ]


def test_the_overview_tells_what_is_next_and_what_is_behind(owner: Client, build: Project) -> None:
    Task.objects.filter(project=build, wbs="1.1").update(deadline=START)
    page = Page(owner.get("/projects/BUILD/").content)
    assert "5 Jan 2026 Wall 1 deadline 39 days overdue" in page.text
    assert "30 Jan 2026 Party key milestone 14 days overdue" in page.text
    assert "Beams 3,000.00 behind, nothing reported" in page.text
    assert page.links["All tasks, those furthest behind first"] == f"{TASKS}?sort=behind#tasks"
    make_progress(Task.objects.get(project=build, wbs="10"), 100, date(2026, 2, 1))
    assert "Party" not in Page(owner.get("/projects/BUILD/").content).text
    Project.objects.filter(pk=build.pk).update(state=State.CLOSED)
    assert "Beams" not in Page(owner.get("/projects/BUILD/").content).text
