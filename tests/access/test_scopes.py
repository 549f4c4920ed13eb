"""Who sees and changes the rows of every model: owner, member, outsider and the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from portfolios.models import ImportRun
from ppm.core.models import (
    CHANGES,
    SEES_MONEY,
    AnsweredCall,
    AnyUser,
    ApiToken,
    Attempts,
    AuditEvent,
    AuditSeal,
    CalendarFeed,
    Calls,
    Component,
    DayTurn,
    DirtyMark,
    HealthPolicy,
    Heartbeat,
    Job,
    JobPart,
    JobRow,
    Move,
    Restatement,
    Role,
    RoleAssignment,
    RollupFailure,
    RollupIncident,
    ScopedQuerySet,
    Snapshot,
    Subject,
    User,
    WorkCalendar,
)
from ppm.core.models.calendar import CalendarDay
from programs.models import BenefitLink
from projects.models import BaselineCurve, BaselineMilestone, BaselineTask, Dependency
from tests.factories import (
    give_role,
    make_benefit,
    make_group,
    make_portfolio,
    make_program,
    make_project,
    make_task,
    make_user,
)
from tests.rows import ROWS, World

pytestmark = pytest.mark.django_db

# Models that nobody reaches through a component.
UNSCOPED = {
    User: "people are looked up by those who may give roles",
    ApiToken: "a person's own",
    AuditSeal: "about the whole trail, of no component",
    WorkCalendar: "shared by all",
    CalendarDay: "shared by all",
    DayTurn: "the roll-up's own",
    DirtyMark: "the roll-up's own",
    CalendarFeed: "its owner's alone",
    ImportRun: "its owner's alone",
    Job: "its owner's alone",
    JobPart: "part of a job",
    JobRow: "part of a job",
    AnsweredCall: "kept for whoever asked",
    Attempts: "counted before anybody is known",
    Calls: "counted before the view",
    Heartbeat: "about the whole, of no component",
    RollupFailure: "the administrators'",
    RollupIncident: "the administrators'",
    BaselineTask: "part of a baseline",
    BaselineMilestone: "part of a baseline",
    BaselineCurve: "part of a baseline",
}
SCOPED = [model for model in ROWS if model not in UNSCOPED]
CHANGEABLE = [model for model in SCOPED if model not in (AuditEvent, Move, Restatement, Snapshot)]


def rows_of(model: type[models.Model]) -> ScopedQuerySet[Any]:
    """Get the model's queryset, which must know the rule."""
    rows = model._default_manager.all()
    assert isinstance(rows, ScopedQuerySet)
    return rows


def test_every_model_is_scoped_or_has_a_reason_not_to_be() -> None:
    scoped = {model for model in ROWS if isinstance(model._default_manager.all(), ScopedQuerySet)}
    assert scoped == set(SCOPED)
    assert isinstance(Component.objects.all(), ScopedQuerySet)


@dataclass
class Scene:
    """A stored row, its world and its component."""

    world: World
    row: models.Model
    component: Component


def scene_of(model: type[models.Model]) -> Scene:
    """Store a row of the model, and find its component by the lookup that the rule uses."""
    world = World()
    row = ROWS[model](world)
    row.save()
    owner: Any = row
    for step in filter(None, rows_of(model).component.split("__")):
        owner = getattr(owner, step)
    return Scene(world, row, Component.objects.get(pk=owner.pk))


def least(scene: Scene) -> Role:
    """Return the role that changes nothing; of private rows one that does."""
    is_private = rows_of(type(scene.row)).is_private
    return Role.PORTFOLIO_MANAGER if is_private else Role.VIEWER


def owner(scene: Scene) -> AnyUser:
    user = make_user()
    tomorrow = timezone.now() + timedelta(days=1)
    give_role(user, scene.component, least(scene), expires_at=tomorrow)
    return user


def member_above(scene: Scene) -> AnyUser:
    user = make_user()
    give_role(user, scene.world.portfolio, least(scene))
    return user


def member_of_a_group(scene: Scene) -> AnyUser:
    user = make_user()
    give_role(make_group(user), scene.world.portfolio, least(scene))
    return user


def superuser(_: Scene) -> AnyUser:
    return make_user(superuser=True)


def outsider(_: Scene) -> AnyUser:
    user = make_user()
    give_role(user, make_portfolio(), Role.PORTFOLIO_MANAGER)
    return user


def stranger(_: Scene) -> AnyUser:
    return make_user()


def neighbour(scene: Scene) -> AnyUser:
    """A role beside or below the row's component gives nothing on it."""
    user = make_user()
    give_role(user, make_project(scene.world.program), Role.PORTFOLIO_MANAGER)
    return user


