"""Adding, changing and deleting in the admin: every model a manager owns, by its form."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.utils import timezone

from portfolios.models import Objective, Portfolio
from ppm.core.giving import GIVEN, IN_THE_PAST, TOO_MUCH
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import (
    ApiToken,
    CalendarDay,
    Component,
    CostEntry,
    DirtyMark,
    Fact,
    HealthPolicy,
    Role,
    RoleAssignment,
    State,
    StateRequest,
    User,
    WorkCalendar,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.models import Baseline, Dependency, Project, Task
from tests.admin.conftest import administrator, manager, member, signed_in, staff
from tests.admin.pages import (
    MODELS,
    WITH_ROWS,
    address,
    count,
    errors_in,
    form_of,
    new_row,
    shown,
    stored,
)
from tests.factories import (
    FINISH,
    PASSWORD,
    START,
    give_role,
    make_benefit,
    make_cost,
    make_dependency,
    make_group,
    make_link,
    make_policy,
    make_portfolio,
    make_program,
    make_project,
    make_task,
    make_user,
)
from tests.rows import World

ADMINS: dict[type[models.Model], Any] = dict(admin.site._registry)
ADDABLE = [model for model in WITH_ROWS if ADMINS[model].may_be_added]
CHANGEABLE = [
    model for model in WITH_ROWS if ADMINS[model].may_be_changed and not issubclass(model, Fact)
]
READ_ONLY = {
    "AuditEvent",
    "CalendarDay",
    "Component",
    "Decision",
    "ImportRun",
    "Job",
    "DirtyMark",
    "Move",
    "OverrideRuling",
    "Restatement",
    "RollupFailure",
    "RollupIncident",
    "Snapshot",
    "Webhook",
    "WebhookDelivery",
}
"""What is not added by a form: the system's own rows, and what a verb writes."""


def test_what_managers_own_can_be_added() -> None:
    added = {model.__name__ for model in ADDABLE} | {"Group"}
    assert {model.__name__ for model in MODELS} - added == READ_ONLY


@pytest.mark.parametrize("model", ADDABLE)
def test_a_row_is_added_by_its_form(model: type[models.Model], world: World, boss: Client) -> None:
    before = count(model)
    answer = new_row(boss, model, world)
    assert errors_in(answer) == []
    assert answer.status_code == 302
    assert count(model) == before + 1
    assert LogEntry.objects.filter(content_type__model=model._meta.model_name).count() == 1


@pytest.mark.parametrize("model", CHANGEABLE)
def test_a_row_is_changed_by_its_form(
    model: type[models.Model], world: World, boss: Client
) -> None:
    row = stored(model, world)
    where = address(model, "change", row.pk)
    data = form_of(boss, where)
    name, value = other_value(model, data)
    answer = boss.post(where, {**data, name: value})
    assert errors_in(answer) == []
    assert answer.status_code == 302
    newest: Any = model._default_manager.order_by("pk").last()
    assert str(getattr(newest, name)).startswith(value)


def other_value(model: type[models.Model], data: dict[str, Any]) -> tuple[str, str]:
    """Choose a field of the form that can hold another value, and the value."""
    values = {"name": "Changed", "title": "Changed", "weight": "0.75", "amount": "77"}
    values |= {"summary": "Changed", "event": "Changed", "lag_minutes": "60", "value": "77"}
    values |= {"half_life_days": "77", "first_name": "Changed"}
    return next((name, value) for name, value in values.items() if name in data)


def test_a_fact_says_who_recorded_it_and_in_which_request(world: World) -> None:
    user = manager(world)
    answer = new_row(signed_in(user), CostEntry, world)
    entry = CostEntry.objects.get()
    assert entry.recorded_by == user
    assert str(entry.request_id) == answer["X-Request-ID"]
    page = signed_in(user).get(address(CostEntry, "change", entry.pk)).content.decode()
    assert answer["X-Request-ID"] in page


def test_only_what_was_changed_is_saved(world: World, boss: Client) -> None:
    benefit = make_benefit(world.program)
    where = address(Benefit, "change", benefit.pk)
    data = form_of(boss, where)
    Benefit.objects.filter(pk=benefit.pk).update(measure="Kilometres a year")
    boss.post(where, {**data, "name": "Renamed"})
    benefit.refresh_from_db()
    assert (benefit.name, benefit.measure) == ("Renamed", "Kilometres a year")


