"""The pages of the admin, by model, and what to send to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import ForeignKey, Model
from django.urls import reverse

from portfolios.models import ImportRun
from ppm.core.governance.rights import subject_of
from ppm.core.models import ApiToken, Job, User, is_money
from tests.access.matrix.asking import is_private
from tests.access.matrix.callers import Caller
from tests.access.matrix.organisation import MISSING_ID, Place
from tests.access.matrix.pages import MISSING_CODE
from tests.admin.pages import ADMINISTRATORS, address

MODELS = sorted(admin.site._registry, key=lambda model: model.__name__)
OWNED = {ApiToken, ImportRun, Job}
"""Models whose rows belong to a person, not to a component."""
VIEWS_OF_ROWS = ("change", "delete", "history")
WITHOUT_ROWS = (
    "/admin/",
    "/admin/core/",
    "/admin/nothing/",
    "/admin/login/",
    "/admin/logout/",
    "/admin/roles/",
    "/admin/jsi18n/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/r/1/1/",
)


def actions_of(model: type[Model]) -> list[str]:
    """List the actions of a model's list."""
    actions: Any = admin.site._registry[model].actions or ()
    return [getattr(action, "name", action) for action in actions]


def chosen(action: str, pk: int, **more: str) -> dict[str, object]:
    """Choose a row for an action."""
    return {"action": action, ACTION_CHECKBOX_NAME: [pk], "index": "0", **more}


def offers(model: type[Model]) -> Iterator[dict[str, str]]:
    """List what is asked for while one types into the references of a model."""
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.related_model in MODELS:
            options = model._meta
            yield {
                "app_label": options.app_label,
                "model_name": str(options.model_name),
                "field_name": field.name,
            }


def questions(hidden: Place) -> Iterator[tuple[str, str, str]]:
    """List parameters of a list, each with what names something hidden, and something missing."""
    yield "q", hidden.canary, MISSING_CODE[: len(hidden.canary)]
    yield "below", str(hidden.world.portfolio.pk), str(MISSING_ID)


def other_pages(model: type[Model], pk: int) -> list[str]:
    """List the addresses of a row's pages: with the old one, and the one of passwords."""
    pages = [page(model, view, pk) for view in VIEWS_OF_ROWS]
    password = [reverse("admin:auth_user_password_change", args=[pk])] if model is User else []
    return [*pages, f"{page(model, 'changelist')}{pk}/", *password]


def is_shown(model: type[Model], caller: Caller) -> bool:
    """Tell whether the caller sees rows of his place in the admin."""
    if model in ADMINISTRATORS:
        return caller.is_superuser
    if is_private(model) and not caller.may(subject_of(model)):
        return False
    return caller.is_staff and bool(caller.sees) and (caller.sees_money or not is_money(model))


def may_change(model: type[Model], caller: Caller) -> bool:
    """Tell whether the caller may change rows of his place."""
    return caller.may(subject_of(model)) or model in OWNED


def page(model: type[Model], view: str, *keys: object) -> str:
    """Return the address of a page."""
    return address(model, view, *keys)
