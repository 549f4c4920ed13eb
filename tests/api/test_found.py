"""What filters find, and what they never find."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from portfolios.rollup import drain
from ppm.core.models import (
    ChangeStatus,
    Component,
    IssueSeverity,
    Role,
    Snapshot,
    State,
)
from projects.models import EarningMethod, Project
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_accomplishment,
    make_baseline,
    make_benefit,
    make_change,
    make_cost,
    make_estimate,
    make_issue,
    make_link,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_risk,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.rows import World

DAY = timedelta(days=1)


def ids(client: APIClient, name: str, **query: Any) -> list[int]:
    """List the ids of the rows that a query finds."""
    answer = client.get(f"/api/v1/{name}/", {"ordering": "id", **query})
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_several_states_are_asked_for_at_once(world: World, owner: APIClient) -> None:
    idea = make_project(world.program, state=State.IDEA)
    closed = make_project(world.program, state=State.CLOSED)
    found = ids(owner, "projects", state=["idea", "closed"])
    assert found == [idea.pk, closed.pk]


def test_a_search_finds_every_word_in_any_column(world: World, owner: APIClient) -> None:
    river = make_project(world.program, "RIVER-1", name="Cleaner water", scope="North bank")
    make_project(world.program, "RIVER-2", name="Cleaner air")
    assert ids(owner, "projects", search="river WATER") == [river.pk]
    assert ids(owner, "projects", search="north") == [river.pk]
    assert ids(owner, "projects", search="river fire") == []


def test_a_code_leads_to_what_one_sees_only(world: World, owner: APIClient) -> None:
    hidden = make_project(make_program(make_portfolio()))
    link = make_link(world.benefit, hidden)
    mine = make_link(world.benefit, world.project)
    assert ids(owner, "benefit-links", project__code=world.project.code) == [mine.pk]
    assert ids(owner, "benefit-links", project__code=hidden.code) == []
    administrator = make_user(superuser=True)
    assert link.pk not in ids(owner, "benefit-links", project=hidden.pk)
    assert administrator.is_superuser
    below = ids(owner, "benefit-links", below__code=world.portfolio.code)
    assert below == [link.pk, mine.pk]
    assert ids(owner, "benefit-links", below__code=hidden.code) == []
    assert ids(owner, "components", parent__code=world.program.code) == [world.project.pk]
    assert ids(owner, "components", below__code=world.program.code) == [world.project.pk]
    assert world.portfolio.pk in ids(owner, "components", root__code=world.portfolio.code)


def test_rows_are_found_by_the_manager_of_their_component(world: World, owner: APIClient) -> None:
    give_role(world.user, world.project, Role.PROJECT_MANAGER)
    Component.objects.filter(pk=world.project.pk).update(manager=world.user)
    assert ids(owner, "risks", component__manager=world.user.pk) == [world.risk.pk]
    assert ids(owner, "tasks", project__manager=world.user.pk) == [world.task.pk]
    assert ids(owner, "tasks", project__state="closed") == []


def test_what_changed_since_a_moment_is_found(world: World, owner: APIClient) -> None:
    cost = make_cost(world.project)
    recorded = timezone.now()
    for since, found in ((recorded - DAY, [cost.pk]), (recorded + DAY, [])):
        text = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        assert ids(owner, "costs", recorded_at__gte=text) == found
        assert ids(owner, "costs", recorded_at__gte=since.date().isoformat()) == found
    before = (recorded + DAY).date().isoformat()
    assert ids(owner, "projects", updated_at__lt=before) == [world.project.pk, world.neighbour.pk]


def test_what_refers_to_a_project_tells_it_apart(world: World, owner: APIClient) -> None:
    bare = make_project(world.program)
    make_link(make_benefit(world.program), world.project)
    make_link(make_benefit(make_portfolio()), world.neighbour)
    assert ids(owner, "projects", has_benefits="true") == [world.project.pk]
    assert ids(owner, "projects", has_tasks="false") == [bare.pk]
    assert ids(owner, "projects", has_baseline="true") == [world.project.pk]
    assert ids(owner, "programs", has_benefits="true") == [world.program.pk]
    assert ids(owner, "benefits", has_links="false") == [world.benefit.pk]


class TestRegister:
    """Entries by their newest assessments."""

    def test_the_newest_assessment_says_whether_an_entry_is_open(
        self, world: World, owner: APIClient
    ) -> None:
        reopened = make_risk(world.project, is_open=False)
        reopened.assessments.create(date=START + DAY, probability=0, impact=1, is_open=True)
        closed = make_risk(world.project)
        closed.assessments.create(date=START + DAY, probability=0, impact=1, is_open=False)
        late = make_risk(world.project, date=START + DAY)
        late.assessments.create(date=START, probability=0, impact=1, is_open=False)
        new = world.project.risks.create(title="Not assessed")
        open_ = [world.risk.pk, reopened.pk, late.pk, new.pk]
        assert ids(owner, "risks", is_open="true") == open_
        assert ids(owner, "risks", is_open="false") == [closed.pk]

    def test_a_change_is_open_until_it_is_settled(self, world: World, owner: APIClient) -> None:
        by_status = {status: make_change(world.project, status) for status in ChangeStatus}
        closed = [by_status[ChangeStatus.REJECTED].pk, by_status[ChangeStatus.IMPLEMENTED].pk]
        assert ids(owner, "changes", is_open="false") == closed
        assert ids(owner, "changes", status=["rejected"]) == closed[:1]

    def test_only_the_newest_assessment_counts(self, world: World, owner: APIClient) -> None:
        risk = make_risk(world.project, 0.9, 5000)
        risk.assessments.create(date=START + DAY, probability="0.1", impact=10)
        assert ids(owner, "risks", probability__gte="0.8") == []
        assert ids(owner, "risks", probability__lte="0.2", impact__lte="10") == [risk.pk]
        assert ids(owner, "risks", assessed__gte=(START + DAY).isoformat()) == [risk.pk]

    def test_conditions_are_those_of_one_assessment(self, world: World, owner: APIClient) -> None:
        late, minor = START + 9 * DAY, IssueSeverity.MINOR
        issue = make_issue(world.project, minor, due_date=late)
        issue.assessments.create(date=START - DAY, severity="critical", due_date=START)
        assert ids(owner, "issues", severity="minor", due_date__gte=late) == [issue.pk]
        assert ids(owner, "issues", severity="critical", due_date__lte=late) == []

    def test_an_open_issue_past_its_due_date_is_overdue(
        self, world: World, owner: APIClient
    ) -> None:
        Component.objects.filter(pk=world.portfolio.pk).update(status_date=FINISH)
        overdue = make_issue(world.project, due_date=FINISH - DAY)
        make_issue(world.project, due_date=FINISH)
        make_issue(world.project, due_date=FINISH - DAY, is_open=False)
        assert ids(owner, "issues", is_overdue="true") == [overdue.pk]
        assert overdue.pk not in ids(owner, "issues", is_overdue="false")
        assert len(ids(owner, "issues", is_overdue="false")) == 3

    def test_an_entry_shows_its_newest_assessment(self, world: World, owner: APIClient) -> None:
        newest = world.risk.assessments.create(date=FINISH, probability="0.25", impact=7)
        new = owner.post("/api/v1/risks/", {"component": world.project.pk, "title": "Hail"}).json()
        assert new["assessment"] is None
        first, second = owner.get("/api/v1/risks/").json()["results"]
        assert (first["assessment"]["id"], second["assessment"]) == (newest.pk, None)
        address = f"/api/v1/risks/{world.risk.pk}/"
        for answer in (owner.get(address), owner.patch(address, {"title": "Rain"})):
            assert answer.json()["assessment"]["probability"] == "0.2500"


class TestOverdueTasks:
    """Tasks that should be finished and are not."""

    @pytest.fixture
    def project(self, world: World) -> Project:
        """Return a project under way, the day after its tasks should be finished."""
        Component.objects.filter(pk=world.portfolio.pk).update(status_date=FINISH + DAY)
        return make_project(world.program)

    def test_progress_decides(self, project: Project, owner: APIClient) -> None:
        silent, half, done, late = (make_task(project) for _ in range(4))
        make_progress(half, 50)
        make_progress(done, 50)
        make_progress(done, 100, FINISH)
        make_progress(late, 100, FINISH + 2 * DAY)
        make_task(project, finish_date=FINISH + DAY)
        found = [silent.pk, half.pk, late.pk]
        assert ids(owner, "tasks", project=project.pk, is_overdue="true") == found
        assert len(ids(owner, "tasks", project=project.pk, is_overdue="false")) == 2

    def test_milestones_decide_where_they_earn(self, project: Project, owner: APIClient) -> None:
        method = EarningMethod.WEIGHTED_MILESTONES
        tasks = [make_task(project, earning_method=method) for _ in range(3)]
        for number, task in enumerate(tasks):
            first, second = make_weighted_milestone(task), make_weighted_milestone(task)
            make_accomplishment(first)
            if number:
                make_accomplishment(second)
            if number == 2:
                make_accomplishment(second, FINISH, is_accomplished=False)
        found = [tasks[0].pk, tasks[2].pk]
        assert ids(owner, "tasks", project=project.pk, is_overdue="true") == found

    def test_only_leaves_of_work_under_way_are_late(
        self, project: Project, world: World, owner: APIClient
    ) -> None:
        summary = make_task(project, budget=None)
        make_task(project, parent=summary, finish_date=FINISH + DAY)
        make_task(project, earning_method=EarningMethod.LEVEL_OF_EFFORT)
        for state in (State.ON_HOLD, State.CLOSED, State.TERMINATED, State.PROPOSAL):
            make_task(make_project(world.program, state=state))
        overdue = ids(owner, "tasks", is_overdue="true")
        assert overdue == [world.task.pk, world.other_task.pk]


class TestFigures:
    """Components by what they have come to."""

    @pytest.fixture
    def projects(self, world: World) -> list[Project]:
        """Return a cheap and a dear project, computed, and one that was never computed."""
        projects = [make_project(world.program) for _ in range(2)]
        for number, project in enumerate(projects):
            task = make_task(project, budget=1000 * (number + 1))
            make_baseline(project)
            make_progress(task, 50)
            make_cost(project, 400 + 800 * number)
            make_estimate(project, 600, forecast_finish=FINISH + number * DAY)
        drain(now=datetime(2026, 1, 20, tzinfo=UTC))
        return projects

    def test_limits_are_of_the_newest_snapshot(
        self, projects: list[Project], world: World, owner: APIClient
    ) -> None:
        cheap, dear = projects
        near = {"below": world.program.pk, "as_of": "2026-01-20"}
        assert ids(owner, "projects", **near, bac__gte="2000") == [dear.pk]
        assert ids(owner, "projects", **near, cpi__gte="1", cpi__lte="2") == [cheap.pk]
        assert ids(owner, "projects", **near, cpi__lte="0.999", eac__gte="1000") == [dear.pk]
        late = FINISH + DAY
        assert ids(owner, "projects", **near, forecast_finish__gte=late) == [dear.pk]
        assert ids(owner, "projects", bac__gte="2000", as_of="2026-01-04") == []

    def test_ratios_are_those_of_the_snapshots(
        self, projects: list[Project], world: World
    ) -> None:
        make_link(world.benefit, projects[0])
        drain(now=datetime(2026, 1, 20, tzinfo=UTC))
        for snapshot in Snapshot.objects.all():
            for name in ("cpi", "spi", "spi_t", "roi", "forward_roi"):
                same = Snapshot.objects.with_ratios().filter(pk=snapshot.pk)
                value = getattr(snapshot, name)
                is_null = {f"{name}__isnull": True}
                assert same.filter(**(is_null if value is None else {name: value})).exists(), name
        assert any(snapshot.roi for snapshot in Snapshot.objects.all())
        assert any(snapshot.spi_t for snapshot in Snapshot.objects.all())

    def test_snapshots_are_filtered_alike(self, projects: list[Project], owner: APIClient) -> None:
        found = owner.get("/api/v1/snapshots/", {"component__kind": "project", "bac__gte": "2000"})
        assert {row["component"] for row in found.json()["results"]} == {projects[1].pk}