def test_whoever_comes_second_does_not_overwrite_a_component(world: World, boss: Client) -> None:
    where = address(Project, "change", world.project.pk)
    data = form_of(boss, where)
    assert boss.post(where, {**data, "name": "First"}).status_code == 302
    second = boss.post(where, {**data, "description": "Second"})
    assert "Somebody has changed this meanwhile" in errors_in(second)[0]
    forged = boss.post(where, {**data, "name": "Third", "read_version": ""})
    assert "Somebody has changed this meanwhile" in errors_in(forged)[0]
    world.project.refresh_from_db()
    assert (world.project.name, world.project.description) == ("First", "")


def test_a_change_of_a_kinds_own_column_counts_as_a_version(world: World, boss: Client) -> None:
    where = address(Project, "change", world.project.pk)
    before = Component.objects.get(pk=world.project.pk).version
    assert boss.post(where, {**form_of(boss, where), "scope": "All"}).status_code == 302
    assert Component.objects.get(pk=world.project.pk).version == before + 1


def test_a_component_is_neither_moved_nor_decided_on_by_its_form(
    world: World, boss: Client
) -> None:
    where = address(Project, "change", world.project.pk)
    data = form_of(boss, where)
    assert not {"parent", "state", "kind", "path"} & data.keys()
    forged = {**data, "parent": world.portfolio.pk, "state": "terminated", "kind": "program"}
    assert boss.post(where, {**forged, "name": "Same place"}).status_code == 302
    world.project.refresh_from_db()
    assert world.project.parent_id == world.program.pk
    assert (world.project.state, world.project.kind) == (State.EXECUTING, "project")


def test_only_administrators_make_roots(world: World, boss: Client) -> None:
    root = {"code": "ROOT", "name": "New tree", "state": "active"}
    settings = {"currency": "EUR", "time_zone": "Europe/Vienna"}
    refused: Any = signed_in(manager(world)).post(
        address(Portfolio, "add"),
        {**form_of(signed_in(manager(world)), address(Portfolio, "add")), **root, **settings},
    )
    assert refused.context["adminform"].form.errors["parent"]
    data = form_of(boss, address(Portfolio, "add"))
    incomplete = boss.post(address(Portfolio, "add"), {**data, **root})
    assert "Currency and time zone belong to the root" in errors_in(incomplete)[0]
    assert boss.post(address(Portfolio, "add"), {**data, **root, **settings}).status_code == 302
    assert Portfolio.objects.get(code="ROOT").parent is None


def test_the_settings_of_a_tree_stand_on_its_root(world: World, boss: Client) -> None:
    below = form_of(boss, address(Program, "change", world.program.pk))
    assert "currency" not in below
    where = address(Portfolio, "change", world.portfolio.pk)
    assert boss.post(where, {**form_of(boss, where), "status_date": START}).status_code == 302
    world.portfolio.refresh_from_db()
    assert world.portfolio.status_date == START
    assert DirtyMark.objects.filter(component_id=world.project.pk).exists()


class TestPolicy:
    """A health policy."""

    def test_a_change_adds_a_version(self, world: World) -> None:
        client = signed_in(member(world))
        old = make_policy(world.program, version=1)
        where = address(HealthPolicy, "change", old.pk)
        answer = client.post(where, {**form_of(client, where), "cost_amber": "1.25"})
        assert answer.status_code == 302
        versions = HealthPolicy.objects.filter(component=world.program).order_by("version")
        assert [(p.version, p.cost_amber) for p in versions] == [
            (1, Decimal("1.1000")),
            (2, Decimal("1.2500")),
        ]

    def test_an_older_version_is_only_read(self, world: World) -> None:
        client = signed_in(member(world))
        old = make_policy(world.program, version=1)
        make_policy(world.program, version=2)
        page: Any = client.get(address(HealthPolicy, "change", old.pk))
        assert page.context["has_change_permission"] is False
        assert client.post(address(HealthPolicy, "change", old.pk), {}).status_code == 403

    def test_the_default_is_read_by_all_and_changed_by_administrators(
        self, world: World, boss: Client
    ) -> None:
        default = HealthPolicy.objects.get(component=None)
        where = address(HealthPolicy, "change", default.pk)
        client = signed_in(member(world))
        assert client.get(where).status_code == 200
        assert client.post(where, {"cost_amber": "2"}).status_code == 403
        assert boss.post(where, {**form_of(boss, where), "cost_amber": "2"}).status_code == 302
        assert HealthPolicy.objects.filter(component=None).count() == 2
        refused: Any = boss.post(address(HealthPolicy, "delete", default.pk), {"confirmed": "yes"})
        assert "The default policy stays" in refused.context["refusal"]

    def test_nobody_else_makes_one_for_all(self, world: World) -> None:
        client = signed_in(member(world))
        data = form_of(client, address(HealthPolicy, "add"))
        answer: Any = client.post(address(HealthPolicy, "add"), {**data, "component": ""})
        assert answer.context["adminform"].form.errors["component"]


