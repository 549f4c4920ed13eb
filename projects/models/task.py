"""The work breakdown: tasks and their milestones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, Expression, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from ppm.core.constraints import (
    finishes_after_it_starts,
    known,
    money,
    not_negative,
    within_calendar,
)
from ppm.core.models import ScopedQuerySet, State, Subject, Versioned
from ppm.core.triggers import counts_changes, guard, guard_update, kept, marks
from projects.models.project import Project


class EarningMethod(models.TextChoices):
    """How a work package earns its budget. Fixed when the baseline is taken."""

    ZERO_HUNDRED = "zero_hundred", "0/100"
    FIFTY_FIFTY = "fifty_fifty", "50/50"
    WEIGHTED_MILESTONES = "weighted_milestones", "Weighted milestones"
    PHYSICAL_PERCENT = "physical_percent", "Physical percent"
    LEVEL_OF_EFFORT = "level_of_effort", "Level of effort"


class ScheduleConstraint(models.TextChoices):
    """What binds the dates of a task besides its predecessors."""

    ASAP = "asap", "As soon as possible"
    ALAP = "alap", "As late as possible"
    SNET = "snet", "Start no earlier than"
    SNLT = "snlt", "Start no later than"
    FNET = "fnet", "Finish no earlier than"
    FNLT = "fnlt", "Finish no later than"
    MSO = "mso", "Must start on"
    MFO = "mfo", "Must finish on"


UNDER_WAY = (State.AUTHORIZED, State.EXECUTING, State.CLOSING)
UNDATED = (ScheduleConstraint.ASAP, ScheduleConstraint.ALAP)

_SUMMARY = "A summary task has no budget, method or progress: they belong to its subtasks."
# A task is a summary as soon as another names it as parent, so both ends are looked at.
_SUMMARY_WITH_BUDGET = """
    SELECT 1 FROM new_rows AS r JOIN projects_task AS parent ON parent.id = r.parent_id
    WHERE parent.budget IS NOT NULL OR parent.earning_method IS NOT NULL
       OR EXISTS (SELECT 1 FROM projects_progress AS p WHERE p.task_id = parent.id)
    UNION ALL
    SELECT 1 FROM new_rows AS r
    WHERE (r.budget IS NOT NULL OR r.earning_method IS NOT NULL)
      AND EXISTS (SELECT 1 FROM projects_task AS child WHERE child.parent_id = r.id)
"""
_BUDGETED = """
    SELECT id, project_id, parent_id, budget IS NULL AND earning_method IS NULL FROM new_rows
    EXCEPT
    SELECT id, project_id, parent_id, budget IS NULL AND earning_method IS NULL FROM old_rows
"""
_FOREIGN_PARENT = """
    SELECT 1 FROM new_rows AS r JOIN projects_task AS parent ON parent.id = r.parent_id
    WHERE parent.project_id <> r.project_id
"""
# Not a join: its plan, kept from a statement of one row, would be quadratic for one of many.
_REPARENTED = """
    SELECT id, parent_id, project_id FROM new_rows WHERE parent_id IS NOT NULL
    EXCEPT SELECT id, parent_id, project_id FROM old_rows
"""
_CYCLE = f"""
    WITH RECURSIVE above (id, ancestor_id) AS (
        SELECT moved.id, moved.parent_id FROM ({_REPARENTED}) AS moved
        UNION
        SELECT above.id, t.parent_id FROM above JOIN projects_task AS t ON t.id = above.ancestor_id
        WHERE t.parent_id IS NOT NULL
    )
    SELECT 1 FROM above WHERE id = ancestor_id
