"""What every filter set shares: the kind of each column says by what a list is filtered.

So a parameter has the same name and meaning on every list, and a new column is filtered without
a line. A filter narrows rows that are scoped already. One that names something invisible finds
nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.amounts import MoneyField
from ppm.core.filters import kinds
from ppm.core.filters.days import known_facts
from ppm.core.filters.standing import StateFilter
from ppm.core.models import Component, Fact, ScopedQuerySet, User
from ppm.core.time_travel import asked_day

Words = dict[str, tuple[str, str]]
"""By lookup: the label of a filter, and what it keeps."""

MOMENTS: Words = {
    "gte": ("{} from", "at this moment or later, such as 2026-01-31 or 2026-01-31T09:30:00Z"),
    "lt": ("{} before", "before this moment, such as 2026-01-31 or 2026-01-31T09:30:00Z"),
}
DATES: Words = {
    "exact": ("{}", "on this date"),
    "gte": ("{} on or after", "on this date or later"),
    "lte": ("{} on or before", "on this date or earlier"),
}
NUMBERS: Words = {
    "exact": ("{}", "exactly this"),
    "gte": ("{} at least", "this or more"),
    "lte": ("{} at most", "this or less"),
}
CHOICES: Words = {"exact": ("{}", "one of these; several by giving the parameter several times")}
NULL: Words = {"isnull": ("{} is empty", "true, those without; false, those with")}

# The first kind that fits counts: to Django a moment is a date, too.
BY_KIND: tuple[tuple[type[models.Field[Any, Any]], Words], ...] = (
    (models.DateTimeField, MOMENTS),
    (models.DateField, DATES),
    (models.DecimalField, NUMBERS),
    (models.IntegerField, NUMBERS),
    (models.BooleanField, {"exact": ("{}", "true or false")}),
    (models.ForeignKey, {"exact": ("{}", "by id")}),
    (models.UUIDField, {"exact": ("{}", "exactly this")}),
)


OF_COMPONENT = ("state", "manager")
"""The columns of the component by which its rows are filtered; its kind too where it varies."""


class RowFilter(filters.FilterSet):
    """Filters of the rows of a model, by its columns.

    What belongs to a component is also filtered by that component, and by anything above it. In
    `Meta`, `fields` names the columns that count where not all do, `exclude` columns and filters
    that do not.
    """

    base_filters: dict[str, filters.Filter]

    FILTER_DEFAULTS = {
        **filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": kinds.TruthFilter},
        models.DateField: {"filter_class": kinds.DayFilter},
        models.DateTimeField: {"filter_class": kinds.MomentFilter},
        models.ForeignKey: {"filter_class": kinds.IdFilter},
        models.OneToOneField: {"filter_class": kinds.IdFilter},
    }

    def __init__(
        self, data: Any = None, *args: Any, only_asked: bool = False, **options: Any
    ) -> None:
        """Take all filters, as a form shows them; or those only that are asked, which is faster.

        Each filter reads the one parameter of its name; without it, it does nothing.
        """
        if only_asked:
            # From here the library copies what it uses.
            every = self.base_filters
            self.base_filters = {name: every[name] for name in every if name in (data or ())}
        super().__init__(data, *args, **options)

    @property
    def past_day(self) -> date | None:
        """The day of the past that is asked for, by parameter or by the page; None for today."""
        return self.form.cleaned_data.get("as_of") or asked_day(self.request)

    @classmethod
    def columns(cls) -> list[models.Field[Any, Any]]:
        """List the columns of the model that count; how often a row was changed does not."""
        only, excluded = cls._meta.fields, cls._meta.exclude or ()
        if only is None:
            excluded = (*excluded, "version")
        columns: list[models.Field[Any, Any]] = cls._meta.model._meta.concrete_fields
        return [
            column
            for column in columns
            if (only is None or column.name in only) and column.name not in excluded
        ]

    @classmethod
    def get_fields(cls) -> dict[str, list[str]]:
        """Let the kind of each column say by what it is filtered."""
        return {column.name: list(words_of(column)) for column in cls.columns()}

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        """Put search and place before the columns; a component also goes by its code."""
        found = super().get_filters()
        if cls._meta.model is None:
            return dict(found)
        first = {"search": found["search"]} if "search" in found else {}
        references = (column for column in cls.columns() if refers_to_component(column))
        codes = {f"{column.name}__code": code_of(column.name) for column in references}
        every = {**first, **cls.place(), **found, **codes, **cls.past(), **cls.declared_filters}
        return {name: every[name] for name in every if name not in (cls._meta.exclude or ())}

    @classmethod
    def place(cls) -> dict[str, filters.Filter]:
        """Filter by the component that rows belong to, under the name by which they call it."""
        rows = cls._meta.model._default_manager.all()
        if not isinstance(rows, ScopedQuerySet) or not rows.component:
            return {}
        name = rows.component.rpartition("__")[2]
        columns = ("kind", *OF_COMPONENT) if name == "component" else OF_COMPONENT
        return {
            **within(rows.component),
            name: id_of(rows.component),
            f"{name}__code": code_of(rows.component),
            **{
                f"{name}__{column}": cls.of_component(column, rows.component) for column in columns
            },
        }

    @classmethod
    def past(cls) -> dict[str, filters.Filter]:
        """Filter facts by what was known on a day."""
        if not issubclass(cls._meta.model, Fact):
            return {}
        told = "What was known on this date: dated and recorded by then."
        return {"as_of": kinds.DayFilter(method="as_known", label="As known on", help_text=told)}

    def as_known(self, rows: Any, name: str, value: date) -> Any:
        """Keep the facts that counted on a day."""
        return rows.filter(known_facts(f"{rows.component}__path", now=timezone.now(), as_of=value))

    @classmethod
    def of_component(cls, column: str, component: str) -> filters.Filter:
        """Filter by a column of the component to which the lookup leads."""
        field: Any = Component._meta.get_field(column)
        made = cls.filter_for_field(field, f"{component}__{column}")
        name = component.rpartition("__")[2]
        made.label = f"{made.label} of the {name}"
        made.extra["help_text"] = made.extra["help_text"].replace(":", f" of the {name}:", 1)
        return made

    @classmethod
    def filter_for_lookup(cls, field: Any, lookup: str) -> tuple[Any, dict[str, Any]]:
        """Choose the kind of filter: any of several choices, a person by name, an amount."""
        if isinstance(field, MoneyField):
            return kinds.NoAmountFilter if lookup == "isnull" else kinds.AmountFilter, {}
        if lookup == "exact" and field == Component._meta.get_field("state"):
            return StateFilter, {"choices": field.choices}
        if lookup == "exact" and field.choices:
            return kinds.ChoicesFilter, {"choices": field.choices}
        if lookup == "exact" and field.related_model is User:
            return kinds.PersonFilter, {}
        if isinstance(field, models.IntegerField) and lookup != "isnull":
            return kinds.WholeNumberFilter, {}
        chosen: tuple[Any, dict[str, Any]] = super().filter_for_lookup(field, lookup)
        return chosen

    @classmethod
    def filter_for_field(cls, field: Any, name: str, lookup: str = "exact") -> filters.Filter:
        """Build a filter that is named in words."""
        made = super().filter_for_field(field, name, lookup)
        made.label, made.extra["help_text"] = in_words(field, lookup)
        return made


def words_of(column: models.Field[Any, Any]) -> Words:
    """Tell the lookups of a column, in words; none for text, which is searched."""
    if column.primary_key:
        return {}
    kinds_of = (words for kind, words in BY_KIND if isinstance(column, kind))
    found = CHOICES if column.choices else next(kinds_of, {})
    # Whether the system has written something is nobody's question.
    return {**found, **NULL} if found and column.null and column.editable else found


def in_words(column: models.Field[Any, Any], lookup: str) -> tuple[str, str]:
    """Name a filter by its column, and say what it keeps."""
    name = str(column.verbose_name).removesuffix(" at").removesuffix(" id")
    name = name.removeprefix("is ").replace(" roi", " ROI")
    label, sentence = words_of(column)[lookup]
    whole = label.format(name)
    return f"{whole[0].upper()}{whole[1:]}", f"{name[0].upper()}{name[1:]}: {sentence}."


def refers_to_component(column: models.Field[Any, Any]) -> bool:
    """Tell whether a column names a component of any kind."""
    model = column.related_model
    return not column.primary_key and isinstance(model, type) and issubclass(model, Component)


def id_of(component: str) -> kinds.IdFilter:
    """Filter by the id of the component to which the lookup leads."""
    name = component.rpartition("__")[2].capitalize()
    return kinds.IdFilter(field_name=component, label=name, help_text=f"{name}: by id.")


def code_of(component: str) -> kinds.CodeFilter:
    """Filter by the code of the component to which the lookup leads."""
    name = component.rpartition("__")[2].capitalize()
    return kinds.CodeFilter(
        field_name=component, label=f"{name} (code)", help_text=f"{name}: by code."
    )


def within(component: str) -> dict[str, filters.Filter]:
    """Filter by the component, or anything above it, to which the lookup leads."""
    sentence = "What belongs to a component or to anything below it: the component by"
    return {
        "below": kinds.BelowFilter(
            field_name=component, label="Within", help_text=f"{sentence} id."
        ),
        "below__code": kinds.BelowCodeFilter(
            field_name=component, label="Within (code)", help_text=f"{sentence} code."
        ),
    }