class TestRoles:
    """Roles are given by those who have as much themselves."""

    @pytest.mark.parametrize(
        ("giver", "given", "may"),
        [
            (Role.GOVERNANCE, Role.AUDITOR, True),
            (Role.GOVERNANCE, Role.GOVERNANCE, True),
            (Role.GOVERNANCE, Role.PROJECT_MANAGER, False),
            (Role.GOVERNANCE, Role.PORTFOLIO_MANAGER, False),
            (Role.PORTFOLIO_MANAGER, Role.PROJECT_MANAGER, True),
        ],
    )
    def test_who_gives_which(self, giver: Role, given: Role, may: bool, world: World) -> None:
        user = staff(giver)(world)
        client = signed_in(user)
        data = {"component": world.project.pk, "user": user.pk, "group": "", "role": given.value}
        answer = client.post(address(RoleAssignment, "add"), data)
        assert answer.status_code == (302 if may else 200)
        assert may or errors_in(answer) == [TOO_MUCH]
        assert RoleAssignment.objects.filter(component=world.project).exists() is may

    def test_nobody_gives_a_role_that_outlasts_his_own(self, world: World) -> None:
        client = signed_in(staff(Role.PORTFOLIO_MANAGER)(world))
        RoleAssignment.objects.update(expires_at=datetime(2059, 6, 1, tzinfo=UTC))
        data = {"component": world.project.pk, "user": "", "role": "viewer"}
        data["group"] = str(make_group(*User.objects.all()).pk)
        for day, error in (
            ("", TOO_MUCH),
            ("2059-06-02", TOO_MUCH),
            ("2026-01-01", IN_THE_PAST),
            ("2059-05-31", None),
        ):
            ends = {"expires_at_0": day, "expires_at_1": "00:00" if day else ""}
            answer = client.post(address(RoleAssignment, "add"), {**data, **ends})
            assert (answer.status_code == 302) if error is None else errors_in(answer) == [error]
        [given] = RoleAssignment.objects.filter(component=world.project)
        assert given.expires_at == datetime(2059, 5, 31, tzinfo=UTC)
        again = client.post(address(RoleAssignment, "add"), {**data, **ends})
        assert errors_in(again) == [GIVEN]

    def test_nobody_takes_a_role_above_his_own(self, world: World) -> None:
        assignment = give_role(make_user(), world.project, Role.PORTFOLIO_MANAGER)
        client = signed_in(member(world))
        answer = client.post(address(RoleAssignment, "delete", assignment.pk), {"confirmed": "y"})
        assert answer.status_code == 403
        assert RoleAssignment.objects.filter(pk=assignment.pk).exists()

    def test_a_role_names_a_user_or_a_group(self, world: World, boss: Client) -> None:
        data = {"component": world.project.pk, "user": "", "group": "", "role": "viewer"}
        answer = boss.post(address(RoleAssignment, "add"), data)
        assert errors_in(answer) == ["Name either a user or a group."]