"""  # noqa: S608 constants only


def _lock_projects(rows: str) -> str:
    """Let one transaction at a time change the breakdown of the projects of the rows.

    Otherwise two of them could close a circle, or give a task a budget and a subtask.
    """
    return (
        f"PERFORM 1 FROM projects_project WHERE component_ptr_id IN (SELECT project_id "  # noqa: S608
        f"FROM ({rows}) AS r) ORDER BY component_ptr_id FOR NO KEY UPDATE;"
    )


def _reported(fact: str, link: str, column: str) -> Subquery:
    """Read a column of the newest fact about a row, on the day in its alias `day`."""
    facts: Any = apps.get_model("projects", fact)._default_manager
    known = facts.filter(**{link: OuterRef("pk")}, date__lte=OuterRef("day"))
    return Subquery(known.order_by("-date", "-pk").values(column)[:1])


class TaskQuerySet(ScopedQuerySet["Task"]):
    """Tasks."""

    component = "project"
    subject = Subject.WORK

    def overdue(self, day: Expression) -> Self:
        """Keep leaves that should be finished before a day and are not reported so.

        The expression tells the day of each task. Only work under way counts, and no level of
        effort, which nobody reports.
        """
        late = self.alias(day=day).filter(
            finish_date__lt=F("day"), project__state__in=UNDER_WAY, subtasks=None
        )
        by_milestones = Q(earning_method=EarningMethod.WEIGHTED_MILESTONES)
        missing = WeightedMilestone.objects.missing(OuterRef("day")).filter(task=OuterRef("pk"))
        is_complete = (by_milestones & ~Exists(missing)) | (~by_milestones & Q(percent=100))
        return (
            late.exclude(earning_method=EarningMethod.LEVEL_OF_EFFORT)
            .alias(percent=Coalesce(_reported("Progress", "task", "percent"), Decimal()))
            .exclude(is_complete)
        )


class Task(Versioned):
    """An element of the work breakdown. Only leaves carry budget, method and progress.

    A task of zero duration is a milestone; a key one counts in the health of its project.
    `duration_minutes` is working time.
    """

    shows_amounts = True
    """Whether the reader sees its budget; told by `visible_to`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="subtasks", null=True, blank=True
    )
    wbs = models.CharField("WBS", max_length=60)
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)

    start_date = models.DateField()
    finish_date = models.DateField()
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)
    is_key = models.BooleanField("key milestone", default=False)
    schedule_constraint = models.CharField(
        max_length=4, choices=ScheduleConstraint, default=ScheduleConstraint.ASAP
    )
    constraint_date = models.DateField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)

    budget = money(null=True, blank=True)
    # Null is a summary, which earns by no method.
    earning_method = models.CharField(  # noqa: DJ001
        max_length=20, choices=EarningMethod, null=True, blank=True
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "wbs"],
                name="%(app_label)s_%(class)s_wbs_is_unique",
                violation_error_message="Another task of this project has this WBS number.",
            ),
            known("earning_method", EarningMethod),
            known("schedule_constraint", ScheduleConstraint),
            within_calendar("start_date"),
            within_calendar("finish_date"),
            finishes_after_it_starts("task"),
            not_negative("budget"),
            models.CheckConstraint(
                condition=Q(budget__isnull=True, earning_method__isnull=True)
                | Q(budget__isnull=False, earning_method__isnull=False),
                name="%(app_label)s_%(class)s_budget_has_a_method",
                violation_error_message="A budget needs an earning method, and a method a budget.",
            ),
            models.CheckConstraint(
                condition=~Q(duration_minutes=0) | Q(start_date=F("finish_date")),
                name="%(app_label)s_%(class)s_milestone_has_one_date",
                violation_error_message="A milestone starts and finishes on the same day.",
            ),
            models.CheckConstraint(
                condition=Q(is_key=False) | Q(duration_minutes__isnull=False, duration_minutes=0),
                name="%(app_label)s_%(class)s_key_is_a_milestone",
                violation_error_message="Only a milestone, a task of zero duration, can be key.",
            ),
            models.CheckConstraint(
                condition=Q(schedule_constraint__in=UNDATED, constraint_date__isnull=True)
                | (~Q(schedule_constraint__in=UNDATED) & Q(constraint_date__isnull=False)),
                name="%(app_label)s_%(class)s_constraint_has_its_date",
                violation_error_message="This constraint and its date go together.",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="%(app_label)s_%(class)s_is_not_its_own_parent",
                violation_error_message="A task cannot stand below itself.",
            ),
        ]
        triggers = [
            counts_changes(),
            *marks("SELECT project_id FROM {rows}"),
            guard(
                "summary_insert",
                lock=_lock_projects("SELECT * FROM new_rows WHERE parent_id IS NOT NULL"),
                where=_SUMMARY_WITH_BUDGET,
                constraint="projects_task_summary_has_no_budget",
                message=_SUMMARY,
            ),
            guard_update(
                "summary_update",
                lock=_lock_projects(_BUDGETED),
                where=_SUMMARY_WITH_BUDGET,
                constraint="projects_task_summary_has_no_budget",
                message=_SUMMARY,
            ),
            guard(
                "parent_insert",
                where=_FOREIGN_PARENT,
                constraint="projects_task_parent_is_of_the_project",
                message="The parent belongs to another project.",
            ),
            guard_update(
                "parent_update",
                where=_FOREIGN_PARENT,
                constraint="projects_task_parent_is_of_the_project",
                message="The parent belongs to another project.",
            ),
            kept(
                "project_kept",
                "project_id",
                constraint="projects_task_project_is_kept",
                message="A task stays in its project.",
            ),
            guard_update(
                "no_cycle",
                lock=_lock_projects(_REPARENTED),
                where=_CYCLE,
                constraint="projects_task_has_no_cycle",
                message="A task cannot stand below itself.",
            ),
        ]

    def __str__(self) -> str:
        """Show WBS number and name."""
        return f"{self.wbs} {self.name}"

    def get_absolute_url(self) -> str:
        """Link to the page of the task."""
        return reverse("task-detail", args=[self.pk])

    @property
    def is_milestone(self) -> bool:
        """Tell whether the task takes no time."""
        return self.duration_minutes == 0


class WeightedMilestoneQuerySet(ScopedQuerySet["WeightedMilestone"]):
    """Weighted milestones."""

    component = "task__project"
    subject = Subject.WORK

    def missing(self, day: Any) -> Self:
        """Keep those that are not accomplished on the day that the expression tells of each."""
        accomplished = _reported("MilestoneAccomplishment", "milestone", "is_accomplished")
        dated = self.alias(day=day).alias(accomplished=Coalesce(accomplished, False))
        return dated.filter(accomplished=False)


class WeightedMilestone(Versioned):
    """A step inside a work package that earns its share of the budget when it is accomplished."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="weighted_milestones")
    name = models.CharField(max_length=250)
    weight = models.DecimalField(max_digits=12, decimal_places=4)
    planned_date = models.DateField()

    objects = WeightedMilestoneQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("planned_date"),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="%(app_label)s_%(class)s_weight_is_positive",
                violation_error_message="The weight must be more than zero.",
            ),
        ]
        triggers = [
            counts_changes(),
            *marks(
                "SELECT t.project_id FROM {rows} AS r JOIN projects_task AS t ON t.id = r.task_id"
            ),
            kept(
                "task_kept",
                "task_id",
                constraint="projects_weightedmilestone_task_is_kept",
                message="A milestone stays in its task.",
            ),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name
