"""The named constraints that many models share, each with the sentence the user reads."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from ppm.core.amounts import MoneyField

FIRST_DAY = date(1980, 1, 1)
LAST_DAY = date(2059, 12, 31)


def known(field: str, choices: type[models.Choices]) -> models.CheckConstraint:
    """Refuse a value of `field` that is none of the choices; null passes."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}),
        name=f"%(app_label)s_%(class)s_{field}_is_known",
        violation_error_message=f"Choose the {field.replace('_', ' ')} from: "
        f"{', '.join(map(str, choices.values))}.",
    )


def check_reached(day: date) -> None:
    """Refuse a date that no calendar of the system reaches, where it is only asked about."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(f"Write a date from {FIRST_DAY} to {LAST_DAY}.")


def within_calendar(field: str) -> models.CheckConstraint:
    """Refuse a date that no calendar of the system reaches."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__range": (FIRST_DAY, LAST_DAY)}),
        name=f"%(app_label)s_%(class)s_{field}_within_calendar",
        violation_error_message=f"The {field.replace('_', ' ')} must lie between "
        f"{FIRST_DAY:%Y-%m-%d} and {LAST_DAY:%Y-%m-%d}.",
    )


def finishes_after_it_starts(what: str) -> models.CheckConstraint:
    """Refuse a `finish_date` before the `start_date` of `what` ("task")."""
    return models.CheckConstraint(
        condition=Q(finish_date__gte=F("start_date")),
        name="%(app_label)s_%(class)s_finishes_after_it_starts",
        violation_error_message=f"A {what} cannot finish before it starts.",
    )


def not_negative(field: str) -> models.CheckConstraint:
    """Refuse an amount of `field` below zero."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__gte": 0}),
        name=f"%(app_label)s_%(class)s_{field}_is_not_negative",
        violation_error_message=f"The {field.replace('_', ' ')} cannot be negative.",
    )


def fraction(field: str) -> models.CheckConstraint:
    """Refuse a `field` outside 0..1."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__range": (0, 1)}),
        name=f"%(app_label)s_%(class)s_{field}_is_a_fraction",
        violation_error_message=f"The {field.replace('_', ' ')} must lie between 0 and 1.",
    )


def money(**options: Any) -> MoneyField:
    """Make an amount in the tree's currency."""
    return MoneyField(**options)
