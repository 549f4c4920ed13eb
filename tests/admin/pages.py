"""The pages of the admin by model, and the data that their forms would send."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.urls import reverse

from ppm.core.models import User
from tests.rows import ROWS, World

MODELS = sorted(admin.site._registry, key=lambda model: model.__name__)
WITH_ROWS = [model for model in MODELS if model in ROWS]
ADMINISTRATORS = {User, Group}
"""Models that only superusers see."""
SHARED = {"WorkCalendar", "CalendarDay"}
"""Models that all of the staff see."""

Data = dict[str, Any]


def address(model: type[models.Model], view: str, *args: Any) -> str:
    """Return the address of a page of the model."""
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{view}", args=args)


def stored(model: type[models.Model], world: World) -> models.Model:
    """Store a row of the model."""
    row = ROWS[model](world)
    row.save()
    return row


def shown(client: Client, model: type[models.Model], **query: Any) -> list[int]:
    """Return the ids of the rows that a list shows."""
    answer: Any = client.get(address(model, "changelist"), query)
    assert answer.status_code == 200, answer.content
    return [row.pk for row in answer.context["cl"].result_list]


def form_of(client: Client, where: str) -> Data:
    """Return what the form at the address would send as it is."""
    answer: Any = client.get(where)
    assert answer.status_code == 200, answer.content
    form = answer.context["adminform"].form
    data = sent_by(form)
    for part in answer.context["inline_admin_formsets"]:
        data |= sent_by(part.formset.management_form)
        for row_form in part.formset.initial_forms:
            data |= sent_by(row_form)
    return data


def sent_by(form: Any) -> Data:
    """Return what the browser sends for a form: the bound fields' values, by their names."""
    data: Data = {}
    for field in form:
        names = [field.html_name]
        if field.field.show_hidden_initial:
            names.append(field.html_initial_name)
        for name in names:
            data |= sent_as(name, field)
    return data


def sent_as(name: str, field: Any) -> Data:
    """Return what the browser sends for a field, or for the hidden copy of what it showed."""
    value = field.value()
    if hasattr(field.field.widget, "widgets"):
        parts = field.field.widget.decompress(value)
        return {f"{name}_{i}": part or "" for i, part in enumerate(parts)}
    return {} if value is None or value is False else {name: value}


def values_of(row: models.Model, names: list[str]) -> Data:
    """Return the row's values as a form would send them."""
    values: Data = {}
    for name in names:
        value = getattr(row, f"{name}_id", getattr(row, name, None))
        if value is not None and value is not False:
            values[name] = value
    return values


def new_row(client: Client, model: type[models.Model], world: World, **given: Any) -> Any:
    """Send the form that adds a row like that of `tests/rows.py`."""
    where = address(model, "add")
    data = form_of(client, where)
    row = ROWS[model](world)
    names = list(client.get(where).context["adminform"].form.fields)
    data |= values_of(row, names) | given
    if model is User:
        secret = "correct horse battery staple"  # noqa: S105 nobody's
        data |= {"password1": secret, "password2": secret}
    return client.post(where, data)


def errors_in(answer: Any) -> list[str]:
    """Return all that a form complains about."""
    if answer.context is None:
        return []
    form = answer.context["adminform"].form
    found = [str(text) for texts in form.errors.values() for text in texts]
    for part in answer.context["inline_admin_formsets"]:
        found += [str(text) for text in part.formset.non_form_errors()]
        for errors in part.formset.errors:
            found += [str(text) for texts in errors.values() for text in texts]
    return found


def count(model: type[models.Model]) -> int:
    """Count the rows of a model."""
    return model._default_manager.count()
