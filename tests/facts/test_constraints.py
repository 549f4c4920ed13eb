"""Every named constraint of every model, attacked through the ORM, in bulk and by SQL."""

import copy
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from ppm.core.models import AuditEvent, AuditSeal, Component, Fact
from tests.facts.attacks import ATTACKS, TRIED_ELSEWHERE
from tests.refusals import refused
from tests.rows import ROWS, World, insert_by_sql

pytestmark = pytest.mark.django_db

OURS = {"core", "projects", "programs", "portfolios"}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OURS]
ADDED_ONLY = (AuditEvent, AuditSeal)
NAMES = [f"{name}-{','.join(values)}" for _, name, values in ATTACKS]

# Written by the system itself; no form or API offers them.
WITHOUT_A_SENTENCE = {
    "core_auditseal_seals_something",
    "core_snapshot_one_a_day",
    "core_rollupfailure_has_been_tried",
    "projects_baselinetask_once_a_baseline",
    "projects_baselinemilestone_once_a_baseline",
    "projects_baselinecurve_one_a_day",
}


def wrong_row(model: type[models.Model], name: str, values: dict[str, Any]) -> models.Model:
    """Make the row that the constraint must refuse, not saved."""
    world = World()
    row = ROWS[model](world)
    if is_unique(model, name):
        twin = copy.copy(row)
        row.save()
        row = twin
    for field, value in resolved(values, world).items():
        setattr(row, field, value)
    if isinstance(row, Component):
        row.kind = row.KIND
    return row


def resolved(values: dict[str, Any], world: World) -> dict[str, Any]:
    """Look up the values that depend on the world."""
    return {field: value(world) if callable(value) else value for field, value in values.items()}


def constraint_of(model: type[models.Model], name: str) -> models.BaseConstraint:
    """Find the constraint among those of the model and its parents."""
    owners = [model, *model._meta.get_parent_list()]
    return next(c for owner in owners for c in owner._meta.constraints if c.name == name)


def is_unique(model: type[models.Model], name: str) -> bool:
    """Tell whether two rows are needed to violate it."""
    return isinstance(constraint_of(model, name), models.UniqueConstraint)


def is_component(model: type[models.Model]) -> bool:
    """Tell whether Django refuses to insert the model in bulk."""
    return issubclass(model, Component)


def test_every_model_has_a_row_to_try() -> None:
    assert set(ROWS) == set(MODELS) - {Component}


def test_every_constraint_is_attacked() -> None:
    named = {constraint.name for model in MODELS for constraint in model._meta.constraints}
    assert named == {name for _, name, _ in ATTACKS} | set(TRIED_ELSEWHERE)


@pytest.mark.parametrize("model", ROWS)
def test_a_valid_row_is_accepted(model: type[models.Model]) -> None:
    world = World()
    row = ROWS[model](world)
    if isinstance(row, Component):
        row.kind = row.KIND
    row.full_clean(exclude=["password"])  # only a new user lacks one
    row.save()
    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize(("model", "name", "values"), ATTACKS, ids=NAMES)
def test_saving_is_refused(model: type[models.Model], name: str, values: dict[str, Any]) -> None:
    row = wrong_row(model, name, values)
    with refused(name):
        row.save()


@pytest.mark.parametrize(("model", "name", "values"), ATTACKS, ids=NAMES)
def test_sql_is_refused(model: type[models.Model], name: str, values: dict[str, Any]) -> None:
    row = wrong_row(model, name, values)
    with refused(name):
        insert_by_sql(row)


@pytest.mark.parametrize(
    ("model", "name", "values"), [attack for attack in ATTACKS if not is_component(attack[0])]
)
def test_inserts_in_bulk_are_refused(
    model: type[models.Model], name: str, values: dict[str, Any]
) -> None:
    row = wrong_row(model, name, values)
    with refused(name):
        model._default_manager.bulk_create([row])


@pytest.mark.parametrize(("model", "name", "values"), ATTACKS, ids=NAMES)
def test_forms_and_api_say_the_sentence(
    model: type[models.Model], name: str, values: dict[str, Any]
) -> None:
    row = wrong_row(model, name, values)
    constraint = constraint_of(model, name)
    with pytest.raises(ValidationError) as refusal:
        row.validate_constraints()
    if name in WITHOUT_A_SENTENCE:
        return
    assert constraint.violation_error_message in refusal.value.messages


@pytest.mark.parametrize(
    ("model", "name", "values"),
    [
        (model, name, values)
        for model, name, values in ATTACKS
        # A fact is never updated, two rows are no update, and a new root inherits its settings.
        if not issubclass(model, (*ADDED_ONLY, Fact))
        and not is_unique(model, name)
        and "parent" not in values
    ],
)
def test_updates_are_refused(model: type[models.Model], name: str, values: dict[str, Any]) -> None:
    world = World()
    row = ROWS[model](world)
    row.save()
    with refused(name):
        model._default_manager.filter(pk=row.pk).update(**resolved(values, world))
