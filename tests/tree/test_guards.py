"""What the tree refuses, tried through the ORM, bulk operations and raw SQL."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import ProtectedError

from portfolios.models import Portfolio
from ppm.core.models import Component, Kind
from ppm.core.models.component import MAX_DEPTH
from tests.factories import make_portfolio, make_program, make_project
from tests.refusals import refused
from tests.tree.ways import WAYS_TO_MOVE, Way, insert_by_sql

pytestmark = pytest.mark.django_db

MAKERS = {
    Kind.PORTFOLIO: make_portfolio,
    Kind.PROGRAM: make_program,
    Kind.PROJECT: make_project,
}
WRONG_PARENTS = [
    (Kind.PORTFOLIO, Kind.PROGRAM),
    (Kind.PORTFOLIO, Kind.PROJECT),
    (Kind.PROGRAM, Kind.PROJECT),
    (Kind.PROJECT, Kind.PROJECT),
]
RIGHT_PARENTS = [
    (Kind.PORTFOLIO, Kind.PORTFOLIO),
    (Kind.PROGRAM, Kind.PORTFOLIO),
    (Kind.PROGRAM, Kind.PROGRAM),
    (Kind.PROJECT, Kind.PORTFOLIO),
    (Kind.PROJECT, Kind.PROGRAM),
]
MISPLACED = "core_component_parent_fits_the_kind"
MISPLACED_SENTENCE = (
    "A portfolio stands under portfolios; programs and projects stand under portfolios or "
    "programs."
)


@pytest.mark.parametrize(("kind", "parent_kind"), RIGHT_PARENTS)
def test_allowed_parents(kind: Kind, parent_kind: Kind) -> None:
    parent = MAKERS[parent_kind]()
    child = MAKERS[kind](parent)
    assert child.path == [parent.pk, child.pk]


@pytest.mark.parametrize(("kind", "parent_kind"), WRONG_PARENTS)
def test_wrong_parents_are_refused_to_new_components(kind: Kind, parent_kind: Kind) -> None:
    parent = MAKERS[parent_kind]()
    with refused(MISPLACED, MISPLACED_SENTENCE):
        MAKERS[kind](parent)
    with refused(MISPLACED, MISPLACED_SENTENCE):
        insert_by_sql(kind, parent, "RAW")


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
@pytest.mark.parametrize(("kind", "parent_kind"), WRONG_PARENTS)
def test_wrong_parents_are_refused_to_moves(kind: Kind, parent_kind: Kind, move: Way) -> None:
    child, parent = MAKERS[kind](), MAKERS[parent_kind]()
    with refused(MISPLACED, MISPLACED_SENTENCE):
        move(child, parent)


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
@pytest.mark.parametrize("steps_down", [0, 1, 2])
def test_nothing_moves_below_itself(steps_down: int, move: Way) -> None:
    chain = [make_portfolio(make_portfolio())]
    for _ in range(2):
        chain.append(make_portfolio(chain[-1]))
    with refused("core_component_has_no_cycle", "A component cannot stand below itself."):
        move(chain[0], chain[steps_down])


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_nothing_moves_into_a_tree_of_another_currency(move: Way) -> None:
    project = make_project(make_portfolio(currency="EUR"))
    dollars = make_portfolio(currency="USD")
    with refused(
        "core_component_keeps_its_currency",
        "A component cannot move into a tree of another currency.",
    ):
        move(project, dollars)


@pytest.mark.parametrize("move", WAYS_TO_MOVE)
def test_nothing_moves_deeper_than_ten_levels(move: Way) -> None:
    deepest = make_portfolio()
    for _ in range(MAX_DEPTH - 2):
        deepest = make_portfolio(deepest)
    program = make_program()
    make_project(program)
    with refused("core_component_is_not_too_deep"):
        move(program, deepest)


def test_nothing_is_made_deeper_than_ten_levels() -> None:
    deepest = make_portfolio()
    for _ in range(MAX_DEPTH - 1):
        deepest = make_portfolio(deepest)
    assert len(deepest.path) == MAX_DEPTH
    with refused("core_component_is_not_too_deep"):
        make_project(deepest)
    with refused("core_component_is_not_too_deep"):
        insert_by_sql("project", deepest, "RAW")


def test_the_kind_never_changes() -> None:
    project = make_project()
    with refused("core_component_kind_is_kept", "The kind of a component never changes."):
        Component.objects.filter(pk=project.pk).update(kind=Kind.PROGRAM)


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        (Kind.PROJECT, Kind.PROGRAM),
        (Kind.PROGRAM, Kind.PROJECT),
        (Kind.PORTFOLIO, Kind.PROGRAM),
    ],
)
def test_a_component_has_rows_of_its_own_kind_only(kind: Kind, other: Kind) -> None:
    component = MAKERS[other]()
    table = f"{kind}s_{kind}"
    with (
        refused(f"core_component_is_a_{kind}", f"This component is not a {kind}."),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"INSERT INTO {table} (component_ptr_id) VALUES (%s)", [component.pk])  # noqa: S608


def test_a_parent_that_is_not_there() -> None:
    project = make_project()
    with refused("core_component_parent_exists", "There is no such parent."):
        Component.objects.filter(pk=project.pk).update(parent_id=2**60)


def test_a_root_needs_settings_and_nothing_below_it_has_them() -> None:
    root = make_portfolio()
    with refused("core_component_root_carries_the_tree_settings"):
        make_portfolio(currency="")
    with refused("core_component_root_carries_the_tree_settings"):
        make_project(root, currency="EUR", time_zone="Europe/Vienna")
    with refused("core_component_root_carries_the_tree_settings"):
        Component.objects.filter(pk=root.pk).update(time_zone="")


@pytest.mark.parametrize(
    ("field", "text"), [("code", "a b"), ("currency", "eur"), ("time_zone", "Mars/Olympus")]
)
def test_forms_refuse_malformed_texts(field: str, text: str) -> None:
    root = make_portfolio()
    setattr(root, field, text)
    with pytest.raises(ValidationError) as refusal:
        root.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_a_parent_with_children_is_not_deleted() -> None:
    root = make_portfolio()
    make_project(root)
    with pytest.raises(ProtectedError):
        root.delete()


def test_the_tree_is_never_truncated() -> None:
    with (
        refused(
            "no_truncate",
            "This table feeds the roll-up and cannot be truncated: delete its rows.",
        ),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE core_component CASCADE")
    assert Portfolio.objects.count() == 0


def test_the_currency_of_a_tree_that_holds_something_is_kept() -> None:
    empty, full = make_portfolio(), make_portfolio()
    make_project(full)
    Component.objects.filter(pk=empty.pk).update(currency="USD")
    sentence = "The currency of a tree that holds something cannot change."
    with refused("core_component_currency_is_kept", sentence):
        Component.objects.filter(pk=full.pk).update(currency="USD")


def test_a_time_zone_that_is_none_is_refused() -> None:
    root = make_portfolio()
    with refused("core_component_time_zone_is_known", "There is no such time zone."):
        Component.objects.filter(pk=root.pk).update(time_zone="Europe/Atlantis")
