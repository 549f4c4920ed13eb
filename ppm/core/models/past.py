"""What keeps the past true: where components stood, which months are closed, what was restated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Now

from ppm.core.amounts import amounts_of, withhold
from ppm.core.models.access import AnyUser, Row, ScopedQuerySet, Subject, User
from ppm.core.models.component import Component
from ppm.core.models.snapshot import Snapshot
from ppm.core.triggers import OLD, guard, guard_update, refusal


class MoveQuerySet(ScopedQuerySet["Move"]):
    """Moves; written by the tree's own trigger only."""

    def first_after(self, day: date) -> Self:
        """Keep of each component the first move after a day: before it, it stood where it did."""
        earlier = Move.objects.filter(component=OuterRef("component"), date__gt=day).filter(
            Q(date__lt=OuterRef("date")) | Q(date=OuterRef("date"), pk__lt=OuterRef("pk"))
        )
        return self.filter(~Exists(earlier), date__gt=day)


class Move(models.Model):
    """That a component was put under another parent; `date` is its tree's status date then.

    Rolled-up figures of earlier dates stay with the old parent.
    """

    # Without constraints: it is removed with its component, and a parent may be deleted.
    component = models.ForeignKey(
        Component, models.DO_NOTHING, related_name="moves", db_constraint=False
    )
    before = models.ForeignKey(
        Component, models.DO_NOTHING, related_name="+", null=True, db_constraint=False
    )
    after = models.ForeignKey(
        Component, models.DO_NOTHING, related_name="+", null=True, db_constraint=False
    )
    date = models.DateField()
    moved_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = MoveQuerySet.as_manager()

    def __str__(self) -> str:
        """Name the component's id and the date."""
        return f"Component {self.component_id} on {self.date}"


class MonthCloseQuerySet(ScopedQuerySet["MonthClose"]):
    """Closed months."""

    component = "root"
    subject = Subject.MONEY
    is_money = True

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep the closes that the user may take back: the newest of each tree."""
        later = MonthClose.objects.filter(
            root=OuterRef("root"), month_end__gt=OuterRef("month_end")
        )
        return super().changeable_by(user).exclude(Exists(later))

    def newest_of(self, root_ids: Iterable[int]) -> dict[int, date]:
        """Tell of trees, by the ids of their roots, the newest month that is closed."""
        closes = self.filter(root__in=set(root_ids)).values("root").order_by("root")
        return dict(closes.annotate(newest=Max("month_end")).values_list("root", "newest"))


class MonthClose(models.Model):
    """That a tree's figures up to a month's end are final: nothing rewrites them any more.

    What is recorded later for that time counts in the open month. Deleting the newest close opens
    its month again.
    """

    root = models.ForeignKey(
        Component,
        models.CASCADE,
        related_name="month_closes",
        limit_choices_to={"parent": None},
    )
    month_end = models.DateField()
    closed_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )

    objects = MonthCloseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["root", "month_end"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message="This month is closed already.",
            )
        ]
        triggers = [
            guard(
                "is_a_month_of_a_tree",
                where="SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.root_id "
                "WHERE c.parent_id IS NOT NULL OR extract(day FROM n.month_end + 1) <> 1",
                constraint="core_monthclose_is_a_month_of_a_tree",
                message="Close a whole tree, by the last day of a month.",
            ),
            guard(
                "is_over",
                where="SELECT FROM new_rows AS n JOIN core_component AS c ON c.id = n.root_id "
                "LEFT JOIN core_dayturn AS turn ON turn.root_id = c.id "
                "WHERE n.month_end >= coalesce(c.status_date, turn.as_of, n.month_end)",
                constraint="core_monthclose_is_over",
                message="A month is closed when the figures of the tree have gone beyond it.",
                # A roll-up that still writes about that month ends first, and so does a change
                # of the status date.
                lock="PERFORM pg_advisory_xact_lock(root_id) FROM new_rows ORDER BY root_id; "
                "PERFORM FROM core_component WHERE id IN (SELECT root_id FROM new_rows) "
                "ORDER BY id FOR UPDATE;",
            ),
            guard_update(
                "is_kept",
                where="SELECT FROM new_rows",
                constraint="core_monthclose_is_kept",
                message="A close is not changed: take it back and close again.",
            ),
            pgtrigger.Trigger(
                name="newest_first",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old=OLD),
                func="IF EXISTS (SELECT FROM old_rows AS o JOIN core_monthclose AS m "
                "ON m.root_id = o.root_id AND m.month_end > o.month_end) THEN "
                + refusal(
                    constraint="core_monthclose_newest_first",
                    message="Open the newest closed month first.",
                )
                + " END IF; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        """Name the tree and the month."""
        return f"{self.root}: {self.month_end:%B %Y}"


class RestatementQuerySet(ScopedQuerySet["Restatement"]):
    """Restatements; written by `portfolios.restating` only."""


class ExactDecoder(json.JSONDecoder):
    """Reads amounts to the last digit."""

    def __init__(self, **options: Any) -> None:
        """Read numbers with a point as decimals."""
        super().__init__(parse_float=Decimal, **options)


def row_from(model: type[Row], columns: Mapping[Any, Any]) -> Row:
    """Make a row again of its columns, as the database writes them in JSON."""
    known = (c for c in model._meta.concrete_fields if c.column in columns)
    return model(**{c.attname: c.to_python(columns[c.column]) for c in known})


class Restatement(models.Model):
    """That the figures of a past date were computed again, and what was answered before.

    `before` has the columns of the earlier answer, null where there was none; `reason` says why
    it is not left as it was.
    """

    shows_amounts = True
    """Whether the reader sees the amounts of the earlier answer."""

    component = models.ForeignKey(
        Component, models.DO_NOTHING, related_name="restatements", db_constraint=False
    )
    as_of = models.DateField()
    before = models.JSONField(decoder=ExactDecoder, null=True)
    reason = models.TextField()
    restated_at = models.DateTimeField(db_default=Now(), editable=False)
    restated_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    objects = RestatementQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(F("component"), F("as_of").desc(), name="core_restatement_newest")]

    def __str__(self) -> str:
        """Name the component's id and the date."""
        return f"Component {self.component_id} on {self.as_of}"

    def withhold_amounts(self) -> None:
        """Take the amounts out of the earlier answer."""
        if self.before is None or self.answer is None:
            return
        withhold(self.answer)
        self.before = {**self.before, **dict.fromkeys(amounts_of(Snapshot))}

    @cached_property
    def answer(self) -> Snapshot | None:
        """The earlier answer, as the snapshot that it was; None where there was none."""
        if self.before is None:
            return None
        return row_from(Snapshot, self.before)
