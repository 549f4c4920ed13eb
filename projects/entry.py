"""The grid in which a week's progress and cost are entered: all of it is recorded, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Page, Paginator
from django.db import DatabaseError, connection, transaction
from django.http import QueryDict
from django.utils.dateparse import parse_date

from ppm.core.forms import DayInput, RowForm
from ppm.core.models import CostEntry, Fact, Subject, User
from ppm.core.outline import PAGE_SIZE
from ppm.core.problems import sentences_of
from projects.models import MilestoneAccomplishment, Progress, Project
from projects.reporting import doubts, future, in_words
from projects.working_days import WorkingDaysField, minutes_per_day
from projects.worklist import Step, WorkPackage, work_packages

GONE = "A task that stood here is gone. Look again."
NOTHING = "Nothing was entered."
MOST_CATEGORIES = 50
KINDS: dict[type[Fact], tuple[str, str]] = {
    Progress: ("report of progress", "reports of progress"),
    CostEntry: ("cost entry", "cost entries"),
    MilestoneAccomplishment: ("milestone", "milestones"),
}
"""What is recorded, one and several."""


class ProgressCells(RowForm[Progress]):
    """How far a task has come."""

    home = "task"

    class Meta:
        model = Progress
        fields = ("percent", "remaining_minutes", "note")
        labels = {"percent": "New percent"}

    def __init__(self, *args: Any, minutes_per_day: int, **options: Any) -> None:
        """Ask for the remaining work in days."""
        super().__init__(*args, **options)
        self.fields["remaining_minutes"] = WorkingDaysField(
            minutes_per_day=minutes_per_day, label="Days left", help_text=""
        )
        as_typed(self, "percent", "remaining_minutes")


class CostCells(RowForm[CostEntry]):
    """What was spent on a task."""

    home = "component"

    class Meta:
        model = CostEntry
        fields = ("amount", "category")
        labels = {"amount": "Cost"}

    def __init__(self, *args: Any, **options: Any) -> None:
        """Propose the categories that are in use."""
        super().__init__(*args, **options)
        as_typed(self, "amount")
        self.fields["category"].widget.attrs["list"] = "categories"


class StepCell(RowForm[MilestoneAccomplishment]):
    """Whether a weighted milestone is accomplished; only a change is recorded."""

    home = "milestone"
    # What the page had shown comes back with it: meanwhile others may have said something.
    is_accomplished = forms.BooleanField(required=False, show_hidden_initial=True)

    class Meta:
        model = MilestoneAccomplishment
        fields = ("is_accomplished",)

    def arrange(self) -> None:
        """Call it by the name of the milestone."""
        self.fields["is_accomplished"].label = str(self.instance.milestone)


def as_typed(form: RowForm[Any], *names: str) -> None:
    """Let numbers be typed as text: no arrow key and no wheel changes them by accident."""
    for name in names:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        form.fields[name].widget = forms.TextInput(attributes)


@dataclass(frozen=True)
class Entrant:
    """Who enters, in which request, and what they may."""

    user: User
    request_id: UUID
    rights: frozenset[Subject]

    @property
    def may_report(self) -> bool:
        """Whether progress may be entered."""
        return Subject.PROGRESS in self.rights

    @property
    def may_spend(self) -> bool:
        """Whether cost may be entered."""
        return Subject.MONEY in self.rights


@dataclass(frozen=True)
class EntryRow:
    """A work package and its cells; a form is None where nothing of it may be entered."""

    package: WorkPackage
    progress: ProgressCells | None
    cost: CostCells | None
    steps: list[StepCell] = field(default_factory=list)

    @property
    def filled(self) -> list[RowForm[Any]]:
        """The forms in which something was entered."""
        every = (self.progress, self.cost, *self.steps)
        return [form for form in every if form and form.has_changed()]

    def errors(self) -> Iterator[tuple[str, str]]:
        """Tell what is wrong: where, and the sentence."""
        for form in self.filled:
            for name, sentences in form.errors.items():
                # What a constraint refuses is about the number, which comes first.
                label = form[name if name in form.fields else next(iter(form.fields))].label
                place = f"{self.package.task}, {label}"
                yield from ((place, str(sentence)) for sentence in sentences)


class EntryGrid:
    """A date, and a row for each work package shown."""

    def __init__(
        self,
        project: Project,
        packages: list[WorkPackage],
        *,
        entrant: Entrant,
        as_of: date,
        data: QueryDict | None = None,
        on: date | None = None,
    ) -> None:
        """Build the cells that the user may fill, as far as they were filled already."""
        self.project, self.entrant, self.as_of, self.data = project, entrant, as_of, data
        self.day_form = DayForm(data, initial={"date": on or as_of})
        self.minutes_per_day = minutes_per_day(project)
        self.rows = [self._row(package) for package in packages]
        self.errors: list[tuple[str, str]] = []
        self.unusual: list[tuple[str, str]] = []

    def _row(self, package: WorkPackage) -> EntryRow:
        may_report, may_spend = self.entrant.may_report, self.entrant.may_spend
        progress = cost = None
        if may_report and package.takes_percent:
            days = self.minutes_per_day
            progress = self._cells(ProgressCells, package, package.task, minutes_per_day=days)
        if may_spend:
            cost = self._cells(CostCells, package, self.project)
            cost.instance.task = package.task
        by_steps = package.steps if may_report and package.takes_steps else ()
        steps = [self._step(package, step) for step in by_steps]
        return EntryRow(package, progress, cost, steps)

    def _cells(self, kind: Any, package: WorkPackage, belongs_to: Any, **options: Any) -> Any:
        """Build the cells of a row, each named for those who do not see the table's head."""
        options.setdefault("prefix", f"t{package.task.pk}")
        form = kind(
            self.data,
            belongs_to=belongs_to,
            user=self.entrant.user,
            request_id=self.entrant.request_id,
            empty_permitted=True,
            use_required_attribute=False,
            **options,
        )
        for bound in form:
            bound.field.widget.attrs["aria-label"] = f"{bound.label}: {package.task}"
        return form

    def _step(self, package: WorkPackage, step: Step) -> Any:
        return self._cells(
            StepCell,
            package,
            step.milestone,
            prefix=f"m{step.milestone.pk}",
            initial={"is_accomplished": step.is_accomplished},
        )

    @property
    def title(self) -> str:
        """What may be entered."""
        if self.entrant.may_report and self.entrant.may_spend:
            return "Enter progress and cost"
        return "Enter progress" if self.entrant.may_report else "Enter cost"

    @property
    def categories(self) -> list[str]:
        """The categories of cost that are in use, to choose from."""
        costs = CostEntry.objects.visible_to(self.entrant.user).filter(component=self.project)
        used = costs.exclude(category="").order_by("category")
        return list(used.values_list("category", flat=True).distinct()[:MOST_CATEGORIES])

    @property
    def day(self) -> date | None:
        """The date that was entered."""
        return self.day_form.cleaned_data.get("date") if self.day_form.is_valid() else None

    @property
    def filled(self) -> list[tuple[EntryRow, RowForm[Any]]]:
        """What was entered."""
        return [(row, form) for row in self.rows for form in row.filled]

    def recorded(self) -> bool:
        """Record everything that was entered, unless something is wrong or calls for a look."""
        self.errors = [("Date", str(error)) for error in self.day_form.errors.get("date", [])]
        self.errors += [error for row in self.rows for error in row.errors()]
        if not self.filled:
            self.errors.append(("", NOTHING))
        if self.data is not None and len(self.rows) < len(posted_ids(self.data)):
            self.errors.append(("", GONE))
        if self.errors or self.day is None:
            return False
        self.unusual = list(self._unusual(self.day))
        if self.unusual and not (self.data and self.data.get("is_sure")):
            return False
        return self._stored(self.day)

    def _unusual(self, on: date) -> Iterator[tuple[str, str]]:
        """Tell what may be a slip."""
        if on > self.as_of:
            yield "Date", future(on, self.as_of)
        for row in self.rows:
            if row.progress in row.filled and row.progress is not None:
                percent = row.progress.cleaned_data["percent"]
                newest = row.package.reported
                for sentence in doubts(on, percent, newest=newest, as_of=None):
                    yield str(row.package.task), sentence

    def _stored(self, on: date) -> bool:
        """Write all rows, or none; name the one that the database refuses."""
        place = ""
        try:
            with transaction.atomic():
                for row, form in self.filled:
                    place = str(row.package.task)
                    form.instance.date = on
                    form.save()
                connection.check_constraints()
        except DatabaseError as error:
            sentences = sentences_of(error)
            if not sentences:
                raise
            self.errors += [(place, sentence) for sentence in sentences]
        return not self.errors

    @property
    def done(self) -> str:
        """What was recorded, in words."""
        counts = Counter(type(form.instance) for _, form in self.filled)
        return ", ".join(f"{n} {KINDS[kind][n > 1]}" for kind, n in counts.items())

    def superseded(self) -> list[str]:
        """Name the tasks of which a later report is known, which still counts."""
        return [
            f"{row.package.task}: the report of {in_words(newest.date)} is newer and still counts."
            for row in self.rows
            if row.progress in row.filled
            and (newest := row.package.reported)
            and self.day is not None
            and self.day < newest.date
        ]