def former_owner(scene: Scene) -> AnyUser:
    """A role that has ended gives nothing."""
    user = make_user()
    give_role(user, scene.component, Role.PORTFOLIO_MANAGER, expires_at=timezone.now())
    return user


def member_of_a_former_group(scene: Scene) -> AnyUser:
    group = make_group(user := make_user())
    give_role(group, scene.component, Role.PORTFOLIO_MANAGER, expires_at=timezone.now())
    return user


def inactive_owner(scene: Scene) -> AnyUser:
    user = make_user(active=False)
    give_role(user, scene.component, Role.PORTFOLIO_MANAGER)
    return user


def inactive_superuser(_: Scene) -> AnyUser:
    return make_user(superuser=True, active=False)


def anonymous(_: Scene) -> AnyUser:
    return AnonymousUser()


Person = Callable[[Scene], AnyUser]
THOSE_WHO_SEE: list[Person] = [owner, member_above, member_of_a_group, superuser]
THOSE_WHO_DO_NOT: list[Person] = [
    outsider,
    stranger,
    neighbour,
    former_owner,
    member_of_a_former_group,
    inactive_owner,
    inactive_superuser,
    anonymous,
]


@pytest.mark.parametrize("model", SCOPED)
def test_who_sees(model: type[models.Model]) -> None:
    scene = scene_of(model)
    rows = rows_of(model).filter(pk=scene.row.pk)
    for person in THOSE_WHO_SEE:
        assert rows.visible_to(person(scene)).count() == 1, person
    for person in THOSE_WHO_DO_NOT:
        assert rows.visible_to(person(scene)).count() == 0, person


def subject_of(model: type[models.Model]) -> Subject | None:
    """Tell what one must be allowed to change in order to change a row of the model."""
    kind = getattr(model, "KIND", None)
    return Subject(kind) if kind else rows_of(model).subject


@pytest.mark.parametrize("model", CHANGEABLE)
def test_who_changes(model: type[models.Model]) -> None:
    scene = scene_of(model)
    rows = rows_of(model).filter(pk=scene.row.pk)
    for role in Role:
        user = make_user()
        give_role(user, scene.component, role)
        may = subject_of(model) in CHANGES[role]
        assert rows.changeable_by(user).exists() is may, role
        sees = may if rows.is_private else role in SEES_MONEY or not rows.is_money
        assert rows.visible_to(user).exists() is sees, role
    assert rows.changeable_by(superuser(scene)).exists()
    for person in THOSE_WHO_DO_NOT:
        assert not rows.changeable_by(person(scene)).exists(), person


@pytest.mark.parametrize("role", Role)
def test_a_component_is_changed_by_the_right_that_its_kind_takes(role: Role) -> None:
    portfolio = make_portfolio()
    program = make_program(portfolio)
    project = make_project(program)
    user = make_user()
    give_role(user, portfolio, role)
    changeable = set(Component.objects.changeable_by(user).values_list("pk", flat=True))
    rights = (
        (portfolio, Subject.PORTFOLIO),
        (program, Subject.PROGRAM),
        (project, Subject.PROJECT),
    )
    assert changeable == {c.pk for c, subject in rights if subject in CHANGES[role]}
    assert Component.objects.changeable_by(make_user(superuser=True)).count() == 3
    for person in (make_user(superuser=True, active=False), make_user(), AnonymousUser()):
        assert not Component.objects.changeable_by(person).exists()


def test_nobody_changes_a_snapshot() -> None:
    scene = scene_of(Snapshot)
    for person in (*THOSE_WHO_SEE, *THOSE_WHO_DO_NOT):
        assert not Snapshot.objects.changeable_by(person(scene)).exists()


@pytest.mark.parametrize(
    ("giver", "given"),
    [
        (Role.PORTFOLIO_MANAGER, set(Role)),
        (
            Role.GOVERNANCE,
            {Role.VIEWER, Role.RESOURCE_MANAGER, Role.AUDITOR, Role.GOVERNANCE},
        ),
        (Role.PROGRAM_MANAGER, set()),
        (Role.VIEWER, set()),
    ],
)
def test_nobody_gives_a_role_that_may_more_than_his_own(giver: Role, given: set[Role]) -> None:
    program = make_program(make_portfolio())
    for role in Role:
        give_role(make_user(), program, role)
    user = make_user()
    give_role(user, program, giver)
    changeable = RoleAssignment.objects.changeable_by(user)
    assert set(changeable.values_list("role", flat=True)) == given


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("subject", Subject)
def test_what_a_role_grants(subject: Subject, role: Role) -> None:
    project = make_project(make_program(make_portfolio()))
    user = make_user()
    give_role(user, Component.objects.get(pk=project.root_id), role)
    granted = Component.objects.granting(subject, user).filter(pk=project.pk).exists()
    assert granted is (subject in CHANGES[role])


