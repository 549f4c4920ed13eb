"""The grid of progress and cost: what is filled in is recorded, all of it or nothing."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import CostEntry, Role
from projects.models import EarningMethod, MilestoneAccomplishment, Progress, Project, Task
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_accomplishment,
    make_baseline,
    make_cost,
    make_progress,
    make_project,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

ENTRY = "/projects/SITE/entry/"


class Site:
    """A project with a task of each kind, and its grid as a browser sends it."""

    def __init__(self, organisation: Organisation) -> None:
        """Store it."""
        self.project = make_project(organisation.program, code="SITE", name="Site")
        summary = make_task(self.project, budget=None, wbs="1", name="House")
        self.walls = make_task(self.project, parent=summary, wbs="1.1", name="Walls")
        self.roof = make_task(
            self.project, parent=summary, wbs="1.2", name="Roof", start_date=FINISH
        )
        self.effort = make_task(
            self.project, wbs="2", name="Guarding", earning_method=EarningMethod.LEVEL_OF_EFFORT
        )
        self.doors = make_task(
            self.project, wbs="3", name="Doors", earning_method=EarningMethod.WEIGHTED_MILESTONES
        )
        self.front = make_weighted_milestone(self.doors, name="Front door")
        self.back = make_weighted_milestone(self.doors, name="Back door")
        self.later = make_task(
            self.project,
            wbs="4",
            name="Garden",
            start_date=date(2026, 3, 2),
            finish_date=date(2026, 3, 31),
        )
        make_baseline(self.project)
        make_accomplishment(self.front, START)
        make_progress(self.walls, 60, date(2026, 2, 6))

    def posted(self, *tasks: Task, **cells: Any) -> dict[str, Any]:
        """Return what the browser sends of the rows of these tasks, or of all."""
        rows = tasks or (self.walls, self.roof, self.effort, self.doors, self.later)
        return {
            "date": AS_OF.isoformat(),
            "task": [task.pk for task in rows],
            f"initial-m{self.front.pk}-is_accomplished": "True",
            f"m{self.front.pk}-is_accomplished": "on",
            f"initial-m{self.back.pk}-is_accomplished": "False",
            **cells,
        }

    def cell(self, task: Task, name: str) -> str:
        """Name a cell."""
        return f"t{task.pk}-{name}"

    def facts(self) -> int:
        """Count what is recorded."""
        return (
            Progress.objects.filter(task__project=self.project).count()
            + CostEntry.objects.filter(component=self.project).count()
            + MilestoneAccomplishment.objects.filter(milestone__task__project=self.project).count()
        )


@pytest.fixture
def site(organisation: Organisation) -> Site:
    """Return the site."""
    return Site(organisation)


def shown(client: Client, query: str = "") -> list[str]:
    """Open the grid and return the names of its rows."""
    response = client.get(f"{ENTRY}{query}")
    assert response.status_code == 200
    return [name.split(" ")[0] for name in Page(response.content).names("Entries")]


def with_role(project: Project, role: Role) -> Client:
    """Return the browser of somebody with a role on the project."""
    user = make_user()
    give_role(user, project, role)
    return signed_in(user)


def test_owner_member_and_outsider(
    site: Site, owner: Client, member: Client, outsider: Client
) -> None:
    assert owner.get(ENTRY).status_code == 200
    assert [member.get(ENTRY).status_code, member.post(ENTRY).status_code] == [403, 403]
    for answer in (outsider.get(ENTRY), outsider.post(ENTRY)):
        assert answer.status_code == 404
        assert answer.content == outsider.get("/projects/NONE/entry/").content


def test_what_is_under_way_or_due_comes_first_and_what_is_finished_not_at_all(
    site: Site, owner: Client
) -> None:
    make_progress(site.roof, 100, AS_OF)
    assert shown(owner) == ["Walls", "Guarding", "Doors", "Garden"]
    assert shown(owner, "?all=1") == ["Walls", "Guarding", "Doors", "Garden", "Roof"]
    make_accomplishment(site.back, AS_OF)
    assert "Doors" not in shown(owner)
    assert shown(owner, "?date=2026-01-04") == ["Walls", "Guarding", "Garden"]
    assert shown(owner, f"?task={site.roof.pk}") == ["Roof"]
    assert shown(owner, "?date=2026-02-31&page=x") == ["Walls", "Guarding", "Garden"]


def test_the_newest_report_stands_beside_the_new_one(site: Site, owner: Client) -> None:
    page = Page(owner.get(ENTRY).content)
    rows = {row.cells[0].split(" ")[0]: row.cells for row in page.rows("Entries")}
    assert rows["Walls"][1] == "60 % 6 Feb 2026"
    assert rows["Guarding"][1:3] == ["nothing yet", "earns by time"]
    assert rows["Doors"][2] == "Front door 30 Jan 2026 Back door 30 Jan 2026"
    content = owner.get(ENTRY).content.decode()
    assert f'value="{AS_OF}"' in content
    assert 'type="number"' not in content
    assert 'inputmode="decimal"' in content


def test_a_week_is_recorded_in_one_go(
    site: Site, owner: Client, organisation: Organisation
) -> None:
    make_cost(site.project, 1, START, category="Stone")
    assert b'<option value="Stone">' in owner.get(ENTRY).content
    cells = {
        site.cell(site.walls, "percent"): "75.5",
        site.cell(site.walls, "remaining_minutes"): "1.5",
        site.cell(site.walls, "note"): "Rain",
        site.cell(site.walls, "amount"): "1200.50",
        site.cell(site.walls, "category"): "Stone",
        site.cell(site.effort, "amount"): "-30",
        f"m{site.back.pk}-is_accomplished": "on",
    }
    answer = owner.post(f"{ENTRY}?page=1", site.posted(**cells))
    assert answer["Location"] == f"{ENTRY}?page=1&date=2026-02-13"
    report = Progress.objects.get(task=site.walls, date=AS_OF)
    assert (report.percent, report.remaining_minutes, report.note) == (
        Decimal("75.5"),
        720,
        "Rain",
    )
    costs = CostEntry.objects.filter(component=site.project, date=AS_OF).order_by("amount")
    assert [(cost.task, cost.amount) for cost in costs] == [
        (site.effort, -30),
        (site.walls, 1200.5),
    ]
    step = MilestoneAccomplishment.objects.get(milestone=site.back)
    assert step.is_accomplished
    assert {fact.recorded_by for fact in (report, *costs, step)} == {organisation.owner}
    assert len({fact.request_id for fact in (report, *costs, step)} - {None}) == 1
    text = Page(owner.get(answer["Location"]).content).text
    assert "Recorded: 1 report of progress, 2 cost entries, 1 milestone." in text
    assert "75.5 % 13 Feb 2026" in text


def test_untouched_rows_record_nothing(site: Site, owner: Client) -> None:
    before = site.facts()
    answer = owner.post(ENTRY, site.posted())
    assert "Nothing was entered." in Page(answer.content).text
    assert site.facts() == before


def test_a_milestone_is_taken_back_by_its_checkbox(site: Site, owner: Client) -> None:
    values = site.posted()
    del values[f"m{site.front.pk}-is_accomplished"]
    assert owner.post(ENTRY, values).status_code == 302
    newest = MilestoneAccomplishment.objects.filter(milestone=site.front).latest("pk")
    assert not newest.is_accomplished


def test_what_somebody_else_accomplished_meanwhile_stays(site: Site, owner: Client) -> None:
    values = site.posted(**{site.cell(site.walls, "percent"): "70"})
    make_accomplishment(site.back, AS_OF)
    assert owner.post(ENTRY, values).status_code == 302
    assert MilestoneAccomplishment.objects.filter(milestone=site.back).count() == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("percent", "abc", "1.2 Roof, New percent: Enter a number."),
        ("percent", "101", "1.2 Roof, New percent: Percent must lie between 0 and 100."),
        ("note", "Rain", "1.2 Roof, New percent: This field is required."),
        ("remaining_minutes", "x", "1.2 Roof, Days left: Enter a number."),
        ("amount", "0", "1.2 Roof, Cost: A cost entry needs an amount other than zero."),
        ("category", "Stone", "1.2 Roof, Cost: This field is required."),
    ],
)
def test_one_wrong_cell_keeps_all_from_being_recorded(
    site: Site, owner: Client, name: str, value: str, sentence: str
) -> None:
    before = site.facts()
    cells = {site.cell(site.walls, "percent"): "71", site.cell(site.walls, "note"): "Dry"}
    answer = owner.post(ENTRY, site.posted(**cells, **{site.cell(site.roof, name): value}))
    assert site.facts() == before
    assert sentence.replace(":", " :", 1).replace(" :", ":") in Page(answer.content).text
    content = answer.content.decode()
    for typed in ("71", "Dry", value):
        assert f'value="{typed}"' in content


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        ("2070-01-01", "The date must lie between 1980-01-01 and 2059-12-31."),
        ("soon", "Date: Enter a valid date."),
        ("", "Date: This field is required."),
    ],
)
def test_a_wrong_date_is_told(site: Site, owner: Client, on: str, sentence: str) -> None:
    before = site.facts()
    values = site.posted(**{site.cell(site.walls, "percent"): "71", "date": on, "is_sure": "on"})
    page = Page(owner.post(ENTRY, values).content)
    assert sentence in page.text
    assert site.facts() == before


@pytest.mark.parametrize(
    ("percent", "on", "sentence"),
    [
        ("50", AS_OF, "1.1 Walls: It goes down from 60 % to 50 %."),
        ("70", AS_OF + timedelta(days=1), "Date: 14 Feb 2026 lies after the status date"),
    ],
)
def test_what_looks_like_a_slip_is_recorded_when_it_is_confirmed(
    site: Site, owner: Client, percent: str, on: date, sentence: str
) -> None:
    before = site.facts()
    values = site.posted(**{site.cell(site.walls, "percent"): percent, "date": on.isoformat()})
    page = Page(owner.post(ENTRY, values).content)
    assert sentence in page.text
    assert site.facts() == before
    assert owner.post(ENTRY, {**values, "is_sure": "on"}).status_code == 302
    assert site.facts() == before + 1


def test_a_report_of_the_past_tells_that_a_newer_one_counts(site: Site, owner: Client) -> None:
    values = site.posted(**{site.cell(site.walls, "percent"): "40", "date": "2026-02-02"})
    answer = owner.post(ENTRY, values)
    text = Page(owner.get(answer["Location"]).content).text
    assert "1.1 Walls: the report of 6 Feb 2026 is newer and still counts." in text
    assert "60 % 6 Feb 2026" in text


def test_only_the_cells_that_one_may_fill_are_shown_and_read(site: Site) -> None:
    cells = {site.cell(site.roof, "percent"): "10", site.cell(site.roof, "amount"): "5"}
    contributor = with_role(site.project, Role.CONTRIBUTOR)
    page = contributor.get(ENTRY).content.decode()
    assert "-percent" in page
    assert "-amount" not in page
    assert contributor.post(ENTRY, site.posted(**cells)).status_code == 302
    assert not CostEntry.objects.filter(component=site.project).exists()
    finance = with_role(site.project, Role.FINANCE)
    page = finance.get(ENTRY).content.decode()
    assert "<h1>Enter cost</h1>" in page
    assert "-percent" not in page
    before = Progress.objects.count()
    assert finance.post(ENTRY, site.posted(**cells)).status_code == 302
    assert (CostEntry.objects.get(component=site.project).task, Progress.objects.count()) == (
        site.roof,
        before,
    )


def test_rows_of_other_projects_are_not_read(
    site: Site, owner: Client, organisation: Organisation
) -> None:
    foreign = make_task(organisation.late)
    values = site.posted(site.walls, foreign, **{site.cell(foreign, "percent"): "10"})
    page = Page(owner.post(ENTRY, values).content)
    assert "A task that stood here is gone. Look again." in page.text
    assert not Progress.objects.filter(task=foreign).exists()


def test_what_became_a_summary_meanwhile_takes_cost_only(site: Site, owner: Client) -> None:
    Task.objects.filter(pk=site.later.pk).update(budget=None, earning_method=None)
    make_task(site.project, parent=site.later)
    row = site.cell(site.later, "percent"), site.cell(site.later, "amount")
    answer = owner.post(ENTRY, site.posted(site.later, **{row[0]: "10", row[1]: "7"}))
    assert answer.status_code == 302
    assert not Progress.objects.filter(task=site.later).exists()
    page = Page(owner.get(f"{ENTRY}?task={site.later.pk}").content)
    assert "a summary: report on its subtasks" in page.text


def test_a_project_without_open_tasks_says_so(owner: Client, site: Site) -> None:
    make_project(site.project.parent, code="BARE")
    page = Page(owner.get("/projects/BARE/entry/").content)
    assert "No task of this project is open." in page.text


def test_the_number_of_queries_does_not_grow(
    site: Site, organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(organisation.owner)
    for rows in (1, 12):
        # session, user, project, rights, status date, tasks, reports, milestones, calendar,
        # categories, trail; a savepoint and its release
        with django_assert_num_queries(13):
            client.get(ENTRY)
        for _ in range(rows):
            task = make_task(site.project, earning_method=EarningMethod.WEIGHTED_MILESTONES)
            make_accomplishment(make_weighted_milestone(task), START)
            make_weighted_milestone(task)
            make_progress(make_task(site.project), 5, START)
    with django_assert_num_queries(13):
        client.get(ENTRY)
