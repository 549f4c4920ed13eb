"""Actions in the admin: confirmed with all their consequences, done to all rows or to none."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client

from portfolios.models import Portfolio
from ppm.core.governance.confirming import ConfirmedAction
from ppm.core.models import (
    Component,
    Decision,
    DirtyMark,
    Outcome,
    OverrideRuling,
    Risk,
    Role,
    RollupFailure,
    RollupIncident,
    State,
    StateRequest,
    StatusReport,
)
from projects.models import Lesson, Project, Task
from tests.admin.conftest import manager, member, outsider, signed_in, viewer
from tests.admin.pages import address
from tests.factories import (
    START,
    give_role,
    make_cost,
    make_portfolio,
    make_project,
    make_report,
    make_request,
    make_task,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, make_organisation
from tests.rows import REASON, World

RATIONALE = "The board has looked at the figures."


def ask(client: Client, action: str, *rows: models.Model, **said: Any) -> Any:
    """Choose an action for rows of a list; with `confirmed`, confirm it."""
    chosen = {"action": action, ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    begin = {} if "confirmed" in said else {"index": "0"}
    where = address(type(rows[0]), "changelist")
    return client.post(where, {**chosen, **begin, **said})


def lesson(project: Project) -> Lesson:
    """Store a row that can be deleted."""
    return Lesson.objects.create(project=project, event="Flood", recommendation="Build higher")


class TestDeletion:
    """Deleting rows."""

    def test_it_is_asked_with_what_goes_along(self, world: World) -> None:
        client = signed_in(manager(world))
        task = make_task(world.project)
        page = ask(client, "delete_selected", task, world.task)
        told = {line.row: (line.consequences, line.obstacles) for line in page.context["lines"]}
        assert told == {task: ([], []), world.task: (["With it go 1 weighted milestone."], [])}
        assert page.context["is_possible"]
        assert Task.objects.filter(pk=task.pk).exists()

    def test_what_protects_a_row_protects_all_of_them(self, world: World) -> None:
        client = signed_in(manager(world))
        task = make_task(world.project)
        make_cost(world.project, task=world.task)
        for extra in ({}, {"confirmed": "yes"}):
            page = ask(client, "delete_selected", task, world.task, **extra)
            obstacles = {line.row: line.obstacles for line in page.context["lines"]}
            assert obstacles == {task: [], world.task: ["It still has 1 cost entry."]}
            assert not page.context["is_possible"]
        assert "Nothing was done" in page.context["refusal"]
        assert Task.objects.filter(pk=task.pk).exists()

    def test_a_right_is_asked_row_by_row(self, world: World) -> None:
        user = make_user(is_staff=True)
        give_role(user, world.portfolio, Role.VIEWER)
        give_role(user, world.project, Role.PROJECT_MANAGER)
        client = signed_in(user)
        own, foreign = lesson(world.project), lesson(world.neighbour)
        page = ask(client, "delete_selected", own, foreign, confirmed="yes")
        obstacles = {line.row: line.obstacles for line in page.context["lines"]}
        assert obstacles == {own: [], foreign: ["You may see this, but not delete it."]}
        assert Lesson.objects.count() == 2
        assert ask(client, "delete_selected", own, confirmed="yes").status_code == 302
        assert list(Lesson.objects.all()) == [foreign]
        assert LogEntry.objects.get().object_repr == "Flood"

    def test_what_one_does_not_see_cannot_be_smuggled_in(self, world: World) -> None:
        client = signed_in(manager(world))
        own, foreign = lesson(world.project), lesson(make_project(make_portfolio()))
        page = ask(client, "delete_selected", own, foreign)
        assert [line.row for line in page.context["lines"]] == [own]
        ask(client, "delete_selected", foreign, confirmed="yes")
        assert Lesson.objects.filter(pk=foreign.pk).exists()

    def test_a_component_with_something_below_stays(self, world: World, boss: Client) -> None:
        page: Any = boss.post(address(Portfolio, "delete", world.portfolio.pk), {"confirmed": "y"})
        assert page.context["lines"][0].obstacles[0].startswith("It still has ")
        assert Portfolio.objects.filter(pk=world.portfolio.pk).exists()

    def test_a_project_goes_with_its_work(self, world: World, boss: Client) -> None:
        project = make_project(world.program)
        make_task(project)
        page: Any = boss.get(address(Project, "delete", project.pk))
        assert page.context["lines"][0].consequences == ["With it go 1 task."]
        answer = boss.post(address(Project, "delete", project.pk), {"confirmed": "yes"})
        assert answer["Location"] == address(Project, "changelist")
        assert not Component.objects.filter(pk=project.pk).exists()

    def test_all_pages_at_once_are_listed_too(self, world: World) -> None:
        client = signed_in(manager(world))
        for _ in range(60):
            lesson(world.project)
        chosen = Lesson.objects.order_by("pk")[0]
        page = ask(client, "delete_selected", chosen, select_across="1")
        assert len(page.context["lines"]) == 60
        for _ in range(60):
            lesson(world.project)
        answer = ask(client, "delete_selected", chosen, select_across="1")
        assert answer.status_code == 302
        assert "Choose 100 at most." in client.get(answer["Location"]).content.decode()

    def test_nothing_chosen_is_nothing_done(self, world: World) -> None:
        client = signed_in(manager(world))
        answer = client.post(
            address(Risk, "changelist"), {"action": "delete_selected", "index": "0"}
        )
        assert answer.status_code == 302
        assert Risk.objects.exists()


def test_an_action_is_offered_to_those_who_may(world: World) -> None:
    lesson(world.project)
    for person, offers in ((manager, True), (viewer, False)):
        page: Any = signed_in(person(world)).get(address(Lesson, "changelist"))
        form = page.context["action_form"]
        choices = dict(form.fields["action"].choices) if form else {}
        assert ("delete_selected" in choices) is offers


def test_no_action_acts_without_a_page_before_it() -> None:
    for model_admin in admin.site._registry.values():
        actions = set(model_admin.actions or ()) - {"download"}  # which changes nothing
        assert all(isinstance(action, ConfirmedAction) for action in actions)
    assert admin.site._actions == {}


class TestRequests:
    """Requests for a change of state."""

    @pytest.fixture
    def made(self, db: None) -> Organisation:
        """Return an organisation whose figures are computed."""
        organisation = make_organisation()
        organisation.roll_up()
        return organisation

    @pytest.fixture
    def governor(self, made: Organisation) -> Client:
        """Return the browser of a member of the governance body."""
        user = make_user(is_staff=True)
        give_role(user, made.portfolio, Role.GOVERNANCE)
        return signed_in(user)

    def request(self, project: Project, after: State = State.TERMINATED) -> StateRequest:
        """Let the project's manager ask."""
        return make_request(project, after, recorded_by=make_user(), date=AS_OF)

    def test_the_consequence_is_shown_before(self, made: Organisation, governor: Client) -> None:
        asked = self.request(made.late)
        [line] = ask(governor, "approve", asked).context["lines"]
        assert line.obstacles == []
        told = " ".join(line.consequences)
        assert "LATE Replace the ledger: health Off track → Done" in told
        assert "PAY Payments" in told
        assert "Fewer manual payments: forecast" in told
        assert "Need not be spent" in told
        assert "(EUR)." in told
        made.late.refresh_from_db()
        assert made.late.state == State.EXECUTING

    def test_what_was_foretold_comes_true(self, made: Organisation, governor: Client) -> None:
        asked = self.request(made.late)
        page = ask(governor, "approve", asked)
        foretold = [s for s in page.context["lines"][0].consequences if s.startswith("HOME")]
        assert (
            ask(governor, "approve", asked, confirmed="y", rationale=RATIONALE).status_code == 302
        )
        decision = Decision.objects.get()
        assert (decision.state_request, decision.rationale) == (asked, RATIONALE)
        assert decision.outcome == Outcome.APPROVED
        made.late.refresh_from_db()
        assert made.late.state == State.TERMINATED
        kept = governor.get(address(Decision, "change", decision.pk)).content.decode()
        assert foretold[0].split(": ")[1].split(",")[0] in kept

    def test_a_rationale_must_be_given(self, made: Organisation, governor: Client) -> None:
        asked = self.request(made.late)
        for rationale in ("", "short"):
            page = ask(governor, "approve", asked, confirmed="yes", rationale=rationale)
            assert page.context["form"].errors["rationale"]
        assert not Decision.objects.exists()

    def test_all_are_decided_or_none(self, made: Organisation, governor: Client) -> None:
        sound = self.request(made.late, State.ON_HOLD)
        over = self.request(made.fine, State.ON_HOLD)
        Project.objects.filter(pk=made.fine.pk).update(state=State.CLOSING)
        said = {"confirmed": "yes", "rationale": RATIONALE}
        page = ask(governor, "approve", sound, over, **said)
        obstructed = {line.row for line in page.context["lines"] if line.obstacles}
        assert obstructed == {over}
        assert not Decision.objects.exists()
        made.late.refresh_from_db()
        assert made.late.state == State.EXECUTING
        assert ask(governor, "approve", sound, **said).status_code == 302

    def test_several_at_once(self, made: Organisation, governor: Client) -> None:
        rows = [self.request(project, State.ON_HOLD) for project in (made.late, made.fine)]
        answer = ask(governor, "approve", *rows, confirmed="yes", rationale=RATIONALE)
        assert answer.status_code == 302
        assert Decision.objects.count() == 2
        assert set(Project.objects.filter(state=State.ON_HOLD)) == {made.late, made.fine}

    def test_a_rejection_leaves_all_as_it_is(self, made: Organisation, governor: Client) -> None:
        asked = self.request(made.late)
        [line] = ask(governor, "reject", asked).context["lines"]
        assert line.consequences == ["It stays executing."]
        assert (
            ask(governor, "reject", asked, confirmed="y", rationale=RATIONALE).status_code == 302
        )
        assert Decision.objects.get().outcome == Outcome.REJECTED
        made.late.refresh_from_db()
        assert made.late.state == State.EXECUTING
        again = ask(governor, "reject", asked, confirmed="yes", rationale=RATIONALE)
        assert again.context["lines"][0].obstacles == ["It waits for no decision any more."]

    def test_what_must_be_done_first_is_in_the_way(
        self, made: Organisation, governor: Client
    ) -> None:
        Project.objects.filter(pk=made.fine.pk).update(state=State.CLOSING)
        made.fine.refresh_from_db()
        asked = self.request(made.fine, State.CLOSED)
        [line] = ask(governor, "approve", asked).context["lines"]
        assert "It has no closure evaluation." in line.obstacles

    def test_nobody_decides_what_he_asked_for(self, made: Organisation) -> None:
        user = make_user(is_staff=True)
        give_role(user, made.portfolio, Role.GOVERNANCE)
        asked = make_request(made.late, recorded_by=user, date=AS_OF)
        page = ask(signed_in(user), "approve", asked, confirmed="yes", rationale=RATIONALE)
        assert page.context["lines"][0].obstacles == ["It is your own: somebody else must decide."]

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.PROJECT_MANAGER, Role.AUDITOR])
    def test_whoever_may_not_decide_is_told_so(self, role: Role, made: Organisation) -> None:
        user = make_user(is_staff=True)
        give_role(user, made.portfolio, role)
        asked = self.request(made.late)
        page = ask(signed_in(user), "approve", asked, confirmed="yes", rationale=RATIONALE)
        assert page.context["lines"][0].obstacles == ["You may see this, but not decide it."]
        assert not Decision.objects.exists()

    def test_an_outsider_sees_none(self, made: Organisation) -> None:
        user = make_user(is_staff=True)
        give_role(user, make_portfolio(), Role.GOVERNANCE)
        asked = self.request(made.late)
        answer = ask(signed_in(user), "approve", asked, confirmed="yes", rationale=RATIONALE)
        assert answer.status_code == 302
        assert not Decision.objects.exists()

    def test_the_first_page_lists_what_waits(self, made: Organisation, governor: Client) -> None:
        asked = self.request(made.late)
        page: Any = governor.get("/admin/")
        assert page.context["dashboard"].requests.rows == [asked]
        assert "asked by" in page.content.decode()
        ask(governor, "reject", asked, confirmed="yes", rationale=RATIONALE)
        assert governor.get("/admin/").context["dashboard"].requests.count == 0

    def test_the_record_shows_whether_it_still_holds(
        self, made: Organisation, governor: Client
    ) -> None:
        asked = self.request(made.late)
        ask(governor, "reject", asked, confirmed="yes", rationale=RATIONALE)
        decision = Decision.objects.get()
        page = governor.get(address(Decision, "change", decision.pk)).content.decode()
        assert decision.digest in page
        [row] = governor.get(address(Decision, "changelist")).context["cl"].result_list
        assert row.is_broken is False

    def test_a_consequence_above_ones_own_component_is_not_read(
        self, made: Organisation, governor: Client
    ) -> None:
        asked = self.request(made.late)
        ask(governor, "approve", asked, confirmed="yes", rationale=RATIONALE)
        user = make_user(is_staff=True)
        give_role(user, made.program, Role.VIEWER)
        where = address(Decision, "change", Decision.objects.get().pk)
        page = signed_in(user).get(where).content.decode()
        assert "PAY Payments" in page
        assert "HOME" not in page


