"""The facts about a component that are news between two dates, whatever kinds there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import JSONField, Model, QuerySet, Value
from django.db.models.functions import JSONObject

from ppm.core.amounts import withhold
from ppm.core.comparison import Comparison
from ppm.core.models import AnyUser, Component, Fact, ScopedQuerySet, User
from ppm.core.models.past import ExactDecoder, row_from

Place = Mapping[str, Any]
"""Where a fact is found: its `date`, `model` and `pk`."""


@dataclass(frozen=True)
class News:
    """A fact that was not known on the first date, and is on the second.

    `about` is the task, risk or benefit that it is a fact about; None where that is the component.
    """

    fact: Any
    about: Any

    @property
    def sort(self) -> str:
        """What kind of fact it is."""
        return str(self.fact._meta.verbose_name)

    @property
    def amount(self) -> Decimal | None:
        """Its money, where it is money."""
        return getattr(self.fact, "amount", None)


def new_facts(comparison: Comparison, *, user: AnyUser) -> QuerySet[Any, Place]:
    """Find the facts about the component itself that count on the second date only.

    One statement over all kinds, the newest first; `told` reads the facts that its rows name.
    """
    then, now = comparison.before.known, comparison.after.known
    places = (
        rows.filter(now.facts, **{rows.component: comparison.component.pk})
        .exclude(then.facts)
        .values("date", "model", "pk")
        for rows in (_rows(model, user) for model in _models())
    )
    return _together(places).order_by("-date", "-model", "-pk")


def told(places: Iterable[Place], component: Component, *, user: AnyUser) -> list[News]:
    """Read facts about a component, whatever their kinds, in one statement and the same order."""
    places = list(places)
    ids: dict[str, list[int]] = defaultdict(list)
    for place in places:
        ids[place["model"]].append(place["pk"])
    if not ids:
        return []
    found = {
        (model, row["fact"]["id"]): _news(_models()[model], row, component)
        for model, row in _together(_whole(_rows(model, user), pks) for model, pks in ids.items())
    }
    return [found[place["model"], place["pk"]] for place in places]


@cache
def _models() -> dict[str, type[Fact]]:
    """Name the models of facts, of all apps."""
    models = (model for model in apps.get_models() if issubclass(model, Fact))
    return {model._meta.label_lower: model for model in models}


def _rows(model: str, user: AnyUser) -> ScopedQuerySet[Any]:
    """Find the facts of a model that the reader may see, each with the model's name."""
    rows: Any = _models()[model]._default_manager.all()
    visible: ScopedQuerySet[Any] = rows.visible_to(user).annotate(model=Value(model))
    return visible


def _together(parts: Iterable[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    first, *others = parts
    return first.union(*others, all=True)


class _Exactly(JSONObject):
    """Columns as a JSON object, read back to the last digit."""

    output_field = JSONField(decoder=ExactDecoder)


def _whole(rows: ScopedQuerySet[Any], pks: list[int]) -> QuerySet[Any, Any]:
    """Read facts, who recorded them and what they are about, all kinds in the same two columns."""
    parts = {"fact": _columns(rows.model), "by": _columns(User, "recorded_by__")}
    if about := _about(rows.model):
        related = rows.model._meta.get_field(about).related_model
        parts["about"] = _columns(related, f"{about}__")
    return rows.filter(pk__in=pks).values_list("model", _Exactly(**parts))


def _columns(model: type[Model], path: str = "") -> JSONObject:
    columns = {str(c.column): f"{path}{c.attname}" for c in model._meta.concrete_fields}
    return JSONObject(**columns)


def _about(model: type[Fact]) -> str:
    """Name what facts are about, where that is not the component itself."""
    rows: Any = model._default_manager.all()
    about, _, further = rows.component.partition("__")
    return about if further else ""


def _news(model: type[Fact], row: Mapping[str, Any], component: Component) -> News:
    """Make a fact again of its columns, together with what it refers to."""
    fact: Any = row_from(model, row["fact"])
    if not component.shows_amounts:
        withhold(fact)
    fact.recorded_by = row_from(User, row["by"]) if fact.recorded_by_id else None
    name = _about(model)
    if not name:
        fact.component = component
        return News(fact, None)
    related: Any = model._meta.get_field(name).related_model
    setattr(fact, name, row_from(related, row["about"]))
    return News(fact, getattr(fact, name))
