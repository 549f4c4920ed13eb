"""What asking who may see a row costs: lists of 10,000 projects, with the rule and without it."""

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from statistics import median
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from portfolios import rollup
from ppm.core.models import Component, Role, RoleAssignment, User
from ppm.core.outline import ordered
from projects.models import Project
from tests.bench._organisation import NOW, organisation, settle_tables
from tests.bench._timing import seconds
from tests.bench.pages import Visit
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, ROLES, VISITS, READS = 10_000, 200, 60, 40
LISTS = {
    "api_components": "/api/v1/components/?kind=project&limit=50",
    "project_list": "/projects/",
    "late_page_of_project_list": "/projects/?page=100",
}
MOST = 1.1


def prove(stack: Stack) -> Result:
    """Read lists as an administrator, whom nothing is asked, and as holders of roles, in turns."""
    result = Result()
    with organisation(stack, PROJECTS):
        rollup.drain(now=NOW)
        readers = {
            "superuser": superuser(),
            "1_role": holder_of_one(),
            "200_roles": holder_of_all(),
        }
        settle_tables()
        web, address = stack.start_web()
        for name, path in LISTS.items():
            visits = {who: Visit(address, logged_in(user), path) for who, user in readers.items()}
            most = MOST if name.startswith("api") else None
            _compare(result, name, visits, times=VISITS, most=most)
        stack.stop(web)
        lists = {who: worst_projects_of(user) for who, user in readers.items()}
        _compare(result, "statement_of_project_list", lists, times=READS, most=MOST)
        counts = {who: number_of_projects_of(user) for who, user in readers.items()}
        _compare(result, "count_of_projects", counts, times=READS)
    return result


def _compare(
    result: Result,
    name: str,
    reads: Mapping[str, Callable[[], Any]],
    *,
    times: int,
    most: float | None = None,
) -> None:
    """Note the middle of each, and how much longer those take to whom the rule applies."""
    taken: dict[str, list[float]] = {who: [] for who in reads}
    for _ in range(5):
        for read in reads.values():
            read()
    for _ in range(times):
        for who, read in reads.items():
            taken[who].append(seconds(read) * 1000)
    for who, milliseconds in taken.items():
        result.note(f"{name}_{who}_ms", median(milliseconds))
    bare = taken.pop("superuser")
    for who, milliseconds in taken.items():
        ratio = median(mine / other for mine, other in zip(milliseconds, bare, strict=True))
        result.note(f"{name}_{who}_ratio", ratio, most=most)


def superuser() -> User:
    """Make somebody who sees all without being asked."""
    return User.objects.create_user("boss", email="boss@example.com", is_superuser=True)


def holder_of_one() -> User:
    """Make somebody who sees all by one role, on the root."""
    user = User.objects.create_user("one", email="one@example.com")
    root = Component.objects.get(parent=None)
    RoleAssignment.objects.create(user=user, component=root, role=Role.VIEWER)
    return user


def holder_of_all() -> User:
    """Make somebody who sees all projects by a role on each program, half of them by groups."""
    user = User.objects.create_user("many", email="many@example.com")
    groups = [Group.objects.create(name=f"Team {number}") for number in range(5)]
    user.groups.set(groups)
    programs = list(Component.objects.filter(kind="program").order_by("pk"))
    assert len(programs) == ROLES
    RoleAssignment.objects.bulk_create(
        RoleAssignment(component=program, role=Role.VIEWER, **holder)
        for program, holder in zip(programs, holders(user, groups), strict=False)
    )
    assert Project.objects.visible_to(user).count() == PROJECTS
    return user


def holders(user: User, groups: list[Group]) -> Iterator[dict[str, Any]]:
    """Name in turns the person, and one of the groups."""
    for group in cycle(groups):
        yield {"user": user}
        yield {"group": group}


def logged_in(user: User) -> Client:
    """Log somebody in."""
    browser = Client()
    browser.force_login(user)
    return browser


def projects_of(user: User) -> Any:
    """Ask for the projects that somebody sees, as the page of all projects does."""
    return Project.objects.all() if user.is_superuser else Project.objects.visible_to(user)


def worst_projects_of(user: User) -> Callable[[], Any]:
    """Read the first page of them, the worst first: each is looked at."""
    return lambda: list(ordered(projects_of(user), "health", now=NOW)[:50])


def number_of_projects_of(user: User) -> Callable[[], Any]:
    """Count them. For a superuser that needs no tree."""
    return lambda: projects_of(user).count()
