"""Tasks, milestones, progress, dependencies, lessons and evaluations are entered in pages."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Role
from projects.models import (
    ClosureEvaluation,
    Dependency,
    EarningMethod,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_accomplishment,
    make_baseline,
    make_cost,
    make_dependency,
    make_portfolio,
    make_progress,
    make_project,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

TASK = {
    "name": "Cellar",
    "start_date": "2026-03-02",
    "finish_date": "2026-03-20",
    "schedule_constraint": "asap",
}


class Work:
    """A project with a row of everything that has a form."""

    def __init__(self, organisation: Organisation) -> None:
        """Store it."""
        self.project = make_project(
            organisation.program,
            code="WORK",
            name="Works",
            start_date=START,
            finish_date=date(2026, 6, 30),
        )
        self.summary = make_task(self.project, budget=None, wbs="1", name="House")
        self.task = make_task(self.project, parent=self.summary, wbs="1.1", name="Walls")
        self.other = make_task(self.project, wbs="2", name="Garden")
        self.milestone = make_weighted_milestone(self.other, name="Lawn")
        self.dependency = make_dependency(self.task, self.other)
        self.lesson = Lesson.objects.create(
            project=self.project, event="Flood", recommendation="Build higher"
        )
        self.evaluation = ClosureEvaluation.objects.create(
            project=organisation.fine, date=FINISH, verdict="met", summary="Dry"
        )


@pytest.fixture
def work(organisation: Organisation) -> Work:
    """Return the work."""
    return Work(organisation)


Address = Callable[[Work], str]

ADDRESSES: dict[str, Address] = {
    "task-add": lambda w: "/components/WORK/tasks/new/",
    "task-change": lambda w: f"/tasks/{w.task.pk}/edit/",
    "task-delete": lambda w: f"/tasks/{w.task.pk}/delete/",
    "milestone-add": lambda w: f"/tasks/{w.task.pk}/weighted-milestones/new/",
    "milestone-change": lambda w: f"/weighted-milestones/{w.milestone.pk}/edit/",
    "milestone-delete": lambda w: f"/weighted-milestones/{w.milestone.pk}/delete/",
    "accomplishment-add": lambda w: (
        f"/weighted-milestones/{w.milestone.pk}/milestone-accomplishments/new/"
    ),
    "progress-add": lambda w: f"/tasks/{w.task.pk}/progress-entries/new/",
    "dependency-add": lambda w: f"/tasks/{w.task.pk}/dependencies/new/",
    "dependency-change": lambda w: f"/dependencies/{w.dependency.pk}/edit/",
    "dependency-delete": lambda w: f"/dependencies/{w.dependency.pk}/delete/",
    "lesson-add": lambda w: "/components/WORK/lessons/new/",
    "lesson-change": lambda w: f"/lessons/{w.lesson.pk}/edit/",
    "lesson-delete": lambda w: f"/lessons/{w.lesson.pk}/delete/",
    "evaluation-add": lambda w: "/components/WORK/closure-evaluations/new/",
    "evaluation-change": lambda w: f"/closure-evaluations/{w.evaluation.pk}/edit/",
    "evaluation-delete": lambda w: f"/closure-evaluations/{w.evaluation.pk}/delete/",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_owner_member_and_outsider(
    name: str, work: Work, owner: Client, member: Client, outsider: Client
) -> None:
    address = ADDRESSES[name](work)
    assert owner.get(address).status_code == 200
    assert [member.get(address).status_code, member.post(address).status_code] == [403, 403]
    for answer in (outsider.get(address), outsider.post(address)):
        assert answer.status_code == 404
        assert answer.content == outsider.get("/tasks/0/edit/").content


def test_a_contributor_reports_and_plans_nothing(work: Work) -> None:
    contributor = make_user()
    give_role(contributor, work.project, Role.CONTRIBUTOR)
    client = signed_in(contributor)
    allowed = {name for name in ADDRESSES if client.get(ADDRESSES[name](work)).status_code == 200}
    assert allowed == {"accomplishment-add", "progress-add"}


def test_a_task_page_is_for_those_who_see_the_project(
    work: Work, owner: Client, member: Client, outsider: Client
) -> None:
    address = f"/tasks/{work.task.pk}/"
    assert "Report progress" in Page(owner.get(address).content).links
    page = Page(member.get(address).content)
    assert "Garden" in page.text
    assert not {"Report progress", "Enter cost", "Edit", "New subtask"} & page.links.keys()
    assert outsider.get(address).status_code == 404
    assert outsider.get(address).content == outsider.get("/tasks/0/").content


def test_a_new_task_is_proposed_below_another_one(work: Work, owner: Client) -> None:
    Task.objects.filter(pk=work.summary.pk).update(finish_date=date(2026, 2, 20))
    address = f"/components/WORK/tasks/new/?parent={work.summary.pk}"
    content = owner.get(address).content.decode()
    for shown in ('value="1.2"', 'value="2026-01-05"', 'value="2026-02-20"'):
        assert shown in content
    assert 'value="physical_percent" selected' in content
    on_top = owner.get("/components/WORK/tasks/new/?parent=none").content.decode()
    assert 'value="3"' in on_top
    assert 'value="2026-06-30"' in on_top


def test_a_task_is_added_with_days_for_minutes(work: Work, owner: Client) -> None:
    values = {**TASK, "parent": work.summary.pk, "duration_minutes": "14.5", "budget": "900"}
    values["earning_method"] = "fifty_fifty"
    answer = owner.post("/components/WORK/tasks/new/", values)
    assert answer["Location"] == "/projects/WORK/tasks/"
    made = Task.objects.get(name="Cellar")
    assert (made.wbs, made.duration_minutes, made.budget) == ("1.2", 14.5 * 480, 900)
    assert b'value="14.5"' in owner.get(f"/tasks/{made.pk}/edit/").content


def test_the_number_follows_the_parent_that_is_chosen_in_the_form(
    work: Work, owner: Client
) -> None:
    address = f"/components/WORK/tasks/new/?parent={work.summary.pk}"
    owner.post(address, {**TASK, "parent": "", "wbs": "1.2"})
    assert Task.objects.get(name="Cellar").wbs == "3"
    owner.post(address, {**TASK, "name": "Shed", "parent": "", "wbs": "S"})
    assert Task.objects.get(name="Shed").wbs == "S"


def test_a_new_summary_needs_no_method(work: Work, owner: Client) -> None:
    owner.post("/components/WORK/tasks/new/", {**TASK, "earning_method": "physical_percent"})
    assert Task.objects.get(name="Cellar").earning_method is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"finish_date": "2026-03-01"}, "A task cannot finish before it starts."),
        ({"wbs": "2"}, "Another task of this project has this WBS number."),
        ({"budget": "-1", "earning_method": "fifty_fifty"}, "The budget cannot be negative."),
        ({"earning_method": "fifty_fifty"}, "A budget needs an earning method, and a method"),
        ({"duration_minutes": "0"}, "A milestone starts and finishes on the same day."),
        ({"is_key": "on"}, "Only a milestone, a task of zero duration, can be key."),
        ({"schedule_constraint": "snet"}, "This constraint and its date go together."),
        ({"start_date": "1900-01-01"}, "must lie between 1980-01-01 and 2059-12-31"),
        ({"duration_minutes": "NaN"}, "Enter a number"),
        ({"duration_minutes": "1e9"}, "Enter a number of days, at most 100,000."),
        ({"parent": "none"}, "Select a valid choice."),
    ],
)
def test_what_a_task_cannot_be_is_told_in_the_databases_words(
    work: Work, owner: Client, values: dict[str, str], sentence: str
) -> None:
    answer = owner.post("/components/WORK/tasks/new/", {**TASK, **values})
    assert sentence in Page(answer.content).text
    assert not Task.objects.filter(name="Cellar").exists()


def test_only_what_may_be_a_summary_is_offered_as_one(work: Work, owner: Client) -> None:
    address = "/components/WORK/tasks/new/"
    assert f'<option value="{work.other.pk}"' not in owner.get(address).content.decode()
    asked = owner.get(f"{address}?parent={work.other.pk}").content.decode()
    assert f'<option value="{work.other.pk}" selected>' in asked


def test_a_work_package_with_a_budget_takes_no_subtask(work: Work, owner: Client) -> None:
    answer = owner.post("/components/WORK/tasks/new/", {**TASK, "parent": work.task.pk})
    assert "A summary task has no budget, method or progress" in Page(answer.content).text
    assert not Task.objects.filter(name="Cellar").exists()


def test_a_task_moves_neither_below_itself_nor_into_another_project(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    address = f"/tasks/{work.summary.pk}/edit/"
    beside = make_task(work.project, budget=None)
    offered = owner.get(address).content.decode()
    assert f'<option value="{beside.pk}">' in offered
    assert f'<option value="{work.summary.pk}">' not in offered
    assert f'<option value="{work.task.pk}">' not in offered
    values = {**TASK, "wbs": "1", "name": "House"}
    answer = owner.post(address, {**values, "parent": work.task.pk})
    assert "A task cannot stand below itself." in Page(answer.content).text
    foreign = make_task(organisation.late)
    answer = owner.post(address, {**values, "parent": foreign.pk})
    assert "Select a valid choice." in Page(answer.content).text


def test_a_change_saves_what_was_changed_and_returns_to_the_task(
    work: Work, owner: Client
) -> None:
    values = {**TASK, "parent": work.summary.pk, "wbs": "1.1", "budget": "1000"}
    values |= {"name": "Thick walls", "earning_method": "physical_percent"}
    answer = owner.post(f"/tasks/{work.task.pk}/edit/", values)
    assert answer["Location"] == f"/tasks/{work.task.pk}/"
    work.task.refresh_from_db()
    assert (work.task.name, work.task.finish_date) == ("Thick walls", date(2026, 3, 20))


def test_a_task_in_a_baseline_is_not_deleted(work: Work, owner: Client) -> None:
    make_baseline(work.project)
    address = f"/tasks/{work.task.pk}/delete/"
    assert (
        "It cannot be deleted: it still has baseline tasks."
        in Page(owner.post(address).content).text
    )
    fresh = make_task(work.project)
    assert owner.post(f"/tasks/{fresh.pk}/delete/")["Location"] == "/projects/WORK/tasks/"
    assert not Task.objects.filter(pk=fresh.pk).exists()


def test_a_milestone_is_planned_for_the_end_of_its_task(work: Work, owner: Client) -> None:
    address = f"/tasks/{work.task.pk}/weighted-milestones/new/"
    assert b'value="2026-01-30"' in owner.get(address).content
    values = {"name": "Plaster", "weight": "2.5", "planned_date": "2026-01-20"}
    assert owner.post(address, values)["Location"] == f"/tasks/{work.task.pk}/"
    made = WeightedMilestone.objects.get(name="Plaster")
    assert (made.task_id, made.weight) == (work.task.pk, Decimal("2.5"))
    refused = owner.post(f"/weighted-milestones/{made.pk}/edit/", {**values, "weight": "0"})
    assert "The weight must be more than zero." in Page(refused.content).text


def test_an_accomplishment_is_a_fact_of_who_said_so(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    address = ADDRESSES["accomplishment-add"](work)
    assert f'value="{AS_OF}"'.encode() in owner.get(address).content
    answer = owner.post(address, {"date": "2026-02-01", "is_accomplished": "on"})
    assert answer["Location"] == f"/tasks/{work.other.pk}/"
    fact = MilestoneAccomplishment.objects.get(milestone=work.milestone)
    assert (fact.is_accomplished, fact.recorded_by) == (True, organisation.owner)
    assert fact.request_id is not None
    assert (
        "1 Feb 2026"
        in Page(owner.get(answer["Location"]).content).rows("Weighted milestones")[0].cells
    )


PROGRESS = {"date": "2026-02-06", "percent": "40", "remaining_minutes": "2.5", "note": "Half up"}


def test_progress_is_reported_with_days_for_minutes(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    address = f"/tasks/{work.task.pk}/progress-entries/new/"
    assert owner.post(address, PROGRESS)["Location"] == f"/tasks/{work.task.pk}/"
    fact = Progress.objects.get(task=work.task)
    assert (fact.percent, fact.remaining_minutes, fact.note) == (Decimal(40), 1200, "Half up")
    assert (fact.recorded_by, fact.date) == (organisation.owner, date(2026, 2, 6))
    page = Page(owner.get(f"/tasks/{work.task.pk}/").content)
    assert page.rows("Progress")[0].cells == ["6 Feb 2026", "40 %", "2.5", "Half up", "owner"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"percent": "101"}, "Percent must lie between 0 and 100."),
        ({"percent": ""}, "This field is required."),
        ({"date": "2070-01-01", "is_sure": "on"}, "The date must lie between 1980-01-01 and"),
        ({"remaining_minutes": "-1"}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_what_progress_cannot_be_is_told(
    work: Work, owner: Client, values: dict[str, str], sentence: str
) -> None:
    answer = owner.post(f"/tasks/{work.task.pk}/progress-entries/new/", {**PROGRESS, **values})
    assert sentence in Page(answer.content).text
    assert not Progress.objects.filter(task=work.task).exists()


def test_a_summary_takes_no_progress(work: Work, owner: Client) -> None:
    answer = owner.post(f"/tasks/{work.summary.pk}/progress-entries/new/", PROGRESS)
    assert (
        "A summary task has no progress of its own: report on its subtasks."
        in Page(answer.content).text
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"percent": "40"}, "It goes down from 60 % to 40 %."),
        ({"date": "2026-02-20", "percent": "80"}, "20 Feb 2026 lies after the status date"),
    ],
)
def test_what_looks_like_a_slip_is_asked_for_twice(
    work: Work, owner: Client, values: dict[str, str], sentence: str
) -> None:
    make_progress(work.task, 60, START)
    address = f"/tasks/{work.task.pk}/progress-entries/new/"
    doubted = owner.post(address, {**PROGRESS, **values})
    assert sentence in Page(doubted.content).text
    assert Progress.objects.filter(task=work.task).count() == 1
    assert b'name="is_sure"' in doubted.content
    assert owner.post(address, {**PROGRESS, **values, "is_sure": "on"}).status_code == 302
    assert Progress.objects.filter(task=work.task).count() == 2


def test_a_dependency_is_found_in_any_project_that_one_sees(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    address = f"/tasks/{work.task.pk}/dependencies/new/"
    own = owner.get(address).content.decode()
    assert f'<option value="{work.other.pk}">' in own
    assert f'<option value="{work.task.pk}">' not in own
    assert "Migration" not in own
    hidden = make_task(make_project(make_portfolio(), code="HIDDEN"), name="Migration of spies")
    found = owner.get(f"{address}?find=late+migr").content.decode()
    migration = Task.objects.get(project=organisation.late, name="Migration")
    assert f'<option value="{migration.pk}">' in found
    assert '<optgroup label="LATE Replace the ledger">' in found
    assert "spies" not in owner.get(f"{address}?find=migration").content.decode()
    assert owner.get(f"{address}?find=%00").status_code == 200
    assert owner.get(f"{address}?find=late%00%07+migr").content.decode().count("<option") == (
        found.count("<option")
    )
    values = {"predecessor": migration.pk, "link": "SS", "lag_minutes": "-0.5", "is_hard": "on"}
    assert owner.post(address, values)["Location"] == f"/tasks/{work.task.pk}/"
    made = Dependency.objects.get(predecessor=migration)
    assert (made.successor_id, made.link, made.lag_minutes) == (work.task.pk, "SS", -240)
    refused = owner.post(address, {**values, "predecessor": hidden.pk})
    assert "Select a valid choice." in Page(refused.content).text


def test_of_many_tasks_the_first_are_offered_and_the_rest_is_searched(
    work: Work, owner: Client
) -> None:
    tasks = [make_task(work.project, wbs=f"3.{number}", name="Brick") for number in range(101)]
    address = f"/tasks/{work.summary.pk}/dependencies/new/"
    page = owner.get(address).content.decode()
    assert page.count("<option") - 4 == 101
    assert "The first 100: search for what is not among them." in page
    assert f'<option value="{tasks[100].pk}">' not in page
    assert (
        f'<option value="{tasks[100].pk}">' in owner.get(f"{address}?find=3.100").content.decode()
    )


@pytest.mark.parametrize(
    ("predecessor", "sentence"),
    [("task", "A task cannot wait for itself."), ("other", "These tasks are linked already.")],
)
def test_what_a_dependency_cannot_be_is_told(
    work: Work, owner: Client, predecessor: str, sentence: str
) -> None:
    make_dependency(work.other, work.task)
    values = {"predecessor": getattr(work, predecessor).pk, "link": "FS", "lag_minutes": "0"}
    answer = owner.post(f"/tasks/{work.task.pk}/dependencies/new/", values)
    assert sentence in Page(answer.content).text


def test_what_a_dependency_ties_is_kept(work: Work, owner: Client) -> None:
    address = f"/dependencies/{work.dependency.pk}/edit/"
    page = owner.get(address)
    assert "It waits for 1.1 Walls." in Page(page.content).text
    assert b'name="predecessor"' not in page.content
    sent = {"link": "FF", "lag_minutes": "1", "predecessor": work.other.pk}
    owner.post(address, {**sent, "initial-is_hard": "True"})
    work.dependency.refresh_from_db()
    assert (work.dependency.link, work.dependency.lag_minutes) == ("FF", 480)
    assert (work.dependency.is_hard, work.dependency.predecessor_id) == (False, work.task.pk)


def test_what_is_awaited_is_named_only_to_those_who_may_see_it(
    work: Work, member: Client, organisation: Organisation
) -> None:
    secret = make_task(make_project(organisation.portfolio), name="Secret")
    make_dependency(secret, work.task)
    make_dependency(work.task, make_task(make_project(organisation.portfolio), name="Waiting"))
    page = Page(member.get(f"/tasks/{work.task.pk}/").content)
    first, second = page.rows("Dependencies")
    assert first.cells[0] == "a task that you may not see"
    assert second.cells[:2] == ["2 Garden", "waits for this"]
    assert "Secret" not in page.text
    assert "Waiting" not in page.text


def test_a_lesson_is_written_down_and_shown(work: Work, owner: Client) -> None:
    values = {"event": "Storm", "recommendation": "Nail it down"}
    answer = owner.post("/components/WORK/lessons/new/", values)
    assert answer["Location"] == "/projects/WORK/"
    text = Page(owner.get("/projects/WORK/").content).text
    assert "Storm Next time: Nail it down no owner" in text
    refused = owner.post("/components/WORK/lessons/new/", {"event": "Storm"})
    assert "This field is required." in Page(refused.content).text


EVALUATION = {"date": "2026-02-01", "verdict": "partly", "summary": "Most of it"}


def test_a_project_is_evaluated_once(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    again = owner.post("/components/FINE/closure-evaluations/new/", EVALUATION)
    assert "This project has been evaluated: change that evaluation." in Page(again.content).text
    address = f"/closure-evaluations/{work.evaluation.pk}/edit/"
    assert owner.post(address, EVALUATION)["Location"] == "/projects/FINE/"
    text = Page(owner.get("/projects/FINE/").content).text
    assert "Success criteria: partly met 1 Feb 2026 Most of it" in text


def test_a_project_that_ends_asks_for_its_evaluation(
    work: Work, owner: Client, organisation: Organisation
) -> None:
    assert "Evaluate" not in Page(owner.get("/projects/WORK/").content).links
    Project.objects.filter(code="WORK").update(state="closing")
    page = Page(owner.get("/projects/WORK/").content)
    assert page.links["Evaluate"] == "/components/WORK/closure-evaluations/new/"
    assert owner.post(page.links["Evaluate"], EVALUATION).status_code == 302
    assert work.project.closure_evaluation.verdict == "partly"


def fill(work: Work) -> None:
    """Put several rows of everything on a task."""
    for _ in range(3):
        author = make_user()
        make_progress(work.task, 5, START, recorded_by=author)
        make_cost(work.project, 1, START, task=work.task, recorded_by=author)
        make_accomplishment(make_weighted_milestone(work.task), START)
        make_dependency(make_task(work.project), work.task)
        make_dependency(work.task, make_task(make_project(work.project.parent)))


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        # session, user, component twice, status date, calendar, tasks, trail; savepoint, release
        ("task-add", 10),
        # session, user, task twice, project, calendar, tasks, trail; a savepoint, its release
        ("task-change", 10),
        # session, user, task twice, project, status date, calendar, tasks, project of the tasks,
        ("dependency-add", 11),
        # session, user, task, the six kinds of its rows, calendar, rights, trail; a savepoint …
        ("task", 14),
    ],
)
def test_the_number_of_queries_does_not_grow(
    work: Work,
    organisation: Organisation,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    queries: int,
) -> None:
    client = signed_in(organisation.owner)
    address = f"/tasks/{work.task.pk}/" if name == "task" else ADDRESSES[name](work)
    for times in (1, 3):
        for _ in range(times):
            fill(work)
        with django_assert_num_queries(queries):
            client.get(address)


def test_a_task_without_steps_that_earns_by_them_says_so(work: Work, owner: Client) -> None:
    method = EarningMethod.WEIGHTED_MILESTONES
    bare = make_task(work.project, earning_method=method, finish_date=FINISH + timedelta(1))
    text = Page(owner.get(f"/tasks/{bare.pk}/").content).text
    assert "a baseline can be taken when there is at least one" in text
    values: dict[str, Any] = {"name": "x" * 101}
    refused = owner.post("/projects/WORK/baseline/", {"name": ""})
    assert "needs at least one before a baseline is taken." in Page(refused.content).text
    assert (
        "at most 100 characters"
        in Page(owner.post("/projects/WORK/baseline/", values).content).text
    )
