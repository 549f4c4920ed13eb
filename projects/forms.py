"""Forms of projects and their work."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.db.models import Model, Q

from ppm.core.component_form import ComponentForm, component_fields
from ppm.core.forms import RowForm, typed
from projects.baselining import NOT_PLANNED, take_baselines
from projects.breakdown import in_order, next_wbs
from projects.models import (
    Baseline,
    ClosureEvaluation,
    Dependency,
    EarningMethod,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from projects.reporting import doubts, newest_reports
from projects.working_days import WorkingDaysField, minutes_per_day

Row = TypeVar("Row", bound=Model)

MOST_OFFERED = 100


class ProjectForm(ComponentForm[Project]):
    """A project."""

    class Meta:
        model = Project
        fields = component_fields(
            *("nature", "priority", "budget", "contingency", "calendar"),
            *("objectives", "scope", "deliverables"),
        )
        help_texts = {
            "budget": "Counts while the project has no tasks; then the tasks' budgets do.",
            "contingency": "What is left of the reserve for known risks.",
            "priority": "A number; the lower, the more important.",
        }


class TaskForm(RowForm[Task]):
    """A task. A new one is proposed with the next free number, and the dates of what is above."""

    home = "project"
    tab = "tasks"

    class Meta:
        model = Task
        fields = (
            *("name", "parent", "wbs", "duration_minutes", "start_date", "finish_date"),
            *("deadline", "is_key", "schedule_constraint", "constraint_date"),
            *("budget", "earning_method", "description"),
        )
        labels = {"parent": "Below", "schedule_constraint": "Constraint"}
        help_texts = {
            "wbs": "Its number in the work breakdown.",
            "is_key": "It counts in the health of the project.",
            "budget": "A summary has neither a budget nor a method: they belong to its subtasks.",
        }

    def arrange(self) -> None:
        """Offer the tasks below which this one may stand."""
        self.is_new = self.instance._state.adding
        project = self.instance.project
        self.fields["duration_minutes"] = WorkingDaysField(
            minutes_per_day=minutes_per_day(project),
            label="Duration",
            help_text="In days of work. 0 makes it a milestone, which has one date.",
        )
        self.tasks = in_order(Task.objects.visible_to(self.user).filter(project=project))
        parent: Any = self.fields["parent"]
        parent.queryset = parent.queryset.filter(project=project)
        parent.choices = [("", "The project itself"), *self._places()]
        if self.is_new:
            self._propose()

    def _places(self) -> list[tuple[int, str]]:
        """List what may be a summary, but neither this task nor what is below it."""
        named = {self.instance.parent_id, self.initial.get("parent"), self.data.get("parent")}
        named_ids = {str(pk) for pk in named}
        places, own_depth = [], None
        for task, depth in self.tasks:
            if own_depth is not None and depth > own_depth:
                continue
            own_depth = depth if task.pk == self.instance.pk else None
            may_be_summary = task.earning_method is None or str(task.pk) in named_ids
            if own_depth is None and may_be_summary:
                places.append((task.pk, indented(task, depth)))
        return places

    def _propose(self) -> None:
        """Begin with what is most likely."""
        asked = str(self.initial.get("parent"))
        above = next((task for task, _ in self.tasks if str(task.pk) == asked), None)
        self.fields["wbs"].required = False
        self.initial.update(
            wbs=self._next_wbs(above),
            start_date=(above or self.instance.project).start_date,
            finish_date=(above or self.instance.project).finish_date,
            earning_method=EarningMethod.PHYSICAL_PERCENT,
        )

    def _next_wbs(self, above: Task | None) -> str:
        return next_wbs(above.wbs if above else "", [task.wbs for task, _ in self.tasks])

    def clean(self) -> dict[str, Any]:
        """Follow the other fields in what was proposed and left as it was."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.is_new:
            return values
        if "wbs" in values and not (values["wbs"] and "wbs" in self.changed_data):
            values["wbs"] = self._next_wbs(values.get("parent"))
        if values.get("budget") is None and "earning_method" not in self.changed_data:
            values["earning_method"] = None
        return values

    def where(self) -> str:
        """Tell the address of the breakdown, or of a task that stood there before."""
        return super().where() if self.is_new else self.instance.get_absolute_url()

    def where_without(self) -> str:
        """Tell the address of the breakdown."""
        return super().where()


