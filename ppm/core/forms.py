"""Forms of rows: their references are the user's, their refusals are the database's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import reduce
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django import forms
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, models, transaction
from django.forms.models import ModelChoiceField, model_to_dict
from django.utils.text import Truncator

from ppm.core.models import AnyUser, Component, Fact, ScopedQuerySet, User
from ppm.core.people import groups_near, people_near
from ppm.core.problems import sentences_of
from ppm.core.reach import unscoped

Row = TypeVar("Row", bound=models.Model)

AGAIN = "Nothing was saved: save again to have yours instead."

MOST_DIGITS = 20

UNTYPABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
"""Control characters other than blanks."""


class DayInput(forms.DateInput):
    """A date, picked or typed; the browser sends it as ISO has it."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Write ISO dates, the only ones that the browser understands."""
        super().__init__(attrs, format="%Y-%m-%d")


def refuse_huge(number: Decimal | None) -> None:
    """Refuse a number with so many digits that one could not even count with it."""
    if number is not None and number.is_finite() and number.adjusted() > MOST_DIGITS:
        raise forms.ValidationError("This number is too large.")


class PercentField(forms.DecimalField):
    """A fraction that people read and write as percent: 0.25 is 25."""

    def __init__(self, **options: Any) -> None:
        """Show the unit."""
        options.setdefault("help_text", "In percent.")
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a fraction as percent; what was typed stays as it was typed."""
        return format((value * 100).normalize(), "f") if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs are wrong
        """Read percent as a fraction."""
        percent = super().to_python(value)
        refuse_huge(percent)
        # What is no number is refused later.
        return percent / 100 if percent is not None and percent.is_finite() else percent


class ShareField(PercentField):
    """A part of a whole, up to all of it; kept to a hundredth of a percent."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs are wrong
        """Read percent as a fraction between 0 and 1."""
        share = super().to_python(value)
        if share is None or not share.is_finite():
            return share
        if not 0 <= share <= 1:
            raise forms.ValidationError("Write a number from 0 to 100.")
        return share.quantize(Decimal("0.0001"), ROUND_HALF_UP)


class ConstrainedForm(forms.ModelForm[Row]):
    """A form of one row, which is held against the constraints of its model."""

    @unscoped("constraints look at all rows")
    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs


class RowForm(ConstrainedForm[Row]):
    """A form of one row, for a user.

    `home` names the field through which the row belongs to something, which is not asked for but
    given. A fact is recorded by the user, in the request.
    """

    home: ClassVar[str] = ""
    """The field that leads to what the row belongs to."""
    tab: ClassVar[str] = ""
    """The tab of the component's page on which such rows stand."""
    template: ClassVar[str] = "editing/form.html"
    legend: ClassVar[str] = ""
    """What the form is called where it is a part of another one."""
    is_decision: ClassVar[bool] = False
    """Whether it needs somebody who has just signed in."""
    removal: ClassVar[tuple[str, str]] = ("Delete", "deleted")
    """What it is called to delete such a row: on the button, and when it is done."""
    finality: ClassVar[str] = "This cannot be undone."

    def __init__(
        self,
        *args: Any,
        user: User,
        request_id: UUID | None = None,
        belongs_to: models.Model | None = None,
        today: date | None = None,
        **options: Any,
    ) -> None:
        """Place a new row, and narrow every choice to what the user may see."""
        super().__init__(*args, **options)
        self.user, self.request_id, self.today = user, request_id, today
        self.label_suffix = ""
        if belongs_to is not None:
            setattr(self.instance, self.home, belongs_to)
        if isinstance(self.instance, Fact) and self.instance._state.adding:
            self.instance.recorded_by, self.instance.request_id = user, request_id
            self.initial.setdefault("date", today)
        self.initial = {name: plain(value) for name, value in self.initial.items()}
        for field in self.fields.values():
            if isinstance(field, ModelChoiceField):
                field.queryset = choices_for(field.queryset, user)
            dress(field)
            # What was shown comes back, so that a field which somebody else changed stays.
            if not self.instance._state.adding:
                field.show_hidden_initial = True
        self.arrange()

    def arrange(self) -> None:
        """Fit the fields to the row at hand."""

    def where(self) -> str:
        """Tell the address of the page on which the row stands."""
        return address_of(component_of(self.instance), self.tab)

    def where_without(self) -> str:
        """Tell where to go when the row is gone."""
        return self.where()

    @property
    def called(self) -> str:
        """What the row is called, without naming what the user may not see."""
        return str(self.instance)

    @property
    def title(self) -> str:
        """What the page of the form is called."""
        if self.instance._state.adding:
            return f"New {self.instance._meta.verbose_name}"
        return f"Change “{self.called}”"

    @property
    def parts(self) -> list[RowForm[Any]]:
        """List the forms that are filled in together, this one first."""
        return [self]

    @property
    def outlook(self) -> str:
        """Say what comes of the row when it is stored, beyond that it is."""
        return ""

    @property
    def cautions(self) -> list[str]:
        """Say what else the user should know before the row is deleted."""
        return []

    @property
    def belongs_to(self) -> Any:
        """What the row belongs to."""
        return getattr(self.instance, self.home)

    def _get_validation_exclusions(self) -> set[str]:
        # What is given, not asked for, is judged by the constraints too.
        given = {self.home, "kind", "recorded_by"}
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - given

    def save(self, commit: bool = True) -> Row:
        """Save only what differs from what was shown: what others changed meanwhile stays.

        Where somebody has changed the same field, nothing is saved, and the form shows both.
        """
        if self.instance._state.adding:
            self.instance.save()
        elif self.changed_data and not self._is_overtaken():
            self.instance.save(update_fields=self.to_update())
        return self.instance

    def _is_overtaken(self) -> bool:
        """Tell whether somebody has changed the same fields; saved again, they are overwritten."""
        found = changed_meanwhile(self)
        told: Any = self.data.copy() if found else {}  # type: ignore[attr-defined]
        for name, value in found.items():
            words = said_of(self[name], value)
            self.add_error(name, f"Meanwhile somebody has made it {words}. {AGAIN}")
            shown = self[name].field.prepare_value(value)
            several = shown if isinstance(shown, list) else [shown]
            told.setlist(self[name].html_initial_name, several)
        self.data = told or self.data
        return bool(found)

    def to_update(self) -> list[str]:
        """List the fields to save of a row that exists."""
        return self.changed_data

    def stored(self) -> bool:
        """Save the row if it is sound; what the database refuses is then among the errors."""
        return self.is_valid() and is_written(self, self.save)


