"""What lists are filtered by: the same rule for every list, in words that a page can show."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import QueryDict
from django.test import RequestFactory
from django_filters import rest_framework as kinds
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.filters.rows import words_of
from ppm.core.models import (
    Fact,
    Role,
)
from ppm.core.parameters import orderings
from projects.filters import ProjectListFilter
from projects.models import Project
from tests.factories import (
    give_role,
    make_user,
)
from tests.rows import World

FILTERS: dict[str, Any] = {name: viewset.filterset_class for name, viewset, _ in router.registry}  # type: ignore[attr-defined]
DAY = timedelta(days=1)

SAMPLES: tuple[tuple[type[Any], str], ...] = (
    (kinds.ChoiceFilter, ""),
    (kinds.BooleanFilter, "true"),
    (kinds.DateFilter, "2026-01-31"),
    (kinds.IsoDateTimeFilter, "2026-01-31T09:30:00Z"),
    (kinds.NumberFilter, "1"),
    (kinds.UUIDFilter, "5f0c7d0e-52f1-4d0f-8f44-2f1f6c1c4c0e"),
    (kinds.CharFilter, "rain"),
)


def sample(found: Any) -> str:
    """Write a value that a filter takes."""
    if "choices" in found.extra:
        return str(found.extra["choices"][0][0])
    return next((text for kind, text in SAMPLES if isinstance(found, kind)), "1")


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_all_filters_can_be_combined(name: str, world: World, owner: APIClient) -> None:
    query = {n: sample(found) for n, found in FILTERS[name].base_filters.items()}
    answer = owner.get(f"/api/v1/{name}/", query)
    assert answer.status_code == 200, answer.json()


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_all_orderings_can_be_combined(name: str, world: World, owner: APIClient) -> None:
    terms = orderings(FILTERS[name].Meta.model)
    for sign in ("", "-"):
        query = {"ordering": ",".join(f"{sign}{term}" for term in terms), "limit": "1"}
        answer = owner.get(f"/api/v1/{name}/", query)
        assert answer.status_code == 200, answer.json()
        following = answer.json()["next"]
        assert following is None or owner.get(following).status_code == 200


def columns(name: str) -> Iterator[models.Field[Any, Any]]:
    """Go through the stored columns that a resource shows."""
    [serializer] = [v.serializer_class for n, v, _ in router.registry if n == name]  # type: ignore[attr-defined]
    for column in serializer.Meta.model._meta.concrete_fields:
        if column.name in serializer.Meta.fields and not column.primary_key:
            yield column


UNFILTERED = {
    "kind": "is the same in all rows of a list",
    "version": "tells that a component was changed, not what it is",
    "status_date": "belongs to the root alone",
    "snapshot": "is found by the decision",
}


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"snapshots", "health-policies", "jobs"}))
def test_every_column_filters(name: str) -> None:
    for column in columns(name):
        for lookup in words_of(column):
            parameter = column.name if lookup == "exact" else f"{column.name}__{lookup}"
            known = parameter in FILTERS[name].base_filters
            assert known or column.name in UNFILTERED or lookup == "isnull", parameter


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"calendar-days", "users", "jobs"}))
def test_what_belongs_to_a_component_is_found_by_its_code(name: str) -> None:
    names = set(FILTERS[name].base_filters)
    assert name == "calendars" or {"below", "below__code"} <= names
    if issubclass(FILTERS[name].Meta.model, Fact):
        facts = {"date__gte", "date__lte", "recorded_by", "recorded_at__gte", "recorded_at__lt"}
        assert facts <= names


def shown(name: str) -> Any:
    """Build the form of a filter set."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    found = FILTERS[name]
    return found(QueryDict(), found.Meta.model._default_manager.none(), request=request).form


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_form_asks_in_words(name: str, db: None) -> None:
    form = shown(name)
    visible = {field.name: field for field in form.visible_fields()}
    labels = [str(field.label) for field in visible.values()]
    assert len(labels) == len(set(labels))
    for label in labels:
        assert label[0].isupper(), label
        assert "_" not in label, label
        assert not label.endswith("."), label
        assert len(label) <= 45, label
    for field in visible.values():
        sentence = str(field.field.help_text)
        assert sentence.endswith("."), field.name
        assert "_" not in sentence, sentence


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_form_asks_for_no_id(name: str, db: None) -> None:
    for field in shown(name).visible_fields():
        is_integer = type(field.field) is forms.IntegerField
        assert not is_integer or isinstance(field.field.widget, forms.Select), field.name


def test_a_form_offers_the_people_whom_one_sees(world: World) -> None:
    manager, stranger = make_user(first_name="Ada"), make_user(first_name="Zoe")
    give_role(manager, world.portfolio, Role.PORTFOLIO_MANAGER)
    request = RequestFactory().get("/", {"manager": str(manager.pk), "state": ["idea", "closed"]})
    request.user = manager
    projects = Project.objects.visible_to(manager)
    form = ProjectListFilter(request.GET, projects, request=request).form
    assert form.is_valid()
    page = str(form["manager"])
    assert f'<option value="{manager.pk}" selected>Ada</option>' in page
    assert str(stranger) not in page
    assert str(form["state"]).count("checked") == 2
    assert 'type="date"' in str(form["start_date__gte"])
    assert '<option value="" selected>Any</option>' in str(form["has_tasks"])
    assert "Anywhere" in str(form["below"])
    assert 'type="hidden"' in str(form["parent"])
    assert 'type="search"' in str(form["search"])
