"""The tree of all kinds, to be read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from ppm.core.governance.components import FiguredAdmin
from ppm.core.governance.filters import BelowFilter, HealthFilter
from ppm.core.models import Component


@admin.register(Component)
class ComponentAdmin(FiguredAdmin[Component]):
    """Components of any kind; each is changed on the page of its kind."""

    group = "Portfolios"
    may_be_added: ClassVar[bool] = False
    may_be_changed: ClassVar[bool] = False
    may_be_deleted: ClassVar[bool] = False
    list_filter = ("kind", "state", HealthFilter, BelowFilter)
    date_hierarchy = "start_date"
    ordering = ("path",)
    fields = ("code", "name", "kind", "place", "state", "manager", "start_date", "finish_date")
    readonly_fields = ("place",)
