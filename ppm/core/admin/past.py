"""What keeps the past true: moves, restatements, and the closed months, which are opened here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ppm.core.admin.rollup import ReadOnlyAdmin
from ppm.core.api.figures import hide_foreign
from ppm.core.governance.deleting import Deletion
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.rights import rights_of
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import MonthClose, Move, Restatement, Subject

GROUP = "The past"
NEWER_FIRST = "Open the newest closed month first."


@admin.register(Move)
class MoveAdmin(ReadOnlyAdmin):
    """Where components stood before and after; figures of earlier dates stay with the old parent.

    A parent that was deleted shows like one that is not visible.
    """

    group = GROUP
    foreign = ("before", "after")
    list_display = ("date", "component", "before", "after", "moved_at")
    list_filter = (BelowFilter,)
    list_select_related = ("component", "before", "after")
    search_fields = ("component__code", "component__name")
    date_hierarchy = "date"
    ordering = ("-date", "-pk")
    fields = ("component", "before", "after", "date", "moved_at")


@admin.register(Restatement)
class RestatementAdmin(ReadOnlyAdmin):
    """Past dates that were computed again, each with what was answered before, and why."""

    group = GROUP
    list_display = ("as_of", "component", "reason", "restated_by", "restated_at")
    list_filter = (BelowFilter,)
    list_select_related = ("component", "restated_by")
    search_fields = ("component__code", "component__name", "reason")
    date_hierarchy = "as_of"
    ordering = ("-restated_at", "-pk")
    fields = ("component", "as_of", "reason", "restated_by", "restated_at", "earlier_answer")

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Leave out what the reasons say of components that the user does not see."""
        super().prepare(request, rows)
        hide_foreign([row.answer for row in rows if row.answer], user=request.user)

    @admin.display(description="Earlier answer")
    def earlier_answer(self, row: Restatement) -> SafeString | str:
        """Show what was answered before, column by column."""
        if row.answer is None or row.before is None:
            return "There was none."
        columns = (c.name for c in row.answer._meta.concrete_fields if c.column in row.before)
        told = {name: row.answer.serializable_value(name) for name in columns if name != "id"}
        return format_html("<pre>{}</pre>", json.dumps(told, indent=2, default=str))


class Opening(Deletion):
    """Open closed months again."""

    title = "Open selected months again"
    button = "Open"

    def obstacles(self, model_admin: Any, request: HttpRequest, row: MonthClose) -> list[str]:
        """Ask for the newest one."""
        newer = [NEWER_FIRST] if row.is_followed else []  # type: ignore[attr-defined]
        return [*super().obstacles(model_admin, request, row), *newer]

    def consequences(self, model_admin: Any, request: HttpRequest, row: MonthClose) -> list[str]:
        """Say what comes of it."""
        return [
            f"The figures of {row.root} up to {row.month_end:%-d %B %Y} are final no longer: "
            "they can be restated, and the status date can go back there."
        ]


@admin.register(MonthClose)
class MonthCloseAdmin(ScopedAdmin[MonthClose]):
    """Months whose figures are final, tree by tree."""

    group = GROUP
    may_be_changed: ClassVar[bool] = False
    deletion = Opening()
    actions = (deletion,)
    fields = ("root", "month_end")
    list_display = ("month_end", "root", "closed_by", "closed_at")
    list_filter = (BelowFilter,)
    list_select_related = ("root", "closed_by")
    search_fields = ("root__code", "root__name")
    date_hierarchy = "month_end"
    ordering = ("-month_end", "-pk")

    def get_fields(self, request: HttpRequest, obj: MonthClose | None = None) -> Any:
        """Show of a close also who closed the month, and when."""
        return self.fields if obj is None else (*self.fields, "closed_by", "closed_at")

    def has_right(self, request: HttpRequest, obj: MonthClose | None) -> bool:
        """Ask for the right alone: that an older month stays closed is said as such."""
        if obj is None:
            return super().has_right(request, obj)
        return rights_of(request).may_add(Subject.MONEY, obj)

    def prepare(self, request: HttpRequest, rows: Sequence[MonthClose]) -> None:
        """Find out which months are followed by a closed one."""
        super().prepare(request, rows)
        closes = MonthClose.objects.visible_to(request.user)
        newest = closes.newest_of(row.root_id for row in rows)
        for row in rows:
            row.is_followed = row.month_end < newest[row.root_id]  # type: ignore[attr-defined]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Write down who closes the month."""
        close = super().save_form(request, form, change)
        close.closed_by = request.user
        return close
