"""Which tables are audited, and what of them: every one of ours, unless a reason is given here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from ppm.core.models import Component, Fact, ScopedQuerySet, Versioned

NOT_AUDITED = {
    "core.AnsweredCall": "an answer that is kept for a day, in case the request comes again",
    "core.Attempts": "counted and forgotten within a day, as digests",
    "core.AuditEvent": "it is the trail",
    "core.AuditSeal": "a digest of the trail",
    "core.Calls": "a counter of a minute",
    "core.CalendarDay": "computed from the calendar",
    "core.DayTurn": "computed: the date that a tree was brought to",
    "core.DirtyMark": "a note of work to be done, gone within seconds",
    "core.Heartbeat": "a sign of life",
    "core.JobPart": "a part of a file that is forgotten within a day",
    "core.JobRow": "what a job says of a row, written with its end",
    "core.Move": "a trigger's own record of a change of parent, which is audited",
    "core.RollupFailure": "computed: what could not be computed",
    "core.Snapshot": "computed, and kept by date",
    "core.WebhookDelivery": "a log of what was sent, forgotten after a month",
    "projects.BaselineCurve": "computed from the baseline's tasks",
}
"""Models of ours that are not audited, and why."""

ALSO_AUDITED = (
    "auth.Group",
    "account.EmailAddress",
    "mfa.Authenticator",
    "socialaccount.SocialAccount",
)
"""Models of others that decide who may do what, and who gets in."""

UNAUDITED = {
    "core.ApiToken": ("last_used_at",),
    "core.CalendarFeed": ("last_read_at",),
    "core.Component": ("path", "version", "updated_at"),
    "core.Job": (
        *("message", "done", "total", "attempts", "started_at", "report"),
        *("rows_ok", "rows_skipped", "rows_failed"),
    ),
    "core.User": ("last_login",),
    "mfa.Authenticator": ("last_used_at",),
    "socialaccount.SocialAccount": ("last_login",),
    "projects.Dependency": ("predecessor_project_id", "successor_project_id"),
    "portfolios.ImportRun": ("content", "preview", "mapping", "component_ids"),
}
"""Columns that say nothing about a change: derived ones, signs of use, and the file of an import,
which is read and gone."""

SECRET = {
    "core.ApiToken": ("digest",),
    "core.CalendarFeed": ("digest",),
    "core.User": ("username", "first_name", "last_name", "email", "password"),
    "core.Webhook": ("url", "secret", "former_secret"),
    "account.EmailAddress": ("email",),
    "mfa.Authenticator": ("data",),
    "socialaccount.SocialAccount": ("uid", "extra_data"),
}
"""Columns of which only the name is kept: secrets, and what names a person."""

COMPONENTS = {
    "core.CalendarFeed": "component",
    "core.RollupIncident": "component",
    "projects.BaselineTask": "baseline__project",
    "projects.BaselineMilestone": "baseline_task__baseline__project",
}
"""The lookups to the component, of models whose queryset does not know it."""


@dataclass(frozen=True)
class Audited:
    """A table that is audited.

    `component` is an expression for the component of `{row}`, `component_left` the same for a row
    that is deleted.
    """

    table: str
    key: str
    component: str
    component_left: str
    unaudited: tuple[str, ...]
    secret: tuple[str, ...]
    is_fact: bool


def audited_tables() -> list[Audited]:
    """List the tables that are audited, by name."""
    return sorted((_audited(model) for model in audited_models()), key=lambda one: one.table)


def audited_models() -> Iterator[type[models.Model]]:
    """Find the models that are audited: ours, links of many to many too, and some of others."""
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.label in ALSO_AUDITED or (
            options.app_config.name in settings.OUR_APPS
            and options.label not in NOT_AUDITED
            and not options.proxy
        ):
            yield model


def _audited(model: type[models.Model]) -> Audited:
    label, key = model._meta.label, str(model._meta.pk.column)
    if not _has_a_number(model):
        raise ImproperlyConfigured(f"{label} has no number for a key: say why it is not audited.")
    path = component_path(model)
    component = "NULL::bigint" if path is None else _expression(model, path, "{row}")
    return Audited(
        table=model._meta.db_table,
        key=key,
        component=component,
        # Whoever sees its parent sees that a component was deleted; itself it is gone.
        component_left="{row}.parent_id" if model is Component else component,
        unaudited=_unaudited(model),
        secret=SECRET.get(label, ()),
        is_fact=issubclass(model, Fact),
    )


def _unaudited(model: type[models.Model]) -> tuple[str, ...]:
    """Name the columns that say nothing about a change; a count of changes does not either."""
    counted = ("version",) if issubclass(model, Versioned) else ()
    return (*UNAUDITED.get(model._meta.label, ()), *counted)


def _has_a_number(model: Any) -> bool:
    """Tell whether rows are known by a number, as events name them."""
    key = model._meta.pk
    while key.related_model:
        key = key.target_field
    return isinstance(key, models.IntegerField)


def component_path(model: type[models.Model]) -> str | None:
    """Return the lookup from a row to its component, empty for itself; None where it has none."""
    rows = model._default_manager.all()
    if isinstance(rows, ScopedQuerySet):
        return rows.component
    return COMPONENTS.get(model._meta.label)


def _expression(model: Any, path: str, row: str, depth: int = 1) -> str:
    """Write the lookup as an expression of SQL."""
    name, _, rest = path.partition("__")
    field = model._meta.get_field(name) if name else model._meta.pk
    column = f"{row}.{field.column}"
    if not rest:
        return column
    related, alias = field.related_model, f"owner_{depth}"
    found = _expression(related, rest, alias, depth + 1)
    return (
        f"(SELECT {found} FROM {related._meta.db_table} AS {alias} "  # noqa: S608
        f"WHERE {alias}.{related._meta.pk.column} = {column})"
    )