def test_a_project_manager_changes_work_and_no_portfolio() -> None:
    """The table itself, in one example that must not change by accident."""
    assert CHANGES[Role.PROJECT_MANAGER] == {
        Subject.PROJECT,
        Subject.WORK,
        Subject.PROGRESS,
        Subject.MONEY,
        Subject.REGISTER,
        Subject.REPORT,
    }
    assert CHANGES[Role.VIEWER] == CHANGES[Role.AUDITOR] == set()


def test_a_role_says_nothing_about_what_stands_above() -> None:
    root = make_portfolio()
    program = make_program(root)
    project = make_project(program)
    user = make_user()
    give_role(user, program, Role.PROGRAM_MANAGER)
    seen = set(Component.objects.visible_to(user).values_list("pk", flat=True))
    assert seen == {program.pk, project.pk}


def test_a_role_holds_on_all_ten_levels_below() -> None:
    chain: list[Component] = [make_portfolio()]
    for _ in range(7):
        chain.append(make_portfolio(chain[-1]))
    chain.append(make_program(chain[-1]))
    chain.append(make_project(chain[-1]))
    make_project(chain[0])
    for depth, component in enumerate(chain[1:], start=1):
        user = make_user()
        give_role(user, component, Role.VIEWER)
        seen = Component.objects.visible_to(user).values_list("pk", flat=True)
        assert set(seen) == {part.pk for part in chain[depth:]}
        hidden = Component.objects.exclude(pk__in=seen).values_list("pk", flat=True)
        assert len(set(hidden) | set(seen)) == len(chain) + 1


def test_a_role_moves_with_its_component() -> None:
    old, new = make_portfolio(), make_portfolio()
    project = make_project(old)
    user = make_user()
    give_role(user, old, Role.VIEWER)
    project.move_to(new)
    assert not Component.objects.visible_to(user).filter(pk=project.pk).exists()


def test_several_roles_never_show_a_row_twice() -> None:
    world = World()
    user = make_user()
    group = make_group(user)
    for component in (world.portfolio, world.program, world.project):
        for role in (Role.VIEWER, Role.PROGRAM_MANAGER):
            give_role(user, component, role)
            give_role(group, component, role)
    for model in CHANGEABLE:
        row = ROWS[model](world)
        row.save()
        for rows in (rows_of(model).visible_to(user), rows_of(model).changeable_by(user)):
            keys = list(rows.values_list("pk", flat=True))
            assert len(keys) == len(set(keys)), model


def test_rights_to_change_come_from_each_role_on_the_path() -> None:
    program = make_program(make_portfolio())
    project = make_project(program)
    user = make_user()
    give_role(user, program, Role.VIEWER)
    give_role(user, project, Role.FINANCE)
    changeable = Component.objects.granting(Subject.MONEY, user)
    assert set(changeable.values_list("pk", flat=True)) == {project.pk}


def test_the_default_policy_is_seen_by_all_and_belongs_to_the_administrators() -> None:
    user = make_user()
    give_role(user, make_portfolio(), Role.PORTFOLIO_MANAGER)
    default = HealthPolicy.objects.filter(component=None)
    assert default.visible_to(user).exists()
    assert not default.changeable_by(user).exists()
    assert default.changeable_by(make_user(superuser=True)).exists()
    for nobody in (AnonymousUser(), make_user(active=False)):
        assert not default.visible_to(nobody).exists()


def test_a_dependency_is_seen_from_the_task_that_waits() -> None:
    waiting, awaited = make_task(make_project()), make_task(make_project())
    Dependency.objects.create(predecessor=awaited, successor=waiting)
    for project, sees in ((waiting.project, True), (awaited.project, False)):
        user = make_user()
        give_role(user, project, Role.VIEWER)
        assert Dependency.objects.visible_to(user).exists() is sees


def test_a_benefit_link_is_seen_from_the_benefits_home() -> None:
    program, project = make_program(), make_project()
    BenefitLink.objects.create(benefit=make_benefit(program), project=project, weight=1)
    for component, sees in ((program, True), (project, False)):
        user = make_user()
        give_role(user, component, Role.VIEWER)
        assert BenefitLink.objects.visible_to(user).exists() is sees


@pytest.mark.parametrize("model", [model for model in SCOPED if model is not RoleAssignment])
def test_the_rule_is_no_join_over_roles(model: type[models.Model]) -> None:
    """Subqueries that are computed once: no row of the result is multiplied by roles."""
    query = str(rows_of(model).visible_to(make_user()).query)
    subqueries = query.count('(SELECT "core_roleassignment"."component_id"')
    assert "ARRAY(" in query
    assert query.count('FROM "core_roleassignment"') == subqueries > 0
    assert 'JOIN "core_roleassignment"' not in query
