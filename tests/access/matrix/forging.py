"""Forms that no page would send: what they name is hidden, and answered like what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.forms import ModelChoiceField

from tests.access.matrix.api import OF_ALL
from tests.access.matrix.asking import Asker
from tests.access.matrix.organisation import MISSING_ID, Place
from tests.admin.pages import Data, sent_by


def forge(asker: Asker, asked: Iterable[tuple[str, str]], hidden: Place) -> None:
    """Send the forms of pages with each reference set to a hidden row, and to a missing one."""
    for where, named in asked:
        page = asker.ask("GET", where, masking=(named,))
        data, choices = form_in(page.context, hidden)
        for name, row in choices:
            answers = [
                asker.ask("POST", where, {**data, name: key}, masking=(named, str(key)))
                for key in (row, MISSING_ID)
            ]
            if asker.hides(hidden.name):
                asker.same(answers, f"POST {where} with {name}={row}")


def form_in(context: Any, hidden: Place) -> tuple[Data, list[tuple[str, int]]]:
    """Return what the form of a page sends, and what it could refer to instead."""
    data: Data = {}
    choices: list[tuple[str, int]] = []
    for form in forms_of(context):
        data |= sent_by(form)
        choices += hidden_choices(form, hidden)
    for formset in parts_of(context):
        data |= sent_by(formset.management_form)
        data[formset.management_form.add_prefix("TOTAL_FORMS")] = len(forms_in(formset))
        for form in forms_in(formset):
            data |= sent_by(form)
            choices += hidden_choices(form, hidden)
    return {name: value for name, value in data.items() if value != ""}, choices


def forms_of(context: Any) -> Iterator[Any]:
    """Find the form of a page."""
    if context is None:
        return
    if "adminform" in context:
        yield context["adminform"].form
    elif "form" in context and hasattr(context["form"], "fields"):
        yield context["form"]


def parts_of(context: Any) -> Iterator[Any]:
    """Find the formsets of a page."""
    for part in (context or {}).get("inline_admin_formsets", ()):
        yield part.formset


def forms_in(formset: Any) -> list[Any]:
    """List the forms of stored rows, and one for a new row, whether it is offered or not."""
    first = formset.initial_form_count()
    new = formset._construct_form(first) if first == len(formset.forms) else formset.forms[first]
    return [*formset.initial_forms, new]


def hidden_choices(form: Any, hidden: Place) -> Iterator[tuple[str, int]]:
    """List the references of a form, the key of its own row too, each with a hidden row."""
    for name, field in form.fields.items():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            model = field.queryset.model
            if model in hidden.rows and model not in OF_ALL:
                yield form.add_prefix(name), hidden.rows[model].pk