class TestTokens:
    """Tokens for the API."""

    def issued(self, client: Client, **given: Any) -> Any:
        """Send the form; follow it to the page that shows the token."""
        where = address(ApiToken, "add")
        data = {"name": "sync", "scopes": ["read"], "expires_at_0": "", "expires_at_1": ""}
        return client.post(where, {**data, **given}, follow=True)

    def test_a_token_is_shown_once(self, world: World) -> None:
        user = member(world)
        client = signed_in(user)
        page = self.issued(client).content.decode()
        secret = page.split("<code>")[1].split("</code>")[0]
        token = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
        assert (token.user, token.scopes, token.name) == (user, ["read"], "sync")
        assert secret not in client.get(address(ApiToken, "changelist")).content.decode()
        page = client.get(address(ApiToken, "change", token.pk)).content.decode()
        assert secret not in page
        assert token.digest not in page

    def test_one_has_tokens_of_ones_own_only(self, world: World, boss: Client) -> None:
        user, other = member(world), member(world)
        self.issued(signed_in(user), user=other.pk)
        assert ApiToken.objects.get().user == user
        self.issued(boss, user=other.pk)
        assert ApiToken.objects.filter(user=other).count() == 1
        foreign = ApiToken.objects.get(user=other)
        assert signed_in(user).get(address(ApiToken, "change", foreign.pk)).status_code == 404
        assert len(shown(boss, ApiToken)) == 2

    def test_a_revoked_token_is_gone(self, world: World) -> None:
        user = member(world)
        client = signed_in(user)
        self.issued(client)
        where = address(ApiToken, "delete", ApiToken.objects.get().pk)
        assert "Revoke" in client.get(where).content.decode()
        assert client.post(where, {"confirmed": "yes"}).status_code == 302
        assert not ApiToken.objects.exists()

    def test_a_token_expires_later_than_now(self, world: World) -> None:
        past = timezone.now() - timedelta(days=1)
        answer = self.issued(
            signed_in(member(world)),
            expires_at_0=past.date().isoformat(),
            expires_at_1="00:00:00",
        )
        assert errors_in(answer) == ["A token must expire later than now."]
        refused = self.issued(signed_in(member(world)), scopes=["read", "all"])
        assert errors_in(refused)
        assert not ApiToken.objects.exists()


class TestPeople:
    """Users and groups."""

    def test_a_password_is_set_by_the_forms_made_for_it(self, world: World, boss: Client) -> None:
        user = make_user()
        where = f"/admin/core/user/{user.pk}/password/"
        long = "another correct horse"
        answer = boss.post(
            where, {"password1": long, "password2": long, "set-password": "Change password"}
        )
        assert answer.status_code == 302
        user.refresh_from_db()
        assert user.check_password(long)
        assert signed_in(member(world)).get(where).status_code in (403, 404)

    def test_everybody_of_the_staff_changes_the_own_password(self, world: World) -> None:
        user = member(world)
        client = signed_in(user)
        long = "another correct horse"
        page = client.get("/admin/password_change/")["Location"]
        data = {"oldpassword": PASSWORD, "password1": long, "password2": long}
        assert client.post(page, data).status_code == 302
        user.refresh_from_db()
        assert user.check_password(long)

    def test_whoever_has_recorded_something_is_kept(self, world: World, boss: Client) -> None:
        author = make_user()
        make_cost(world.project, recorded_by=author)
        answer: Any = boss.get(address(User, "delete", author.pk))
        assert answer.context["lines"][0].obstacles == ["It still has 1 cost entry."]

    def test_a_group_has_members_and_roles(self, world: World, boss: Client) -> None:
        data = form_of(boss, address(Group, "add"))
        assert boss.post(address(Group, "add"), {**data, "name": "Board"}).status_code == 302
        assert "permissions" not in data
        assert Group.objects.get(name="Board")


