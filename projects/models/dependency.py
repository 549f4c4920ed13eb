"""What must come before what."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from ppm.core.constraints import known
from ppm.core.models import ScopedQuerySet, Subject, Versioned
from ppm.core.triggers import counts_changes, marks
from projects.models.project import Project
from projects.models.task import Task


class Link(models.TextChoices):
    """Which ends of two tasks a dependency ties."""

    FS = "FS", "Finish to start"
    SS = "SS", "Start to start"
    FF = "FF", "Finish to finish"
    SF = "SF", "Start to finish"


class DependencyQuerySet(ScopedQuerySet["Dependency"]):
    """Dependencies, reached from the task that waits."""

    component = "successor__project"
    subject = Subject.WORK


_PROJECTS_OF_ENDS = """
NEW.predecessor_project_id := (SELECT project_id FROM projects_task WHERE id = NEW.predecessor_id);
NEW.successor_project_id := (SELECT project_id FROM projects_task WHERE id = NEW.successor_id);
RETURN NEW;
"""


def _project_of_end() -> models.ForeignKey[Project, Project]:
    """Make a column that goes with its task, as that never leaves its project."""
    return models.ForeignKey(
        Project,
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
        blank=True,
    )


class Dependency(Versioned):
    """A task that waits for another, also across projects.

    A hard one binds, a soft one informs. `lag_minutes` is working time; a lead is negative. The
    projects of both ends are written by a trigger, so that what ties projects together is found
    without reading their tasks.
    """

    predecessor = models.ForeignKey(Task, models.CASCADE, related_name="successor_links")
    successor = models.ForeignKey(Task, models.CASCADE, related_name="predecessor_links")
    predecessor_project = _project_of_end()
    successor_project = _project_of_end()
    link = models.CharField(max_length=2, choices=Link, default=Link.FS)
    lag_minutes = models.IntegerField(default=0)
    is_hard = models.BooleanField("hard", default=True)

    objects = DependencyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            known("link", Link),
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="%(app_label)s_%(class)s_one_a_pair",
                violation_error_message="These tasks are linked already.",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="%(app_label)s_%(class)s_links_two_tasks",
                violation_error_message="A task cannot wait for itself.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["successor_project"],
                condition=Q(is_hard=True) & ~Q(predecessor_project=F("successor_project")),
                name="projects_dependency_across",
            ),
        ]
        triggers = [
            counts_changes(),
            *marks(
                "SELECT unnest(ARRAY[r.predecessor_project_id, r.successor_project_id]) "
                "FROM {rows} AS r"
            ),
            pgtrigger.Trigger(
                name="projects_of_ends",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_PROJECTS_OF_ENDS,
            ),
        ]

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.predecessor} {self.link} {self.successor}"
