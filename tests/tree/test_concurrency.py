"""The tree under concurrent transactions: who waits for whom, and what holds afterwards."""

from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from portfolios.models import Portfolio
from ppm.core.loading import Loaded, load_components
from ppm.core.locks import lock_rollup, try_lock_rollup
from ppm.core.models import Component
from programs.models import Program
from projects.models import Project
from tests.factories import make_portfolio, make_program, make_project
from tests.sessions import PATIENCE, sessions
from tests.tree.ways import WAYS_TO_MOVE, Way, by_saving, wrong_paths

pytestmark = pytest.mark.django_db(transaction=True)

# Saving a whole model writes its key columns too, and so locks the row against foreign keys.
WITHOUT_KEYS = [way for way in WAYS_TO_MOVE if way is not by_saving]


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_an_insert_waits_for_a_move_and_then_knows_the_new_place(move: Way) -> None:
    root = make_portfolio()
    program, target = make_program(make_portfolio(root)), make_portfolio(root)
    with sessions(2) as (mover, writer):
        mover.do(move, program, target)
        insert = writer.start(make_project, program)
        writer.wait_until_blocked(by=mover)
        mover.commit()
        project = insert.result(PATIENCE)
        writer.commit()
    assert project.path == [root.pk, target.pk, program.pk, project.pk]
    assert wrong_paths() == []


@pytest.mark.parametrize("move", WITHOUT_KEYS)
def test_a_move_waits_for_an_insert_and_takes_it_along(move: Way) -> None:
    root = make_portfolio()
    program, target = make_program(make_portfolio(root)), make_portfolio(root)
    with sessions(2) as (mover, writer):
        project = writer.do(make_project, program)
        moved = mover.start(move, program, target)
        mover.wait_until_blocked(by=writer)
        writer.commit()
        moved.result(PATIENCE)
        mover.commit()
    project.refresh_from_db()
    assert project.path == [root.pk, target.pk, program.pk, project.pk]


def test_a_bulk_load_waits_for_a_move_and_then_knows_the_new_place() -> None:
    root = make_portfolio()
    program, target = make_program(make_portfolio(root)), make_portfolio(root)
    with sessions(2) as (mover, loader):
        mover.do(program.move_to, target)
        loaded = loader.start(load_projects, program)
        loader.wait_until_blocked(by=mover)
        mover.commit()
        assert len(loaded.result(PATIENCE).created) == 3
        loader.commit()
    assert wrong_paths() == []


def test_a_move_waits_for_a_bulk_load_and_takes_it_along() -> None:
    root = make_portfolio()
    program, target = make_program(make_portfolio(root)), make_portfolio(root)
    with sessions(2) as (mover, loader):
        loader.do(load_projects, program)
        moved = mover.start(program.move_to, target)
        mover.wait_until_blocked(by=loader)
        loader.commit()
        moved.result(PATIENCE)
        mover.commit()
    assert Component.objects.below(target).count() == 4
    assert wrong_paths() == []


def load_projects(program: Program) -> Loaded:
    """Load three projects of a program in bulk."""
    return load_components(
        Project,
        [
            (
                row,
                {"code": f"LOADED-{row}", "name": "New", "state": "idea", "parent": program.code},
            )
            for row in range(3)
        ],
    )


@pytest.mark.parametrize("move", WITHOUT_KEYS)
def test_two_moves_cannot_close_a_circle(move: Way) -> None:
    root = make_portfolio()
    first, second = make_portfolio(root), make_portfolio(root)
    with sessions(2) as (one, other):
        one.do(move, first, second)
        closing = other.start(move, second, first)
        other.wait_until_blocked(by=one)
        one.commit()
        with pytest.raises(IntegrityError, match="A component cannot stand below itself"):
            closing.result(PATIENCE)
    assert wrong_paths() == []


def test_a_circle_by_saving_is_refused_or_ends_in_a_deadlock_error() -> None:
    root = make_portfolio()
    first, second = make_portfolio(root), make_portfolio(root)
    with sessions(2) as (one, other):
        one.do(by_saving, first, second)
        closing = other.start(by_saving, second, first)
        other.wait_until_blocked(by=one)
        steps = [one.start(transaction.commit), closing]
        errors = [step.exception(PATIENCE) for step in steps]
    assert len([error for error in errors if isinstance(error, DatabaseError)]) == 1
    assert wrong_paths() == []


def test_inserts_do_not_wait_for_each_other_nor_for_a_roll_up() -> None:
    root = make_portfolio()
    with sessions(3) as (roller, one, other):
        roller.do(lock_rollup, root.pk)
        one.do(make_project, root, "ONE")
        other.do(make_project, root, "OTHER")
        other.commit()
        one.commit()
    assert wrong_paths() == []


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
@pytest.mark.parametrize("busy", ["old", "new"])
def test_a_move_waits_for_the_roll_up_of_either_tree(busy: str, move: Way) -> None:
    trees = {"old": make_portfolio(), "new": make_portfolio()}
    project = make_project(trees["old"])
    with sessions(2) as (roller, mover):
        roller.do(lock_rollup, trees[busy].pk)
        moved = mover.start(move, project, trees["new"])
        mover.wait_until_blocked(by=roller)
        roller.commit()
        moved.result(PATIENCE)
        assert not roller.do(try_lock_rollup, trees["old"].pk)
        assert not roller.do(try_lock_rollup, trees["new"].pk)
        mover.commit()
    project.refresh_from_db()
    assert project.path == [trees["new"].pk, project.pk]


def test_a_delete_waits_for_the_roll_up() -> None:
    project = make_project(make_portfolio())
    with sessions(2) as (roller, deleter):
        roller.do(lock_rollup, project.root_id)
        deleted = deleter.start(project.delete)
        deleter.wait_until_blocked(by=roller)
        roller.commit()
        deleted.result(PATIENCE)
        deleter.commit()
    assert not Component.objects.filter(code=project.code).exists()


def test_a_child_cannot_appear_under_a_parent_that_is_being_deleted() -> None:
    program = make_program(make_portfolio())
    doomed = Program.objects.get(pk=program.pk)
    with sessions(2) as (deleter, writer):
        deleter.do(doomed.delete)
        writer.do(make_project, program, "ORPHAN")
        committed = writer.start(transaction.commit)
        writer.wait_until_blocked(by=deleter)
        deleter.commit()
        with pytest.raises(IntegrityError):
            committed.result(PATIENCE)
    assert list(Component.objects.values_list("kind", flat=True)) == ["portfolio"]


def test_moves_in_opposite_directions_never_deadlock() -> None:
    trees = [make_portfolio(), make_portfolio()]
    travellers = [make_program(tree) for tree in trees]
    start = Barrier(2, timeout=PATIENCE)

    def travel(traveller: Component, there: Portfolio, back: Portfolio) -> None:
        for target in [there, back] * 10:
            start.wait()
            with transaction.atomic():
                traveller.move_to(target)
            transaction.commit()

    with sessions(2) as (one, other):
        journeys = [
            one.start(travel, travellers[0], trees[1], trees[0]),
            other.start(travel, travellers[1], trees[0], trees[1]),
        ]
        for journey in journeys:
            journey.result(PATIENCE)
    assert wrong_paths() == []
    assert [traveller.parent_id for traveller in travellers] == [tree.pk for tree in trees]
