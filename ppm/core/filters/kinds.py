"""The kinds of filters, each with the widget by which a page asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import IsoDateTimeField
from django_filters.utils import get_model_field
from django_filters.widgets import BooleanWidget

from ppm.core.models import Component, Kind, ScopedQuerySet
from ppm.core.outline import indented
from ppm.core.past import within_on
from ppm.core.people import people_near

ISO = ["%Y-%m-%d"]
LONGEST_SEARCH = 100
MOST_PLACES = 200
"""So many portfolios and programs are offered, those near the roots first; links lead deeper."""


def among(rows: QuerySet[Any], wanted: QuerySet[Any], is_so: bool) -> QuerySet[Any]:
    """Keep the rows that are wanted, or the rest: row by row, so that a page soon is full."""
    return wanted if is_so else rows.filter(~Exists(wanted.filter(pk=OuterRef("pk"))))


class DateInput(forms.DateInput):
    """A date, picked in the browser."""

    input_type = "date"

    def __init__(self) -> None:
        """Write it as the browser reads it."""
        super().__init__(format=ISO[0])


class TruthInput(BooleanWidget):
    """Yes, no or any."""

    def __init__(self) -> None:
        """Name the choices."""
        forms.Select.__init__(self, choices=[("", "Any"), ("true", "Yes"), ("false", "No")])


class TruthFilter(filters.BooleanFilter):
    """True or false."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Let a page offer three choices."""
        super().__init__(*args, widget=TruthInput(), **options)


class DayFilter(filters.DateFilter):
    """A date, written as 2026-01-31."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Accept ISO dates only: 01/02/2026 has two meanings."""
        super().__init__(*args, input_formats=ISO, widget=DateInput(), **options)


class MomentField(IsoDateTimeField):
    """A moment. PostgreSQL knows no zone further from UTC than 16 hours, so it gets UTC."""

    def clean(self, value: Any) -> datetime | None:
        """Read it."""
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):
    """A moment, written as 2026-01-31T09:30:00Z; a date alone is its first moment in UTC."""

    field_class = MomentField

    def __init__(self, *args: Any, **options: Any) -> None:
        """Let a page ask for a date."""
        super().__init__(*args, widget=DateInput(), **options)


class WholeNumber(forms.IntegerField):
    """A whole number that is asked for by people, unlike an id."""


class WholeNumberFilter(filters.NumberFilter):
    """A whole number, or a limit to one."""

    field_class = WholeNumber


class ChoicesFilter(filters.MultipleChoiceFilter):
    """Any of the chosen values."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show all choices. The column is the row's own, so that no row is found twice."""
        options = {"distinct": False, "widget": forms.CheckboxSelectMultiple(), **options}
        super().__init__(*args, **options)


class SearchFilter(filters.CharFilter):
    """Words, each of which stands in one of the columns."""

    def __init__(self, *columns: str) -> None:
        """Keep the columns."""
        self.columns = columns
        named = ", ".join(columns).replace("_", " ")
        sentence = f"Words, each of which must stand in one of: {named}. Capitals do not matter."
        super().__init__(
            label="Search",
            max_length=LONGEST_SEARCH,
            widget=forms.SearchInput(),
            help_text=sentence,
        )

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Keep the rows that have every word."""
        for word in value.split():
            rows = rows.filter(
                reduce(or_, (Q(**{f"{column}__icontains": word}) for column in self.columns))
            )
        return rows


class AmountFilter(filters.NumberFilter):
    """A limit to an amount; one that the user does not see is not known, and within no limit."""

    def filter(self, rows: Any, value: Any) -> Any:
        """Keep the rows within the limit."""
        if value in EMPTY_VALUES:
            return rows
        return super().filter(rows.with_amounts_for(self.parent.request.user), value)


class NoAmountFilter(TruthFilter):
    """Whether there is no amount, as far as the user sees."""

    def filter(self, rows: Any, value: bool | None) -> Any:
        """Keep the rows without, or with."""
        if value is None:
            return rows
        known = rows.with_amounts_for(self.parent.request.user)
        known = known.filter(**{f"{self.field_name}__isnull": False})
        return among(rows, known, not value)


class IdFilter(filters.Filter):
    """The id of a row that is referred to; of one that the user does not see, nothing is found.

    No page asks for an id, but its address may carry one.
    """

    field_class: type[forms.Field] = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        """Hide it on pages."""
        super().__init__(*args, **{"widget": forms.HiddenInput(), **options})

    def filter(self, rows: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        """Keep the rows that refer to the visible one."""
        referred = get_model_field(self.model, self.field_name).related_model.objects.all()
        if value is None or not isinstance(referred, ScopedQuerySet):
            found: QuerySet[Any] = super().filter(rows, value)
            return found
        visible = referred.visible_to(self.parent.request.user).filter(pk=value)
        return rows.filter(**{f"{self.field_name}__in": visible})


class PersonFilter(IdFilter):
    """The id of a person; a page offers those whom the user gets to see."""

    @property
    def field(self) -> forms.Field:
        """Build the field; its choices are read when it is shown."""
        people: Any = self._offered
        self.extra["widget"] = forms.Select(choices=people)
        field: forms.Field = super().field
        return field

    def _offered(self) -> list[tuple[object, str]]:
        return self._people

    @cached_property
    def _people(self) -> list[tuple[object, str]]:
        people = people_near(self.parent.request.user).order_by("first_name", "last_name", "pk")
        return [("", "Anybody"), *((person.pk, str(person)) for person in people)]


class CodeFilter(filters.CharFilter):
    """The code of a component that is referred to, found like its id."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Keep the rows that refer to the visible component."""
        if not value:
            return rows
        visible = Component.objects.visible_to(self.parent.request.user).filter(code=value)
        return rows.filter(**{f"{self.field_name}__in": visible})


