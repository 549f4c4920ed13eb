"""What a sweep promises: nothing lost, nothing written twice, no poison that spreads."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portfolios import rollup
from ppm.core.locks import lock_rollup
from ppm.core.models import Component, DirtyMark, RollupFailure, Snapshot, State
from projects.models import Project
from tests.factories import (
    make_benefit,
    make_cost,
    make_link,
    make_portfolio,
    make_program,
    make_project,
)
from tests.rollup.states import NOW, mark_everything, rolled_back, stored, sweep
from tests.sessions import sessions

AS_OF = date(2026, 3, 31)
# Two of them are more than an amount can hold.
HUGE = 600_000_000_000_000


class Tree:
    """A portfolio of two programs with a project each."""

    def __init__(self) -> None:
        """Write it, with a cost of 100 on each project, and roll it up."""
        self.root = make_portfolio(status_date=AS_OF)
        self.program, self.other = make_program(self.root), make_program(self.root)
        self.project, self.neighbour = make_project(self.program), make_project(self.other)
        for project in (self.project, self.neighbour):
            make_cost(project, 100, AS_OF)
        sweep()


@pytest.fixture
def tree(db: None) -> Tree:
    """Return a tree that is rolled up."""
    return Tree()


def spent(component: Component) -> int | None:
    """Return the stored cost of a component."""
    figures = stored()[component.pk]["spent"]
    return None if figures is None else int(figures)


def degraded() -> set[int]:
    """Return the components whose figures rest on something that cannot be computed."""
    newest = Snapshot.objects.filter(degraded=True)
    return set(newest.values_list("component", flat=True))


def poison(project: Project) -> None:
    """Book so much that the sum cannot be stored."""
    for _ in range(2):
        make_cost(project, HUGE, AS_OF)


class Clock:
    """Time that passes between sweeps, so that failures are tried again."""

    def __init__(self) -> None:
        """Start now: failures carry the database's time."""
        self.now = timezone.now()

    def tick(self) -> None:
        """Sweep half a minute later."""
        self.now += timedelta(seconds=30)
        sweep(now=self.now)


def test_what_cannot_be_computed_leaves_others_alone(tree: Tree) -> None:
    poison(tree.project)
    make_cost(tree.neighbour, 50, AS_OF)
    sweep()
    assert spent(tree.neighbour) == spent(tree.other) == 150
    assert spent(tree.project) == spent(tree.program) == 100
    assert spent(tree.root) == 250
    assert RollupFailure.objects.get().component_id == tree.project.pk
    assert degraded() == {tree.program.pk, tree.root.pk}


def test_a_sum_that_cannot_be_stored_fails_where_it_is_made(tree: Tree) -> None:
    for project in (tree.project, make_project(tree.program)):
        make_cost(project, HUGE, AS_OF)
    sweep()
    assert spent(tree.project) == HUGE + 100
    assert spent(tree.program) == 100
    assert RollupFailure.objects.get().component_id == tree.program.pk
    assert degraded() == {tree.root.pk}


def test_a_failure_is_tried_five_times_and_healed_by_a_correction(tree: Tree) -> None:
    clock = Clock()
    poison(tree.project)
    tries = []
    for _ in range(7):
        clock.tick()
        tries.append(RollupFailure.objects.get().tries)
    assert tries == [1, 2, 3, 4, 5, 5, 5]
    for _ in range(2):
        make_cost(tree.project, -HUGE, AS_OF)
    clock.tick()
    assert not RollupFailure.objects.exists()
    assert degraded() == set()
    assert spent(tree.root) == 200


def test_only_what_changed_is_written(tree: Tree) -> None:
    before = dict(Snapshot.objects.values_list("component", "pk"))
    mark_everything()
    assert rollup.roll_up_tree(tree.root.pk, now=NOW) == []
    make_cost(tree.project, 1, AS_OF)
    changed = rollup.roll_up_tree(tree.root.pk, now=NOW)
    assert changed == [tree.project.pk, tree.program.pk, tree.root.pk]
    assert dict(Snapshot.objects.values_list("component", "pk")) == before


def test_marks_go_with_a_write_that_is_rolled_back(tree: Tree) -> None:
    with rolled_back():
        make_cost(tree.project, 1, AS_OF)
        assert DirtyMark.objects.filter(component_id=tree.project.pk).exists()
    assert not DirtyMark.objects.exists()


def test_the_home_of_a_benefit_follows_a_project_of_another_tree(tree: Tree) -> None:
    home = make_program(make_portfolio(status_date=AS_OF))
    make_link(make_benefit(home, 1000), tree.project)
    Component.objects.filter(pk=tree.project.pk).update(state=State.CLOSED)
    sweep()
    assert stored()[home.pk]["benefit_forecast"] == 1000
    Component.objects.filter(pk=tree.project.pk).update(state=State.TERMINATED)
    assert rollup.sweep(now=NOW)
    sweep()
    assert stored()[home.pk]["benefit_forecast"] == 0
    assert stored()[home.path[0]]["benefit_forecast"] == 0


def test_marks_of_what_is_gone_are_forgotten(tree: Tree) -> None:
    make_project(tree.program).delete()
    make_project(tree.other).delete()
    sweep()
    assert set(stored()) == set(Component.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_busy_tree_is_come_back_to() -> None:
    tree, elsewhere = Tree(), Tree()
    with sessions(1) as (worker,):
        worker.do(lock_rollup, tree.root.pk)
        make_cost(tree.project, 1, AS_OF)
        make_cost(elsewhere.project, 1, AS_OF)
        assert rollup.sweep(now=NOW)
        assert (spent(tree.root), spent(elsewhere.root)) == (200, 201)
        worker.commit()
    sweep()
    assert spent(tree.root) == 201


def command(name: str, **options: object) -> str:
    """Run a command and return what it prints."""
    output = StringIO()
    call_command(name, stdout=output, **options)
    return output.getvalue()


def test_roll_up_computes_what_is_marked(tree: Tree) -> None:
    make_cost(tree.project, 1, AS_OF)
    assert "5 components, 3 snapshots written" in command("roll_up")
    assert spent(tree.root) == 201


@pytest.fixture
def lost(tree: Tree) -> Tree:
    """Return a tree whose snapshots are gone."""
    Snapshot.objects.all().delete()
    return tree


def test_roll_up_computes_everything(lost: Tree) -> None:
    assert "0 snapshots" in command("roll_up")
    assert "5 snapshots" in command("roll_up", all=True)
    assert spent(lost.root) == 200


def test_roll_up_computes_a_component_with_all_below_and_above(lost: Tree) -> None:
    assert "3 snapshots" in command("roll_up", component=lost.program.code)
    assert set(stored()) == {lost.project.pk, lost.program.pk, lost.root.pk}
    with pytest.raises(CommandError, match="no component NONE"):
        command("roll_up", component="NONE")


def test_an_audit_finds_what_was_tampered_with(tree: Tree) -> None:
    assert command("audit_rollup").startswith("5 components, 0 differences")
    Snapshot.objects.filter(component=tree.program).update(spent=99)
    output = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("audit_rollup", stdout=output)
    assert end.value.code == 1
    # The root's stored sum is right, but no longer what its children's add up to.
    assert output.getvalue().startswith("5 components, 1 differences")
    assert tree.program.code in output.getvalue()
    assert spent(tree.program) == 99


def test_an_audit_does_not_complain_about_what_is_marked(tree: Tree) -> None:
    make_cost(tree.project, 1, AS_OF)
    assert command("audit_rollup").startswith("5 components, 0 differences")
    assert DirtyMark.objects.filter(component_id=tree.project.pk).exists()
