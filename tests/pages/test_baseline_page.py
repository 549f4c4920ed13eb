"""The page of a project's baselines: what a new one would change, and taking it."""

from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from projects.models import Baseline, EarningMethod, Project, Task
from tests.factories import (
    FINISH,
    START,
    make_baseline,
    make_project,
    make_task,
    make_weighted_milestone,
)
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page

BASELINE = "/projects/PLAN/baseline/"


@pytest.fixture
def plan(organisation: Organisation) -> Project:
    """Return a project with three work packages in its baseline."""
    project = make_project(organisation.program, code="PLAN", name="Plan")
    for number in (1, 2, 10):
        make_task(project, wbs=str(number), name=f"Package {number}")
    make_baseline(project)
    return project


def opened(client: Client) -> Page:
    """Open the page."""
    response = client.get(BASELINE)
    assert response.status_code == 200
    return Page(response.content)


def test_owner_member_and_outsider(
    plan: Project, owner: Client, member: Client, outsider: Client
) -> None:
    assert "Take baseline 1" in opened(owner).text
    assert "Take baseline" not in opened(member).text
    assert member.post(BASELINE, {"name": "Mine"}).status_code == 403
    for answer in (outsider.get(BASELINE), outsider.post(BASELINE)):
        assert answer.status_code == 404
        assert answer.content == outsider.get("/projects/NONE/baseline/").content


def test_a_plan_that_was_not_changed_shows_no_difference(plan: Project, owner: Client) -> None:
    assert "Nothing: the plan is as it was approved." in opened(owner).text


def test_what_was_added_removed_and_moved_is_listed(plan: Project, owner: Client) -> None:
    tasks = {task.wbs: task for task in Task.objects.filter(project=plan)}
    moved = Task.objects.filter(pk=tasks["10"].pk)
    moved.update(finish_date=FINISH + timedelta(days=14), budget=1500)
    Task.objects.filter(pk=tasks["2"].pk).update(budget=None, earning_method=None)
    make_task(plan, parent=tasks["2"], wbs="2.1", name="Part", budget=200)
    page = opened(owner)
    assert [row.cells[:3] for row in page.rows("Differences")] == [
        ["2 Package 2", "Removed", "5 Jan 2026 to 30 Jan 2026"],
        ["2.1 Part", "Added", "5 Jan 2026 to 30 Jan 2026"],
        [
            "10 Package 10",
            "Changed",
            "5 Jan 2026 to 30 Jan 2026 → 5 Jan 2026 to 13 Feb 2026",
        ],
    ]
    assert "Budget 2,700.00 −300.00 against 3,000.00" in page.text
    assert "Finish 13 Feb 2026 14 days late against 30 Jan 2026" in page.text


def test_other_methods_and_milestones_are_differences_too(plan: Project, owner: Client) -> None:
    stepwise = Task.objects.filter(project=plan, wbs="1")
    stepwise.update(earning_method=EarningMethod.WEIGHTED_MILESTONES)
    step = make_weighted_milestone(stepwise.get())
    assert opened(owner).rows("Differences")[0].cells[5] == (
        "earns by weighted milestones, other milestones"
    )
    make_baseline(plan)
    assert "Differences" not in opened(owner).tables
    step.planned_date = START
    step.save()
    assert opened(owner).rows("Differences")[0].cells[5] == "other milestones"


def test_a_baseline_is_taken_under_a_name(
    plan: Project, owner: Client, organisation: Organisation
) -> None:
    make_task(plan, budget=500)
    answer = owner.post(BASELINE, {"name": "Approved in May"})
    assert answer["Location"] == BASELINE
    taken = Baseline.objects.get(project=plan, is_current=True)
    assert (taken.number, taken.name, taken.approved_by) == (
        1,
        "Approved in May",
        organisation.owner,
    )
    page = opened(owner)
    assert "Baseline 1 was taken." in page.text
    assert [row.cells[0] for row in page.rows("Baselines")] == ["1 Approved in May current", "0"]
    assert page.rows("Baselines")[0].cells[3] == "3,500.00"


def test_the_first_baseline_tells_what_it_would_hold(
    owner: Client, organisation: Organisation
) -> None:
    project = make_project(organisation.program, code="NEW")
    address = "/projects/NEW/baseline/"
    text = Page(owner.get(address).content).text
    assert "There is nothing to plan by yet" in text
    refused = Page(owner.post(address, {"name": ""}).content).text
    assert "A baseline needs tasks, or else the project's start, finish and budget." in refused
    Project.objects.filter(pk=project.pk).update(budget=900)
    project.start_date, project.finish_date = START, date(2026, 5, 29)
    project.save(update_fields=["start_date", "finish_date"])
    page = Page(owner.get(address).content)
    assert "It would hold 1 work package for 900.00, from 5 Jan 2026 to 29 May 2026" in page.text
    assert page.rows("Differences")[0].cells[0] == "The project itself"
    assert owner.post(address, {"name": "First"}).status_code == 302
    assert "Nothing: the plan is as it was approved." in Page(owner.get(address).content).text


def test_the_number_of_queries_does_not_grow(
    plan: Project, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(organisation.owner)
    for tasks in (0, 9):
        for _ in range(tasks):
            make_weighted_milestone(
                make_task(plan, earning_method=EarningMethod.WEIGHTED_MILESTONES)
            )
            make_baseline(plan)
        # session, user, project, rights, trail, baselines, the current one, tasks, milestones
        # now and then, what is in it; a savepoint and its release
        with django_assert_num_queries(13):
            client.get(BASELINE)
