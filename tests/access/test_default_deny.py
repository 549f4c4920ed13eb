"""While a request is answered, protected rows are read in the name of a user, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse

from ppm.core.middleware import DefaultDenyMiddleware
from ppm.core.models import Role, RoleAssignment, ScopedQuerySet, User
from ppm.core.reach import NamelessReadError, answering, unscoped
from projects.models import Project, Task
from tests.factories import give_role, make_project, make_task, make_user
from tests.rows import ROWS

pytestmark = pytest.mark.django_db

PROTECTED = [model for model in ROWS if isinstance(model._default_manager.all(), ScopedQuerySet)]
READING: dict[str, Callable[[QuerySet[Any]], object]] = {
    "all": list,
    "one": lambda rows: rows.get(pk=1),
    "first": lambda rows: rows.first(),
    "count": lambda rows: rows.count(),
    "whether": lambda rows: rows.exists(),
    "sum": lambda rows: rows.aggregate(Count("pk")),
    "values": lambda rows: list(rows.values_list("pk")),
    "bulk": lambda rows: rows.in_bulk([1]),
    "portions": lambda rows: list(rows.iterator()),
    "locked": lambda rows: list(rows.select_for_update()),
    "raw": lambda rows: list(rows.raw(f"SELECT * FROM {rows.model._meta.db_table}")),  # noqa: S608
    "joined": lambda rows: list(rows | rows.filter(pk=1)),
}


@pytest.mark.parametrize("way", READING)
def test_no_way_of_reading_forgets_the_user(way: str) -> None:
    assert len(PROTECTED) > 25
    for model in PROTECTED:
        rows = model._default_manager.all()
        with answering(), pytest.raises(NamelessReadError, match="visible_to"):
            READING[way](rows)


@pytest.mark.parametrize("user", ["nobody", "viewer", "administrator"])
def test_rows_are_read_in_the_name_of_anybody(user: str) -> None:
    person = User.objects.create(username=user, email=f"{user}@example.com")
    person.is_superuser, person.is_active = user == "administrator", user != "nobody"
    for model in PROTECTED:
        rows: Any = model._default_manager.all()
        with answering():
            list(rows.visible_to(person).order_by("pk"))
            list(rows.changeable_by(person).order_by("pk"))


def test_a_view_that_forgets_the_user_fails_and_shows_nothing() -> None:
    make_project(code="SECRET")

    def forgetful(request: HttpRequest) -> HttpResponse:
        return HttpResponse(",".join(Project.objects.values_list("code", flat=True)))

    with pytest.raises(NamelessReadError):
        DefaultDenyMiddleware(forgetful)(HttpRequest())
    assert Project.objects.get().code == "SECRET"


def test_the_rows_of_a_row_that_was_reached_are_reached() -> None:
    task = make_task(make_project(code="P"))
    with answering():
        assert list(task.project.tasks.all()) == [task]


def test_the_rows_of_a_person_are_not() -> None:
    user = make_user()
    give_role(user, make_project(code="P"), Role.VIEWER)
    with answering(), pytest.raises(NamelessReadError):
        list(user.role_assignments.all())


def test_what_computes_says_so_and_only_it_reads_everything() -> None:
    make_project(code="P")

    @unscoped("a sum")
    def number() -> int:
        return Project.objects.count()

    with answering():
        assert number() == 1
        with pytest.raises(NamelessReadError):
            Project.objects.count()


def test_writing_is_left_to_rights_and_to_the_database() -> None:
    project = make_project(code="P")
    with answering():
        task = make_task(project)
        Task.objects.filter(pk=task.pk).update(name="Another")
        task.delete()
    assert not RoleAssignment.objects.exists()
    assert not Task.objects.exists()
