"""Calendars of working time, and their days. They are shared by all trees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.http import HttpRequest

from ppm.core.constraints import FIRST_DAY, LAST_DAY
from ppm.core.defaults import fill_calendar
from ppm.core.forms import ConstrainedForm
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import CalendarDay, WorkCalendar
from ppm.core.working_time import set_working_minutes

A_DAY = 24 * 60
PERIOD = ("first_day", "last_day", "minutes")


class CalendarForm(ConstrainedForm[WorkCalendar]):
    """A calendar, and a period of it whose days are to become shorter, longer or days off."""

    first_day = forms.DateField(required=False, widget=AdminDateWidget)
    last_day = forms.DateField(required=False, widget=AdminDateWidget)
    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=A_DAY,
        label="Minutes of work a day",
        help_text="0 makes every day of the period a day off; weekends are days of it too.",
    )

    def clean(self) -> dict[str, Any] | None:
        """Refuse half a period, and one that no calendar reaches."""
        values = super().clean() or {}
        period = [values.get(name) for name in PERIOD]
        if any(value is not None for value in period) and None in period:
            raise forms.ValidationError("Write first day, last day and minutes, or none of them.")
        first, last, _ = period
        if first and last and not FIRST_DAY <= first <= last <= LAST_DAY:
            raise forms.ValidationError(
                "The period must lie within the calendar, first day first."
            )
        return values


class SharedAdmin(ScopedAdmin[Any]):
    """What belongs to no component: seen by all, changed by administrators."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask who the user is."""
        return self.may_be_added and bool(request.user.is_superuser)

    def has_right(self, request: HttpRequest, obj: Any) -> bool:
        """Ask who the user is."""
        return bool(request.user.is_superuser)


@admin.register(WorkCalendar)
class WorkCalendarAdmin(SharedAdmin):
    """Calendars."""

    group = "Rules"
    form = CalendarForm
    list_display = ("name", "minutes_per_day")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "minutes_per_day")}),
        ("Change the days of a period", {"fields": PERIOD}),
    )

    def only_shown(self, obj: Any) -> tuple[str, ...]:
        """Keep the length of a day: the days were counted with it."""
        return ("minutes_per_day",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Count the days of a new calendar, Monday to Friday, then those of the period."""
        super().save_model(request, obj, form, change)
        if not change:
            fill_calendar(obj.pk)
        first, last, minutes = (form.cleaned_data.get(name) for name in PERIOD)
        if first and last:
            set_working_minutes(obj.pk, first=first, last=last, minutes=minutes)


@admin.register(CalendarDay)
class CalendarDayAdmin(SharedAdmin):
    """The days of calendars, which are changed on the calendar's page."""

    group = "Rules"
    may_be_added: ClassVar[bool] = False
    may_be_changed: ClassVar[bool] = False
    may_be_deleted: ClassVar[bool] = False
    list_display = ("day", "calendar", "minutes")
    list_filter = ("calendar",)
    list_select_related = ("calendar",)
    date_hierarchy = "day"
    ordering = ("calendar", "day")
    fields = ("calendar", "day", "minutes", "cumulative_minutes")

    def prepare(self, request: HttpRequest, rows: Any) -> None:
        """Subtract the sum of the day before."""
        super().prepare(request, rows)
        before = CalendarDay.objects.filter(
            calendar__in={row.calendar_id for row in rows},
            day__in={row.day - timedelta(days=1) for row in rows},
        )
        sums = {(day.calendar_id, day.day): day.cumulative_minutes for day in before}
        for row in rows:
            since = sums.get((row.calendar_id, row.day - timedelta(days=1)), 0)
            row.worked = row.cumulative_minutes - since

    @admin.display(description="Minutes of work")
    def minutes(self, row: Any) -> int:
        """Show the day's own minutes."""
        worked: int = row.worked
        return worked
