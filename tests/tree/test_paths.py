"""The database derives every path, whoever writes and however."""

from contextlib import nullcontext
from datetime import date
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.db.models import Case, When
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppm.core.models import Component, ComponentQuerySet, DirtyMark
from projects.models import Project
from tests.exploring import tried_on
from tests.factories import make_portfolio, make_program, make_project
from tests.refusals import refused
from tests.tree.ways import WAYS_TO_MOVE, Way, insert_by_sql, wrong_paths

C = TypeVar("C", bound=Component)

pytestmark = pytest.mark.django_db


def test_a_new_component_knows_its_path() -> None:
    root = make_portfolio()
    program = make_program(root)
    project = make_project(program)
    assert root.path == [root.pk]
    assert project.path == [root.pk, program.pk, project.pk]
    assert project.root_id == root.pk


def test_sql_cannot_insert_a_false_path() -> None:
    root = make_portfolio()
    project_id = insert_by_sql("project", root, "RAW")
    assert Component.objects.get(pk=project_id).path == [root.pk, project_id]


def test_rows_of_one_insert_may_be_each_others_parents() -> None:
    root = make_portfolio()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_component (id, kind, code, name, description, parent_id, path, "
            "state, currency, time_zone, version) OVERRIDING SYSTEM VALUE "
            "SELECT %(root)s + n, 'portfolio', 'CHAIN-' || n, '', '', %(root)s + n - 1, '{}', "
            "'active', '', '', 1 FROM generate_series(1, 3) AS n",
            {"root": root.pk},
        )
    last = Component.objects.get(code="CHAIN-3")
    assert last.path == [root.pk, root.pk + 1, root.pk + 2, root.pk + 3]


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_all_below_follow_a_move(move: Way) -> None:
    root = make_portfolio()
    old, new = make_portfolio(root), make_portfolio(root)
    program = make_program(old)
    project = make_project(program)
    bystander = make_project(old)
    move(program, new)
    project.refresh_from_db()
    assert project.path == [root.pk, new.pk, program.pk, project.pk]
    bystander.refresh_from_db()
    assert bystander.path == [root.pk, old.pk, bystander.pk]
    assert wrong_paths() == []


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_a_component_that_becomes_a_root_inherits_the_settings_of_its_tree(move: Way) -> None:
    root = make_portfolio(currency="USD", time_zone="UTC", status_date=date(2026, 3, 1))
    program = make_program(root)
    project = make_project(program)
    move(program, None)
    program.refresh_from_db()
    project.refresh_from_db()
    assert (program.currency, program.time_zone) == ("USD", "UTC")
    assert program.status_date == date(2026, 3, 1)
    assert project.path == [program.pk, project.pk]


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_a_root_that_moves_under_a_parent_gives_up_its_settings(move: Way) -> None:
    root = make_portfolio()
    other = make_program(time_zone="UTC", status_date=date(2026, 3, 1))
    project = make_project(other)
    move(other, root)
    other.refresh_from_db()
    project.refresh_from_db()
    assert (other.currency, other.time_zone, other.status_date) == ("", "", None)
    assert project.path == [root.pk, other.pk, project.pk]


def test_an_update_cannot_falsify_a_path() -> None:
    project = make_project(make_portfolio())
    Component.objects.filter(pk=project.pk).update(path=[1, 2, 3])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_component SET path = '{9}' WHERE id = %s", [project.pk])
    assert Component.objects.get(pk=project.pk).path == project.path


def test_every_update_counts_the_version_up() -> None:
    root = make_portfolio()
    program = make_program(root)
    project = make_project(program)
    Component.objects.filter(pk=program.pk).update(name="Renamed")
    Component.objects.filter(pk=program.pk).update(version=1)
    program.refresh_from_db()
    assert program.version == 3
    assert program.updated_at >= program.created_at
    program.move_to(None)
    project.refresh_from_db()
    assert (program.version, project.version) == (4, 1), "being taken along is no change"


def test_a_move_marks_both_parents_and_all_that_it_takes_along() -> None:
    root = make_portfolio()
    old, new = make_portfolio(root), make_portfolio(root)
    program = make_program(old)
    project = make_project(program)
    DirtyMark.objects.all().delete()
    program.move_to(new)
    marked = set(DirtyMark.objects.values_list("component_id", flat=True))
    assert marked >= {old.pk, new.pk, program.pk, project.pk}


def test_ranges_of_paths_find_what_is_below() -> None:
    root, stranger = make_portfolio(), make_portfolio()
    program = make_program(root)
    project = make_project(program)
    make_project(stranger)
    assert _codes(Component.objects.below(root)) == {program.code, project.code}
    assert _codes(Project.objects.below(program)) == {project.code}
    assert _codes(Component.objects.roots()) == {root.code, stranger.code}


def _codes(components: ComponentQuerySet[C]) -> set[str]:
    return {component.code for component in components}


def test_one_statement_may_move_many() -> None:
    """Row order must not matter: a descendant may be written before or after its ancestor."""
    root = make_portfolio()
    first, second, third = (make_portfolio(root) for _ in range(3))
    leaf = make_project(first)
    Component.objects.filter(pk__in=[first.pk, second.pk]).update(
        parent=Case(When(pk=first.pk, then=second.pk), default=third.pk)
    )
    assert wrong_paths() == []
    leaf.refresh_from_db()
    assert leaf.path == [root.pk, third.pk, second.pk, first.pk, leaf.pk]


def test_one_statement_cannot_close_a_circle() -> None:
    root = make_portfolio()
    first, second = make_portfolio(root), make_portfolio(root)
    below_first, below_second = make_portfolio(first), make_portfolio(second)
    swapped = Case(When(pk=first.pk, then=below_second.pk), default=below_first.pk)
    with refused("core_component_has_no_cycle", "A component cannot stand below itself."):
        Component.objects.filter(pk__in=[first.pk, second.pk]).update(parent=swapped)


@settings(tried_on(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(0, 7)), min_size=1, max_size=4))
def test_whatever_one_statement_moves_the_paths_are_right_or_it_is_refused(
    moves: list[tuple[int, int]],
) -> None:
    with transaction.atomic():
        nodes = [make_portfolio()]
        for above in (0, 1, 2, 0, 4, 5, 0):
            nodes.append(make_portfolio(nodes[above]))
        parents = {nodes[child].pk: nodes[parent].pk for child, parent in moves}
        target = Case(*(When(pk=child, then=parent) for child, parent in parents.items()))
        edges = {node.pk: parents.get(node.pk, node.parent_id) for node in nodes}
        with refused("core_component_has_no_cycle") if _has_circle(edges) else nullcontext():
            Component.objects.filter(pk__in=parents).update(parent=target)
        assert wrong_paths() == []
        transaction.set_rollback(True)


def _has_circle(parents: dict[int, int | None]) -> bool:
    for start in parents:
        above = parents[start]
        for _ in parents:
            if above == start:
                return True
            above = parents[above] if above else None
    return False