class TestOverrides:
    """Overrides of the computed health."""

    def override(self, world: World, **fields: Any) -> StatusReport:
        """Report another health than the computed one."""
        given = {"recorded_by": make_user(), **fields}
        return make_report(
            world.project,
            "amber",
            START,
            override_reason=REASON,
            valid_until=START.replace(day=30),
            **given,
        )

    @pytest.fixture
    def world(self, world: World) -> World:
        """Let the tree stand still on the report's date."""
        Portfolio.objects.filter(pk=world.portfolio.pk).update(status_date=START)
        return world

    @pytest.mark.parametrize("action", ["approve", "reject"])
    def test_somebody_else_rules(self, action: str, world: World) -> None:
        report = self.override(world)
        user = member(world)
        client = signed_in(user)
        [line] = ask(client, action, report).context["lines"]
        assert REASON in line.consequences[0]
        assert line.name.startswith(str(world.project))
        answer = ask(client, action, report, confirmed="yes", rationale=RATIONALE)
        assert answer.status_code == 302
        ruling = OverrideRuling.objects.get()
        assert (ruling.report, ruling.recorded_by, ruling.date) == (report, user, START)
        assert ruling.outcome == {"approve": "approved", "reject": "rejected"}[action]

    def test_not_its_author(self, world: World) -> None:
        user = member(world)
        report = self.override(world, recorded_by=user)
        page = ask(signed_in(user), "approve", report, confirmed="yes", rationale=RATIONALE)
        assert "It is your own" in page.context["lines"][0].obstacles[0]

    def test_not_twice_and_not_a_plain_report(self, world: World) -> None:
        client = signed_in(member(world))
        plain = make_report(world.project)
        page = ask(client, "approve", plain, confirmed="yes", rationale=RATIONALE)
        assert page.context["lines"][0].obstacles == ["It waits for no decision any more."]
        assert not OverrideRuling.objects.exists()

    def test_the_first_page_and_the_filter_know_them(self, world: World) -> None:
        report = self.override(world)
        make_report(world.project)
        client = signed_in(member(world))
        page: Any = client.get("/admin/")
        assert page.context["dashboard"].overrides.rows == [report]
        listed: Any = client.get(address(StatusReport, "changelist"), {"waiting": "yes"})
        assert [row.pk for row in listed.context["cl"].result_list] == [report.pk]