class TestCalendars:
    """Calendars."""

    def change(self, boss: Client, calendar: WorkCalendar, **given: Any) -> Any:
        """Send the form of a calendar."""
        where = address(WorkCalendar, "change", calendar.pk)
        return boss.post(where, {**form_of(boss, where), **given})

    @pytest.fixture
    def calendar(self, world: World, boss: Client) -> WorkCalendar:
        """Return a new calendar of eight hours."""
        where = address(WorkCalendar, "add")
        data = {**form_of(boss, where), "name": "Shop", "minutes_per_day": 480}
        assert boss.post(where, data).status_code == 302
        return WorkCalendar.objects.get(name="Shop")

    def worked(self, calendar: WorkCalendar, first: date, last: date) -> int:
        """Count the minutes from the first day to the end of the last."""
        days = CalendarDay.objects.filter(calendar=calendar)
        until = dict(days.values_list("day", "cumulative_minutes"))
        return until[last] - until[first - timedelta(days=1)]

    def test_a_new_one_has_its_days(self, calendar: WorkCalendar) -> None:
        assert self.worked(calendar, date(2026, 1, 5), date(2026, 1, 11)) == 5 * 480

    def test_days_off_shorten_all_that_comes_after(
        self, calendar: WorkCalendar, boss: Client
    ) -> None:
        period = {"first_day": "2026-01-06", "last_day": "2026-01-07"}
        assert self.change(boss, calendar, **period, minutes="0").status_code == 302
        assert self.worked(calendar, date(2026, 1, 5), date(2026, 1, 11)) == 3 * 480
        assert self.worked(calendar, date(2026, 1, 12), date(2026, 1, 18)) == 5 * 480
        assert self.change(boss, calendar, **period, minutes="240").status_code == 302
        assert self.worked(calendar, date(2026, 1, 5), date(2026, 1, 11)) == 3 * 480 + 2 * 240

    @pytest.mark.parametrize(
        "period",
        [
            {"first_day": "2026-01-06"},
            {"first_day": "2026-01-06", "last_day": "2026-01-07"},
            {"first_day": "2026-01-07", "last_day": "2026-01-06", "minutes": "0"},
            {"first_day": "1900-01-07", "last_day": "2026-01-06", "minutes": "0"},
            {"first_day": "2026-01-06", "last_day": "2026-01-07", "minutes": "1441"},
        ],
    )
    def test_half_a_period_changes_nothing(
        self, period: dict[str, str], calendar: WorkCalendar, boss: Client
    ) -> None:
        assert errors_in(self.change(boss, calendar, **period))
        assert self.worked(calendar, date(2026, 1, 5), date(2026, 1, 11)) == 5 * 480


class TestBaseline:
    """A baseline."""

    def test_it_is_taken_of_the_project_as_it_stands(self, world: World) -> None:
        user = manager(world)
        answer = signed_in(user).post(
            address(Baseline, "add"), {"project": world.neighbour.pk, "name": "Approved"}
        )
        assert answer.status_code == 302
        taken = Baseline.objects.get(project=world.neighbour)
        assert (taken.approved_by, taken.name, taken.is_current) == (user, "Approved", True)
        assert taken.tasks.count() == 1

    def test_a_project_without_a_plan_has_none(self, world: World, boss: Client) -> None:
        empty = make_project(world.portfolio)
        answer = boss.post(address(Baseline, "add"), {"project": empty.pk, "name": ""})
        assert "A baseline needs tasks" in errors_in(answer)[0]


class TestRequest:
    """A request for a change of state."""

    def test_it_is_written_with_its_consequence(self, world: World) -> None:
        user = staff(Role.PROJECT_MANAGER)(world)
        data = {"component": world.project.pk, "after": "on_hold", "reason": "The parts are late."}
        assert signed_in(user).post(address(StateRequest, "add"), data).status_code == 302
        asked = StateRequest.objects.get()
        assert (asked.before, asked.recorded_by) == ("executing", user)
        assert asked.consequence
        page = signed_in(user).get(address(StateRequest, "change", asked.pk))
        assert page.status_code == 200

    @pytest.mark.parametrize(
        ("after", "sentence"), [("idea", "cannot become"), ("on_hold", "at least 10 characters")]
    )
    def test_what_cannot_be_asked_is_said_in_the_form(
        self, after: str, sentence: str, world: World, boss: Client
    ) -> None:
        reason = "Short." if after == "on_hold" else "Back to where it came from."
        data = {"component": world.project.pk, "after": after, "reason": reason}
        assert sentence in errors_in(boss.post(address(StateRequest, "add"), data))[0]