class DayForm(forms.Form):
    """The date that everything entered is about."""

    date = forms.DateField(widget=DayInput())


def posted_ids(data: QueryDict) -> list[int]:
    """Read of which tasks rows were shown."""
    ids = (int(pk) for pk in data.getlist("task") if pk.isdecimal() and len(pk) < 19)
    return list(dict.fromkeys(ids))


def entry_grid(
    project: Project, entrant: Entrant, *, as_of: date, query: QueryDict, data: QueryDict
) -> tuple[EntryGrid, Page[WorkPackage] | None]:
    """Build the grid: of the rows that came back, else of the page that the address asks for."""
    if data or "task" in query:
        packages = _named(project, posted_ids(data or query), entrant.user)
        return EntryGrid(project, packages, entrant=entrant, as_of=as_of, data=data or None), None
    on = _asked_date(query) or as_of
    packages = _open(project, entrant.user, on=on, is_all=bool(query.get("all")))
    page = Paginator(packages, PAGE_SIZE).get_page(query.get("page"))
    return EntryGrid(project, list(page), entrant=entrant, as_of=as_of, on=on), page


def _asked_date(query: QueryDict) -> date | None:
    try:
        return parse_date(query.get("date", ""))
    except ValueError:
        return None


def _open(project: Project, user: User, *, on: date, is_all: bool) -> list[WorkPackage]:
    """List the work packages to enter something for: what is under way or due comes first."""
    found = work_packages(project, user=user)
    kept = [package for package in found if is_all or not package.is_complete]
    return sorted(kept, key=lambda package: package.urgency(on))


def _named(project: Project, ids: list[int], user: User) -> list[WorkPackage]:
    """List the work packages of those ids, in their order."""
    found = {package.task.pk: package for package in work_packages(project, user=user, ids=ids)}
    return [found[pk] for pk in ids if pk in found]
