"""Reading the demo."""

from hashlib import sha256

from django.apps import apps
from django.db import models
from django.db.models import Min

from ppm.core.models import AuditEvent, Component, Fact, Snapshot
from projects.models import BaselineCurve, BaselineMilestone, BaselineTask

Fingerprint = dict[str, tuple[int, str]]

OURS = ("core", "portfolios", "programs", "projects")
OF_THE_MOMENT = (models.JSONField, models.UUIDField)
"""They hold ids of rows, which are new ones whenever the demo is made."""
NEW_EACH_TIME = (
    "recorded_at",
    "computed_at",
    "created_at",
    "updated_at",
    "date_joined",
    "digest",
    "previous_digest",
    "password",
    "path",
)
WRITTEN_AT_ONCE = (Snapshot, BaselineTask, BaselineMilestone, BaselineCurve)


def facts() -> list[type[Fact]]:
    """List the models of facts."""
    return [model for model in apps.get_models() if issubclass(model, Fact)]


def newest(code: str) -> Snapshot:
    """Read the newest figures of a component."""
    return Snapshot.objects.filter(component__code=code).latest("as_of")


def measures(code: str, *healths: str) -> set[str]:
    """Name what is measured of a component and has one of the colours."""
    entries = newest(code).reasons["health"]
    return {entry["measure"] for entry in entries if entry["health"] in healths}


def component(code: str) -> Component:
    """Read a component."""
    return Component.objects.get(code=code)


def fingerprint() -> Fingerprint:
    """Count the rows of each table and digest what they say, in the order of their ids.

    A row names another one by its place after the first of its table. What one statement writes
    for many components has no order of its own.
    """
    rows = [model for model in apps.get_models() if model._meta.app_label in OURS]
    # An event names rows by their ids inside of its JSON.
    return {model.__name__: _of_table(model) for model in rows if model is not AuditEvent}


def _of_table(model: type[models.Model]) -> tuple[int, str]:
    relations, plain = _columns(model)
    rows = []
    for row in model._default_manager.order_by("pk").values(*plain, *relations):
        places = [row[name] and row[name] - first for name, first in relations.items()]
        rows.append(repr((places, [row[name] for name in plain])))
    if model in WRITTEN_AT_ONCE:
        rows.sort()
    return len(rows), sha256("".join(rows).encode()).hexdigest()


def _columns(model: type[models.Model]) -> tuple[dict[str, int], list[str]]:
    """List the columns to compare: foreign keys with the first id that they name, and others."""
    relations, plain = {}, []
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in NEW_EACH_TIME or isinstance(field, OF_THE_MOMENT):
            continue
        if not isinstance(field, models.ForeignKey):
            plain.append(field.attname)
        elif field.related_model not in WRITTEN_AT_ONCE:
            first = field.related_model._default_manager.aggregate(first=Min("pk"))["first"]
            relations[field.attname] = first or 0
    return relations, plain
