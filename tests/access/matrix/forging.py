"""Forms that no page would send: what they name is hidden, and answered like what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.forms import ModelChoiceField

from tests.access.matrix.api import OF_ALL
from tests.access.matrix.asking import Asker
from tests.access.matrix.organisation import MISSING_ID, Place
from tests.admin.pages import sent_by


def forge(asker: Asker, asked: Iterable[tuple[str, str]], hidden: Place) -> None:
    """Send the forms of pages with each reference set to a hidden row, and to a missing one."""
    for where, named in asked:
        page = asker.ask("GET", where, masking=(named,))
        for form in forms_of(page.context):
            data = {name: value for name, value in sent_by(form).items() if value != ""}
            for name, row in hidden_choices(form, hidden):
                answers = [
                    asker.ask("POST", where, {**data, name: key}, masking=(named, str(key)))
                    for key in (row, MISSING_ID)
                ]
                if hidden.name not in asker.caller.sees:
                    asker.same(answers, f"POST {where} with {name}={row}")


def forms_of(context: Any) -> Iterator[Any]:
    """Find the form of a page, and the rows of its formsets."""
    if context is None:
        return
    if "adminform" in context:
        yield context["adminform"].form
    elif "form" in context and hasattr(context["form"], "fields"):
        yield context["form"]


def hidden_choices(form: Any, hidden: Place) -> Iterator[tuple[str, int]]:
    """List the references of a form, each with a hidden row that it could be set to."""
    for name, field in form.fields.items():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            model = field.queryset.model
            if model in hidden.rows and model not in OF_ALL:
                yield form.add_prefix(name), hidden.rows[model].pk