class TestForeign:
    """Rows that refer to what the user does not see."""

    @pytest.fixture
    def client(self, world: World) -> Client:
        """Return the browser of a program manager, who sees one program."""
        user = make_user(is_staff=True)
        give_role(user, world.program, Role.PROGRAM_MANAGER)
        return signed_in(user)

    def test_a_name_appears_nowhere(self, client: Client, world: World) -> None:
        hidden = make_project(make_portfolio(), name="Canary project")
        awaited = make_task(hidden, name="Canary task")
        link = make_link(world.benefit, hidden)
        dependency = make_dependency(awaited, world.task)
        for row in (link, dependency):
            pages = [address(type(row), "changelist")]
            pages += [address(type(row), view, row.pk) for view in ("change", "history", "delete")]
            for page in pages:
                text = client.get(page).content.decode()
                assert "Canary" not in text, page
                assert f"/{hidden.pk}/change/" not in text
            assert "not visible to you" in client.get(pages[1]).content.decode()

    def test_a_hidden_reference_stays_when_the_rest_is_changed(
        self, client: Client, world: World
    ) -> None:
        hidden = make_project(make_portfolio())
        link = make_link(world.benefit, hidden)
        where = address(BenefitLink, "change", link.pk)
        data = form_of(client, where)
        assert "project" not in data
        forged = {**data, "weight": "9", "project": world.project.pk}
        assert client.post(where, forged).status_code == 302
        link.refresh_from_db()
        assert (link.weight, link.project_id) == (Decimal(9), hidden.pk)

    def test_what_stands_above_is_not_named(self, client: Client, world: World) -> None:
        page = client.get(address(Project, "change", world.project.pk)).content.decode()
        assert world.program.code in page
        assert world.portfolio.code not in page

    def test_a_deletion_counts_and_does_not_name(self, client: Client, world: World) -> None:
        task = make_task(world.project)
        waiting = make_task(make_project(make_portfolio()), name="Canary task")
        make_dependency(task, waiting)
        page: Any = client.get(address(Task, "delete", task.pk))
        assert page.context["lines"][0].consequences == ["With it go 1 dependency."]
        assert "Canary" not in page.content.decode()

    def test_no_filter_searches_what_is_hidden(self, client: Client, world: World) -> None:
        hidden = make_project(make_portfolio(), name="Canary project")
        make_link(world.benefit, hidden)
        for query in ({"project__id__exact": hidden.pk}, {"project__name__startswith": "Canary"}):
            assert client.get(address(BenefitLink, "changelist"), query).status_code == 400
        assert shown(client, BenefitLink, q="Canary") == []
        assert shown(client, BenefitLink, below=hidden.pk) == []


REFUSED: list[tuple[type[models.Model], dict[str, Any], str]] = [
    (Project, {"code": "TAKEN"}, "Another component has this code already."),
    (Project, {"start_date": FINISH, "finish_date": START}, "cannot finish before it starts"),
    (Benefit, {"component": "project"}, "A benefit belongs to a program or a portfolio."),
    (Task, {"parent": "other_task"}, "The parent belongs to another project."),
    (CostEntry, {"task": "other_task"}, "The task belongs to another project."),
    (CostEntry, {"amount": "0"}, "A cost entry needs an amount other than zero."),
    (Dependency, {"predecessor": "task", "successor": "task"}, "A task cannot wait for itself."),
    (Objective, {"weight": "2"}, "The weight must lie between 0 and 1."),
    (Program, {"parent": "project"}, "Select a valid choice"),
]


@pytest.mark.parametrize(("model", "given", "sentence"), REFUSED)
def test_what_the_database_refuses_is_said_in_the_form(
    model: type[models.Model],
    given: dict[str, Any],
    sentence: str,
    world: World,
    boss: Client,
) -> None:
    make_portfolio(code="TAKEN")
    before = count(model)
    values = {
        name: getattr(world, value).pk if hasattr(world, str(value)) else value
        for name, value in given.items()
    }
    answer = new_row(boss, model, world, **values)
    assert answer.status_code == 200
    assert sentence in " ".join(errors_in(answer))
    assert count(model) == before
    assert not LogEntry.objects.exists()


def test_a_refused_change_keeps_what_was_typed(world: World, boss: Client) -> None:
    parent = make_task(world.project, budget=None)
    child = make_task(world.project, parent=parent)
    where = address(Task, "change", parent.pk)
    answer: Any = boss.post(where, {**form_of(boss, where), "parent": child.pk, "name": "Typed"})
    assert errors_in(answer) == ["A task cannot stand below itself."]
    assert answer.context["adminform"].form["name"].value() == "Typed"
    parent.refresh_from_db()
    assert parent.parent is None


