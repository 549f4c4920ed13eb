"""A tree with very many marks is rolled up in portions, each in a transaction of its own."""

import pytest
from django.db import transaction

from portfolios import rollup
from ppm.core.models import Component, DirtyMark, Snapshot
from tests.bench._organisation import NOW, fill
from tests.oracle import differences, expected
from tests.rollup.states import stored

pytestmark = pytest.mark.django_db

PROJECTS, PORTION = 60, 25


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Component:
    """Return the root of an organisation in which everything is marked, for small portions."""
    monkeypatch.setattr(rollup, "PORTION", PORTION)
    fill(PROJECTS)
    rollup.turn_days(now=NOW)
    return Component.objects.get(parent=None)


def marked() -> set[int]:
    return set(DirtyMark.objects.values_list("component_id", flat=True))


def test_a_sweep_takes_a_portion_and_asks_for_another(root: Component) -> None:
    before = marked()

    assert rollup.sweep(now=NOW) is True

    assert len(before - marked()) == PORTION
    computed = set(Snapshot.objects.values_list("component", flat=True))
    assert computed >= before - marked()


def test_a_portion_is_a_coherent_part_of_the_tree(root: Component) -> None:
    rollup.roll_up_tree(root.pk, now=NOW)

    in_order = Component.objects.order_by("path").values_list("pk", flat=True)
    assert marked() == set(in_order[PORTION:])


def test_a_portion_that_dies_leaves_the_earlier_ones_as_they_are(root: Component) -> None:
    rollup.roll_up_tree(root.pk, now=NOW)
    left, figures = marked(), stored(now=NOW)

    with transaction.atomic():
        rollup.roll_up_tree(root.pk, now=NOW)
        assert marked() < left
        transaction.set_rollback(True)

    assert marked() == left
    assert stored(now=NOW) == figures


def test_all_portions_together_are_the_whole(root: Component) -> None:
    sweeps = 1
    while rollup.sweep(now=NOW):
        sweeps += 1

    assert sweeps == -(-Component.objects.count() // PORTION)
    assert differences(expected(now=NOW), stored(now=NOW)) == []


def test_several_marks_of_a_component_are_taken_together(root: Component) -> None:
    first = Component.objects.order_by("path")[0]
    rollup.mark([first.pk] * PORTION)

    rollup.roll_up_tree(root.pk, now=NOW)

    assert first.pk not in marked()
    assert len(marked()) == Component.objects.count() - PORTION