class BelowFilter(IdFilter):
    """What belongs to anything below a component, or also to itself where `inclusive`.

    `field_name` leads from the row to its component. Of a past day it is what stood there then.
    """

    key = "pk"
    is_chosen = True
    """Whether a page offers what there is to choose from."""

    def __init__(self, *args: Any, inclusive: bool = True, **options: Any) -> None:
        """Keep whether the component counts too."""
        self.inclusive = inclusive
        super().__init__(*args, **options)

    @property
    def field(self) -> forms.Field:
        """Build the field; a page offers the portfolios and programs that the user sees."""
        places: Any = self._offered
        if self.is_chosen:
            self.extra["widget"] = forms.Select(choices=places)
        field: forms.Field = super().field
        return field

    def _offered(self) -> list[tuple[object, str]]:
        return self._places

    @cached_property
    def _places(self) -> list[tuple[object, str]]:
        visible = Component.objects.visible_to(self.parent.request.user)
        topmost = visible.exclude(kind=Kind.PROJECT).order_by("path__len", "path")
        is_near = Q(pk__in=topmost.values("pk")[:MOST_PLACES])
        places = visible.filter(is_near | Q(pk__in=self._chosen())).order_by("path")
        return [("", "Anywhere"), *((place.pk, indented(place)) for place in places)]

    def _chosen(self) -> list[str]:
        """Read what the address asks for, which is offered wherever it stands."""
        names = [name for name, known in self.parent.filters.items() if known is self]
        values = (value for name in names for value in self.parent.data.getlist(name))
        return [value for value in values if value.isdecimal() and len(value) < 19]

    def filter(self, rows: QuerySet[Any], value: int | str | None) -> QuerySet[Any]:
        """Keep the rows of a part of the tree."""
        if value in EMPTY_VALUES:
            return rows
        visible = Component.objects.visible_to(self.parent.request.user)
        component = visible.filter(**{self.key: value}).first()
        if component is None:
            return rows.none()
        day = self.parent.past_day
        part = within_on(day, component) if day else Component.objects.within(component)
        part = part if self.inclusive else part.exclude(pk=component.pk)
        found: QuerySet[Any] = rows.filter(**{f"{self.field_name}__in": part})
        return found


class BelowCodeFilter(BelowFilter, filters.CharFilter):
    """The same, by the code of the component."""

    field_class = forms.CharField
    key = "code"
    is_chosen = False

    def __init__(self, *args: Any, **options: Any) -> None:
        """Let a page ask for the code."""
        super().__init__(*args, widget=forms.TextInput(), **options)


class HasFilter(TruthFilter):
    """Whether rows refer to the row: `field_name` is how they are reached from it.

    Of those that the user may not see nothing is told.
    """

    def filter(self, rows: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        """Keep the rows with, or without."""
        if value is None:
            return rows
        relation: Any = self.model._meta.get_field(self.field_name)
        referring = relation.related_model._default_manager.visible_to(self.parent.request.user)
        has = Exists(referring.filter(**{relation.field.name: OuterRef("pk")}))
        return rows.filter(has if value else ~has)
