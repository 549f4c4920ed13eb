"""The program."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ppm.core.models import Component, ComponentQuerySet, Kind, User
from ppm.core.tree_triggers import kind_guard


class ProgramQuerySet(ComponentQuerySet["Program"]):
    """Programs."""


class Program(Component):
    """Related work, led together for benefits that no project delivers alone."""

    KIND: ClassVar[Kind] = Kind.PROGRAM

    sponsor = models.ForeignKey(
        User, models.SET_NULL, related_name="sponsored_programs", null=True, blank=True
    )
    vision = models.TextField(blank=True)

    objects = ProgramQuerySet.as_manager()  # type: ignore[misc]  # the plugin takes it for an attribute

    class Meta:
        triggers = [kind_guard("program")]
