"""The audit trail: who changed which row when, from what to what; and the seals upon it.

Events are written by the database itself (`ppm/core/auditing`), whoever changes a row: a page, the
API, a command, a bulk operation or raw SQL. Facts are not among them when they are added: a fact
says itself who recorded it, when, and in which request.
"""

from __future__ import annotations

from functools import cache
from typing import Self

from django.apps import apps
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Now

from ppm.core.amounts import amounts_of
from ppm.core.constraints import known
from ppm.core.models.access import AnyUser, ScopedQuerySet, User, is_money
from ppm.core.models.past import ExactDecoder
from ppm.core.triggers import never_changed

_KEPT = "What was audited stays: nothing changes or removes it."


class Operation(models.TextChoices):
    """What was done to a row."""

    INSERT = "insert", "Added"
    UPDATE = "update", "Changed"
    DELETE = "delete", "Deleted"


class AuditEventQuerySet(ScopedQuerySet["AuditEvent"]):
    """Events; written by the database only.

    Whoever sees the component sees what happened to its rows. What belongs to no component, as
    accounts do, or to one that is gone, is for administrators. What happened to rows that are
    money altogether exists only for those who see amounts.
    """

    def visible_to(self, user: AnyUser) -> Self:
        """Keep what happened to rows that the user may see."""
        seen = super().visible_to(user)
        if user.is_superuser:
            return seen
        return seen.filter(Q(shows_amounts=True) | ~Q(table_name__in=_money_tables()))

    def unsealed(self) -> Self:
        """Keep the events that no seal covers yet."""
        sealed = AuditSeal.objects.aggregate(up_to=Max("up_to_id"))["up_to"]
        return self.filter(pk__gt=sealed or 0)


class AuditEvent(models.Model):
    """That a row was added, changed or deleted.

    `before` and `after` hold the columns that changed; of a row that was added or deleted, all.
    People are named by their id only, so that a person can be erased and the event stays as it is.
    Columns with personal data or secrets are named, and their values are null.
    """

    shows_amounts = True
    """Whether the reader sees the amounts among the columns."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    # None of the references has a constraint: what they name may go, and the event stays.
    actor = models.ForeignKey(
        User,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        verbose_name="by",
    )
    request_id = models.UUIDField(null=True, blank=True)
    database_role = models.TextField()
    table_name = models.TextField()
    row_id = models.BigIntegerField()
    component = models.ForeignKey(
        "core.Component",
        models.DO_NOTHING,
        related_name="audit_events",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    operation = models.CharField(max_length=6, choices=Operation)
    before = models.JSONField(decoder=ExactDecoder, null=True, blank=True)
    after = models.JSONField(decoder=ExactDecoder, null=True, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        constraints = [known("operation", Operation)]
        indexes = [
            models.Index(fields=["component", "-id"], name="core_auditevent_component"),
            models.Index(fields=["actor", "-id"], name="core_auditevent_actor"),
            BrinIndex(fields=["at"], name="core_auditevent_at"),
        ]
        triggers = never_changed(_KEPT)

    def __str__(self) -> str:
        """Name the table, the row and what was done."""
        return f"{self.table_name} {self.row_id}: {self.get_operation_display().lower()}"

    def withhold_amounts(self) -> None:
        """Name the columns that are money, and leave their values out."""
        columns = _amounts_by_table().get(self.table_name, ())
        for values in filter(None, (self.before, self.after)):
            values.update((column, None) for column in columns if column in values)


@cache
def _amounts_by_table() -> dict[str, tuple[str, ...]]:
    """Name the columns that are money, by table."""
    return {model._meta.db_table: amounts_of(model) for model in apps.get_models()}


@cache
def _money_tables() -> list[str]:
    """Name the tables whose rows are money altogether."""
    return [model._meta.db_table for model in apps.get_models() if is_money(model)]


class AuditSeal(models.Model):
    """That the events above `after_id`, up to `up_to_id`, were as `digest` says.

    The digest is made of theirs and of the seal before, so that none of them can be changed, added
    or left out unnoticed, and no seal either.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    after_id = models.BigIntegerField(unique=True)
    up_to_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(up_to_id__gt=models.F("after_id")),
                name="%(app_label)s_%(class)s_seals_something",
            )
        ]
        triggers = never_changed(_KEPT)

    def __str__(self) -> str:
        """Name the number."""
        return f"Seal {self.number}"
