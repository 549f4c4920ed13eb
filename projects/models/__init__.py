"""The models of a project."""

from projects.models.baseline import Baseline, BaselineCurve, BaselineMilestone, BaselineTask
from projects.models.dependency import Dependency, Link
from projects.models.progress import MilestoneAccomplishment, Progress
from projects.models.project import ClosureEvaluation, Lesson, Nature, Project, Verdict
from projects.models.task import EarningMethod, ScheduleConstraint, Task, WeightedMilestone

__all__ = [
    "Baseline",
    "BaselineCurve",
    "BaselineMilestone",
    "BaselineTask",
    "ClosureEvaluation",
    "Dependency",
    "EarningMethod",
    "Lesson",
    "Link",
    "MilestoneAccomplishment",
    "Nature",
    "Progress",
    "Project",
    "ScheduleConstraint",
    "Task",
    "Verdict",
    "WeightedMilestone",
]