class TestParts:
    """Rows that are entered on the page of what they belong to."""

    def data_with(self, client: Client, where: str, prefix: str, **row: Any) -> dict[str, Any]:
        """Return the form's data with one more row of a part."""
        data = form_of(client, where)
        number = int(data[f"{prefix}-TOTAL_FORMS"])
        added = {f"{prefix}-{number}-{name}": value for name, value in row.items()}
        return {**data, f"{prefix}-TOTAL_FORMS": number + 1, **added}

    def test_they_are_added_changed_and_deleted(self, world: World) -> None:
        client = signed_in(manager(world))
        where = address(Benefit, "change", world.benefit.pk)
        plan = {"period_end": "2026-12-31", "value": "10"}
        data = self.data_with(client, where, "plan", **plan)
        assert client.post(where, data).status_code == 302
        data = form_of(client, where) | {"plan-0-value": "20"}
        assert client.post(where, data).status_code == 302
        assert [row.value for row in BenefitPlan.objects.all()] == [20]
        data = form_of(client, where) | {"plan-0-DELETE": "on"}
        assert client.post(where, data).status_code == 302
        assert not BenefitPlan.objects.exists()

    def test_a_fact_is_added_and_never_changed(self, world: World) -> None:
        user = manager(world)
        client = signed_in(user)
        where = address(Benefit, "change", world.benefit.pk)
        measured = {"date": "2026-12-31", "value": "10", "evidence": "Counted"}
        data = self.data_with(client, where, "measurements", **measured)
        assert client.post(where, data).status_code == 302
        fact = BenefitMeasurement.objects.get()
        assert (fact.value, fact.recorded_by) == (Decimal(10), user)
        forged = form_of(client, where) | {
            "measurements-INITIAL_FORMS": "1",
            "measurements-TOTAL_FORMS": "1",
            "measurements-0-id": fact.pk,
            "measurements-0-benefit": world.benefit.pk,
            "measurements-0-date": "2026-12-31",
            "measurements-0-value": "99",
        }
        for extra in ({}, {"measurements-0-DELETE": "on"}):
            client.post(where, {**forged, **extra})
            fact.refresh_from_db()
            assert fact.value == 10

    def test_whoever_may_not_change_the_row_sends_no_parts(self, world: World) -> None:
        client = signed_in(member(world))
        boss = signed_in(administrator(world))
        where = address(Benefit, "change", world.benefit.pk)
        plan = {"period_end": "2026-12-31", "value": "10"}
        forged = self.data_with(boss, where, "plan", **plan)
        assert client.post(where, forged).status_code == 403
        assert not BenefitPlan.objects.exists()

    def test_parts_of_something_else_are_not_reached(self, world: World) -> None:
        elsewhere = make_benefit(make_program())
        plan = BenefitPlan.objects.create(benefit=elsewhere, period_end=FINISH, value=1)
        client = signed_in(manager(world))
        where = address(Benefit, "change", world.benefit.pk)
        forged = form_of(client, where) | {
            "plan-INITIAL_FORMS": "1",
            "plan-TOTAL_FORMS": "1",
            "plan-0-id": plan.pk,
            "plan-0-benefit": elsewhere.pk,
            "plan-0-period_end": FINISH,
            "plan-0-value": "99",
        }
        assert client.post(where, forged).status_code == 200
        plan.refresh_from_db()
        assert plan.value == 1

    def test_the_key_of_a_part_elsewhere_is_answered_like_no_key(self, world: World) -> None:
        plan = {"period_end": FINISH, "value": 1}
        own = BenefitPlan.objects.create(benefit=world.benefit, **plan)
        elsewhere = BenefitPlan.objects.create(benefit=make_benefit(make_program()), **plan)
        client = signed_in(manager(world))
        where = address(Benefit, "change", world.benefit.pk)
        data = form_of(client, where)
        assert data["plan-0-id"] == own.pk
        answers = [
            client.post(where, {**data, "plan-0-id": key})
            for key in (elsewhere.pk, elsewhere.pk + 1)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert errors_in(answers[0]) == errors_in(answers[1])

    def test_a_member_gives_no_roles_through_a_persons_page(self, world: World) -> None:
        user = member(world)
        where = address(User, "change", user.pk)
        assert signed_in(user).post(where, {}).status_code in (403, 404)

    def test_what_the_database_refuses_of_a_part_is_said(self, world: World, boss: Client) -> None:
        where = address(Portfolio, "change", world.portfolio.pk)
        data = self.data_with(boss, where, "objectives", name="Twice", weight="0.5")
        assert boss.post(where, data).status_code == 302
        data = self.data_with(boss, where, "objectives", name="Twice", weight="0.5")
        answer = boss.post(where, data)
        assert answer.status_code == 200
        assert Objective.objects.filter(name="Twice").count() == 1


def test_every_page_of_ours_is_scoped() -> None:
    assert all(isinstance(model_admin, ScopedAdmin) for model_admin in ADMINS.values())
