"""Giving a role: what stands in the way, and from when on one with a last day gives nothing."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.forms import ModelForm

from ppm.core.models import Component, RoleAssignment
from ppm.core.reach import unscoped

TOO_MUCH = "You cannot give a role that may change more than your own there, or that outlasts it."
IN_THE_PAST = "A role must end later than now."
GIVEN = "This role is given already."


def given_by(form: ModelForm[RoleAssignment]) -> RoleAssignment:
    """Return the role that a form gives, as it would be stored."""
    given = copy(form.instance)
    for name in form._meta.fields or ():
        if name in form.cleaned_data:
            setattr(given, name, form.cleaned_data[name])
    return given


@unscoped("a role is not given twice, whoever sees the other")
def objection(given: RoleAssignment, *, now: datetime) -> str:
    """Say why a role cannot be given, whoever gives it; empty where it can.

    Until the transaction ends nobody else gives one on the same component.
    """
    if given.expires_at is not None and given.expires_at <= now:
        return IN_THE_PAST
    Component.objects.select_for_update(no_key=True).get(pk=given.component_id)
    # One that has ended may stand beside it; two at once would make its end hard to tell.
    alike = RoleAssignment.objects.in_force().filter(
        component=given.component_id, user=given.user_id, group=given.group_id, role=given.role
    )
    return GIVEN if alike.exclude(pk=given.pk).exists() else ""


def end_of(day: date, zone: str) -> datetime:
    """Tell the moment in which a day ends in a time zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def last_day(end: datetime, zone: str) -> date:
    """Tell the last day before a moment, in a time zone."""
    return (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
