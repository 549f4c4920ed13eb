"""The project, and what is said of it when it ends."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from ppm.core.constraints import known, money, not_negative
from ppm.core.models import (
    Component,
    ComponentQuerySet,
    Kind,
    ScopedQuerySet,
    Subject,
    User,
    Versioned,
    WorkCalendar,
)
from ppm.core.tree_triggers import kind_guard
from ppm.core.triggers import counts_changes, marks


class Nature(models.TextChoices):
    """What kind of work it is."""

    PROJECT = "project", "Project"
    ACTIVITY = "activity", "Program activity"
    OPERATION = "operation", "Operation"


class ProjectQuerySet(ComponentQuerySet["Project"]):
    """Projects."""


class Project(Component):
    """Temporary work with a scope, a time and a budget.

    Without tasks it is one work package on its own budget and dates. `contingency` is what is
    left of the reserve for known risks; null where none was set aside.
    """

    KIND: ClassVar[Kind] = Kind.PROJECT

    nature = models.CharField(max_length=10, choices=Nature, default=Nature.PROJECT)
    objectives = models.TextField(blank=True)
    scope = models.TextField(blank=True)
    deliverables = models.TextField(blank=True)
    priority = models.PositiveIntegerField(default=500)
    budget = money(null=True, blank=True)
    contingency = money(null=True, blank=True)
    calendar = models.ForeignKey(
        WorkCalendar, models.PROTECT, related_name="projects", null=True, blank=True
    )

    objects = ProjectQuerySet.as_manager()  # type: ignore[misc]  # the plugin takes it for an attribute

    class Meta:
        constraints = [
            known("nature", Nature),
            not_negative("budget"),
            not_negative("contingency"),
        ]
        triggers = [kind_guard("project"), *marks("SELECT component_ptr_id FROM {rows}")]


class LessonQuerySet(ScopedQuerySet["Lesson"]):
    """Lessons."""

    component = "project"
    subject = Subject.WORK


class Lesson(Versioned):
    """What a project teaches the next one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lessons")
    event = models.TextField()
    cause = models.TextField(blank=True)
    effect = models.TextField(blank=True)
    recommendation = models.TextField()
    owner = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show what happened."""
        return self.event


class Verdict(models.TextChoices):
    """Whether a project met its success criteria."""

    MET = "met", "Met"
    PARTLY = "partly", "Partly met"
    MISSED = "missed", "Missed"


class ClosureEvaluationQuerySet(ScopedQuerySet["ClosureEvaluation"]):
    """Closure evaluations."""

    component = "project"
    subject = Subject.PROJECT


class ClosureEvaluation(Versioned):
    """How a project ended, judged against what it set out to do."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="closure_evaluation")
    date = models.DateField()
    verdict = models.CharField(max_length=6, choices=Verdict)
    scope_delivered = models.TextField(blank=True)
    quality = models.TextField(blank=True)
    summary = models.TextField()

    objects = ClosureEvaluationQuerySet.as_manager()

    class Meta:
        constraints = [known("verdict", Verdict)]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show project and verdict."""
        return f"{self.project}: {self.get_verdict_display()}"