class TestQuarantine:
    """What could not be computed."""

    def test_another_try_marks_it(self, world: World) -> None:
        failure = RollupFailure.objects.create(component=world.project, error="x", tries=5)
        DirtyMark.objects.all().delete()
        client = signed_in(member(world))
        assert ask(client, "try_again", failure).context["is_possible"]
        assert not DirtyMark.objects.exists()
        assert ask(client, "try_again", failure, confirmed="yes").status_code == 302
        assert DirtyMark.objects.get().component_id == world.project.pk

    def test_a_viewer_reads_only(self, world: World) -> None:
        failure = RollupFailure.objects.create(component=world.project, error="x", tries=5)
        DirtyMark.objects.all().delete()
        page = ask(signed_in(viewer(world)), "try_again", failure, confirmed="yes")
        assert page.context["lines"][0].obstacles == ["You may see this, but not act on it."]
        assert not DirtyMark.objects.exists()

    def test_an_incident_is_settled_once(self, world: World) -> None:
        user = member(world)
        client = signed_in(user)
        incident = RollupIncident.objects.create(
            component=world.project, as_of=START, differences={"bac": ["1", "2"]}
        )
        board: Any = client.get("/admin/")
        assert board.context["dashboard"].incidents.rows == [incident]
        assert ask(client, "settle", incident, confirmed="yes").status_code == 302
        incident.refresh_from_db()
        assert incident.settled_by == user
        page = ask(client, "settle", incident, confirmed="yes")
        assert page.context["lines"][0].obstacles == ["It is settled already."]

    def test_the_first_page_shows_what_waits_and_since_when(self, world: World) -> None:
        DirtyMark.objects.all().delete()
        DirtyMark.objects.create(component_id=world.project.pk)
        page: Any = signed_in(member(world)).get("/admin/")
        [tree] = page.context["dashboard"].trees
        assert (tree.root.pk, tree.marks) == (world.portfolio.pk, 1)
        assert signed_in(outsider(world)).get("/admin/").status_code == 200

    def test_the_default_policy_is_on_the_first_page(self, world: World) -> None:
        page: Any = signed_in(member(world)).get("/admin/")
        assert page.context["dashboard"].policy.version == 1