class TaskRowForm(RowForm[Row]):
    """A row that stands on the page of a task."""

    tab = "tasks"

    @property
    def task(self) -> Task:
        """The task on whose page it stands."""
        task: Task = self.belongs_to
        return task

    @property
    def lead(self) -> str:
        """What the row is about."""
        return f"Of task {self.task}."

    def where(self) -> str:
        """Tell the address of the task."""
        return self.task.get_absolute_url()


class WeightedMilestoneForm(TaskRowForm[WeightedMilestone]):
    """A step of a work package."""

    home = "task"

    class Meta:
        model = WeightedMilestone
        fields = ("name", "weight", "planned_date")
        help_texts = {"weight": "Its share of the budget: weights of a task may have any sum."}

    def arrange(self) -> None:
        """Begin with the end of the task."""
        if self.instance._state.adding:
            self.initial["planned_date"] = self.task.finish_date


class ProgressForm(TaskRowForm[Progress]):
    """How far a task has come. What looks like a slip is asked for twice: it stays for good."""

    home = "task"

    class Meta:
        model = Progress
        fields = ("date", "percent", "remaining_minutes", "note")
        help_texts = {"percent": "0 to 100."}

    def arrange(self) -> None:
        """Ask for the remaining work in days."""
        self.fields["remaining_minutes"] = WorkingDaysField(
            minutes_per_day=minutes_per_day(self.task.project), label="Days left"
        )

    def clean(self) -> dict[str, Any]:
        """Let the user look again at what is unusual."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        of_task = newest_reports(Task.objects.filter(pk=self.task.pk), user=self.user)
        unusual = doubts(
            values.get("date"),
            values.get("percent"),
            newest=of_task.get(self.task.pk),
            as_of=self.today,
        )
        if unusual:
            self.fields["is_sure"] = forms.BooleanField(
                required=False, label="Record it all the same"
            )
        if unusual and not self.data.get(self.add_prefix("is_sure")):
            self.add_error(None, unusual)
        return values


class MilestoneAccomplishmentForm(TaskRowForm[MilestoneAccomplishment]):
    """That a step was accomplished, or after all was not."""

    home = "milestone"

    class Meta:
        model = MilestoneAccomplishment
        fields = ("date", "is_accomplished")
        labels = {"is_accomplished": "Accomplished"}

    @property
    def task(self) -> Task:
        """The task that the step is of."""
        return self.instance.milestone.task

    @property
    def lead(self) -> str:
        """What it is about."""
        return f"Milestone “{self.instance.milestone}” of task {self.task}."


class DependencyForm(TaskRowForm[Dependency]):
    """That a task waits for another. What it waits for is chosen once, and can be searched."""

    home = "successor"
    template = "projects/dependency_form.html"

    class Meta:
        model = Dependency
        fields = ("predecessor", "link", "lag_minutes", "is_hard")
        labels = {"predecessor": "Waits for", "is_hard": "Binding"}
        help_texts = {"is_hard": "A dependency that does not bind only informs."}

    def arrange(self) -> None:
        """Offer what was searched for, else the tasks of the same project."""
        self.fields["lag_minutes"] = WorkingDaysField(
            minutes_per_day=minutes_per_day(self.task.project),
            label="Lag",
            help_text="In days of work that lie between; below zero they overlap.",
            initial=0,
            required=True,
        )
        if not self.instance._state.adding:
            del self.fields["predecessor"]
            return
        self.sought = typed(self.initial.get("find"))
        offers = self._found() if self.sought else self._own()
        groups: dict[str, list[tuple[int, str]]] = {}
        for task, label in offers[:MOST_OFFERED]:
            groups.setdefault(str(task.project), []).append((task.pk, label))
        predecessor: Any = self.fields["predecessor"]
        predecessor.choices = [("", "Choose …"), *groups.items()]
        if len(offers) > MOST_OFFERED:
            predecessor.help_text = f"The first {MOST_OFFERED}: search for what is not among them."

    def _own(self) -> list[tuple[Task, str]]:
        """List the other tasks of the project."""
        project = self.task.project
        own = Task.objects.visible_to(self.user).filter(project=project).select_related("project")
        return [
            (task, indented(task, depth)) for task, depth in in_order(own) if task != self.task
        ]

    def _found(self) -> list[tuple[Task, str]]:
        """List the tasks of any project in which each word of the search stands."""
        tasks = Task.objects.visible_to(self.user).exclude(pk=self.task.pk)
        for word in self.sought.split():
            named = Q(project__code__icontains=word) | Q(project__name__icontains=word)
            tasks = tasks.filter(Q(wbs__icontains=word) | Q(name__icontains=word) | named)
        found = tasks.select_related("project").order_by("project__code", "wbs", "pk")
        return [(task, str(task)) for task in found[: MOST_OFFERED + 1]]

    @property
    def lead(self) -> str:
        """What waits, and for what where that is settled."""
        awaited = "" if self.instance._state.adding else f" It waits for {self._awaited()}."
        return f"Task {self.task} of {self.task.project}.{awaited}"

    @property
    def called(self) -> str:
        """Name both ends, as far as the user may see them."""
        return f"{self._awaited()} → {self.instance.successor}"

    def _awaited(self) -> str:
        visible = Task.objects.visible_to(self.user).filter(pk=self.instance.predecessor_id)
        return str(visible.first() or "a task that you may not see")


def indented(task: Task, depth: int) -> str:
    """Name a task so that its depth in the breakdown shows."""
    return f"{'· ' * depth}{task}"


class LessonForm(RowForm[Lesson]):
    """What a project teaches the next one."""

    home = "project"

    class Meta:
        model = Lesson
        fields = ("event", "cause", "effect", "recommendation", "owner")
        labels = {"event": "What happened"}


class ClosureEvaluationForm(RowForm[ClosureEvaluation]):
    """How a project ended."""

    home = "project"

    class Meta:
        model = ClosureEvaluation
        fields = ("date", "verdict", "scope_delivered", "quality", "summary")
        labels = {"verdict": "Success criteria"}

    def arrange(self) -> None:
        """Begin with the status date."""
        self.initial.setdefault("date", self.today)

    def _get_validation_exclusions(self) -> set[str]:
        # A project has one evaluation: said below, as the column has no sentence of its own.
        return {*super()._get_validation_exclusions(), self.home}

    def clean(self) -> dict[str, Any]:
        """See that it is the only one."""
        mine = ClosureEvaluation.objects.visible_to(self.user)
        others = mine.filter(project=self.instance.project)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This project has been evaluated: change that evaluation.")
        return super().clean() or self.cleaned_data


class BaselineForm(RowForm[Baseline]):
    """The plan as it is approved: taken from the tasks, so that only its name is asked for."""

    home = "project"
    tab = "tasks"

    class Meta:
        model = Baseline
        fields = ("name",)
        help_texts = {"name": "Why it is taken, such as “Approved by the board in May”."}

    def save(self, commit: bool = True) -> Baseline:
        """Freeze the plan."""
        project, name = self.instance.project, self.cleaned_data["name"]
        if take_baselines([project.pk], name=name, approved_by_id=self.user.pk):
            self.instance = Baseline.objects.visible_to(self.user).get(
                project=project, is_current=True
            )
        else:
            self.add_error(None, NOT_PLANNED)
        return self.instance