def is_written(form: forms.BaseForm, write: Callable[[], object]) -> bool:
    """Write what a sound form says; what the database refuses is then among its errors."""
    try:
        with transaction.atomic():
            write()
            connection.check_constraints()
    except DatabaseError as error:
        sentences = sentences_of(error)
        if not sentences:
            raise
        for sentence in sentences:
            form.add_error(None, sentence)
    return not form.errors


def changed_meanwhile(form: forms.ModelForm[Any]) -> dict[str, Any]:
    """Lock the row of a form; return what is in fields it changes, where it showed another."""
    with unscoped("the row of the form, locked"):
        rows = type(form.instance)._base_manager.select_for_update(no_key=True)
        stored = rows.filter(pk=form.instance.pk).first()
    stored_values = model_to_dict(stored, form.changed_data) if stored else {}
    now = {name: plain(value) for name, value in stored_values.items()}
    return {name: value for name, value in now.items() if _is_news(form[name], value)}


def _is_news(bound: forms.BoundField, value: Any) -> bool:
    """Tell whether a field neither showed nor has the value, if it says what it showed."""
    field, name = bound.field, bound.html_initial_name
    if name not in bound.form.data:
        return False
    shown = field.hidden_widget().value_from_datadict(bound.form.data, bound.form.files, name)
    return field.has_changed(value, shown) and field.has_changed(value, bound.data)


def said_of(bound: forms.BoundField, value: Any) -> str:
    """Put a stored value into the words of its field; a choice that is not the user's has none."""
    field, shown = bound.field, bound.field.prepare_value(value)
    if shown in (None, ""):
        return "empty"
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field.widget.choices}
        if isinstance(shown, list):
            return f"“{', '.join(labels.get(str(one), 'another one') for one in shown)}”"
        return f"“{labels[str(shown)]}”" if str(shown) in labels else "another one"
    return f"“{Truncator(shown).chars(80)}”"


def typed(value: object) -> str:
    """Read what was typed, without control characters: the database knows no null."""
    return UNTYPABLE.sub("", str(value or "")).strip()


def plain(value: Any) -> Any:
    """Drop the zeros that a column adds to a number: 100, not 100.0000."""
    return Decimal(format(value.normalize(), "f")) if isinstance(value, Decimal) else value


def dress(field: forms.Field) -> None:
    """Give a field the widget that suits it best."""
    if type(field) is forms.DateField:
        field.widget = DayInput()
    if isinstance(field.widget, forms.Textarea):
        field.widget.attrs["rows"] = 3
    if isinstance(field, ModelChoiceField) and field.empty_label:
        field.empty_label = "None"


def component_of(row: Any) -> Component:
    """Follow a row to the component that it belongs to."""
    lookup = type(row)._default_manager.all().component
    component: Component = reduce(getattr, lookup.split("__") if lookup else (), row)
    return component


def address_of(component: Component, tab: str = "") -> str:
    """Tell the address of a tab of a component's page."""
    return f"{component.get_absolute_url()}{tab}/" if tab else component.get_absolute_url()


def choices_for(rows: Any, user: AnyUser) -> Any:
    """Keep the rows that the user may choose from."""
    if isinstance(rows, ScopedQuerySet):
        return rows.visible_to(user)
    if rows.model is User:
        return people_near(user).order_by("first_name", "last_name", "pk")
    if rows.model is Group:
        return groups_near(user).order_by("name")
    return rows
