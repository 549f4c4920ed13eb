"""No filter, ordering or search answers a question about what is not shown."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Field, Model
from django.test import Client
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import Role
from ppm.core.parameters import orderings
from tests.admin.conftest import signed_in
from tests.admin.pages import MODELS, address
from tests.api.test_filters import FILTERS, sample
from tests.factories import give_role, make_user
from tests.rows import ROWS, World

pytestmark = pytest.mark.django_db

NAMES = sorted(name for name, _, _ in router.registry)
LOOKUPS = ("", "__icontains", "__gte", "__isnull", "__regex", "__in")
TOLD_BY_DJANGO = {"all", "e", "o", "p", "q"}
"""What every list of the admin understands."""
MOST_AT_ONCE = 900
"""Django reads a thousand parameters at most."""


def questions(model: type[Model]) -> Iterator[str]:
    """Name every column of a model, and every column of the rows that it refers to."""
    for field in model._meta.get_fields():
        yield field.name
        related: Any = field.related_model if field.is_relation else None
        if related is not None:
            yield from (f"{field.name}__{column.name}" for column in columns(related))


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    """List the columns of a model."""
    return list(model._meta.concrete_fields)


@pytest.fixture
def viewer() -> APIClient:
    """Return the client of somebody who sees one portfolio."""
    user = make_user()
    give_role(user, World().portfolio, Role.VIEWER)
    client = APIClient()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_filter_is_refused(name: str, viewer: APIClient) -> None:
    filterset = FILTERS[name]
    asked = {f"{q}{lookup}" for q in questions(filterset.Meta.model) for lookup in LOOKUPS}
    asked -= {*filterset.base_filters, "limit", "cursor", "ordering"}
    assert len(asked) > 20
    for first in range(0, len(asked), MOST_AT_ONCE):
        some = sorted(asked)[first : first + MOST_AT_ONCE]
        answer = viewer.get(f"/api/v1/{name}/", dict.fromkeys(some, "1"))
        assert answer.status_code == 400
        assert {error["parameter"] for error in answer.json()["errors"]} == {*some}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_ordering_is_refused(name: str, viewer: APIClient) -> None:
    model = FILTERS[name].Meta.model
    refused = sorted({*questions(model)} - {*orderings(model)})
    # Some of each, and all that people write or that would tell a secret.
    told = [term for term in refused if term.endswith(("password", "email", "name", "amount"))]
    for term in {*refused[::7], *told, "?", "-?", "pk__path"}:
        answer = viewer.get(f"/api/v1/{name}/", {"ordering": term})
        assert answer.status_code == 400, term


@pytest.mark.parametrize("name", NAMES)
def test_foreign_rows_change_no_count(name: str, viewer: APIClient) -> None:
    asked = {parameter: sample(f) for parameter, f in FILTERS[name].base_filters.items()}
    queries = [{}, *({parameter: value} for parameter, value in asked.items())]
    # The lists of components have a hundred filters of figures, all of one kind.
    queries = queries[:: 1 if len(queries) < 60 else 4]

    def counts() -> list[int]:
        answers = [viewer.get(f"/api/v1/{name}/", {**q, "limit": "200"}) for q in queries]
        assert {answer.status_code for answer in answers} == {200}
        return [len(answer.json()["results"]) for answer in answers]

    before = counts()
    foreign, model = World(), FILTERS[name].Meta.model
    if model in ROWS:
        ROWS[model](foreign).save()
    assert counts() == before or name in ("calendars", "calendar-days")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_admin_filters_by_nothing_else(model: type[Model]) -> None:
    user = make_user(is_staff=True, superuser=True)
    client: Client = signed_in(user)
    model_admin = admin.site._registry[model]
    filters = [f if isinstance(f, tuple) else (f,) for f in model_admin.list_filter]
    listed = {str(name) for name, *_ in filters} | {model_admin.date_hierarchy}
    for question in questions(model):
        if question.removesuffix("__id") in listed or question in TOLD_BY_DJANGO:
            continue
        answer = client.get(address(model, "changelist"), {f"{question}__startswith": "a"})
        is_refused = answer.status_code == 400 or answer.get("Location", "").endswith("?e=1")
        assert is_refused, (question, answer.status_code)
