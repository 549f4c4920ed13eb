"""Invariant 11: what is read of a date stays, whatever is recorded after it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from portfolios.rollup import drain
from ppm.core.comparison import MEASURES, compare
from ppm.core.figures import figures_of
from ppm.core.models import Component, Fact, User
from ppm.core.past import children_on, states_by
from ppm.core.snapshotting import VALUES
from tests.factories import make_user
from tests.past.test_comparison import KEEPING
from tests.rollup.organisations import TODAY, organisation
from tests.rollup.states import rolled_back
from tests.rollup.test_incremental import Editor

NOW = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=9)
EARLIER, LATER = TODAY - timedelta(days=20), TODAY + timedelta(days=9)

pytestmark = pytest.mark.django_db


def turn_to(day: object) -> None:
    Component.objects.roots().update(status_date=day)
    drain(now=NOW)


def read(components: list[Component], reader: User) -> dict[str, Any]:
    """Read of the first two dates all that pages and API tell."""
    figures = figures_of(components, user=reader, now=NOW, as_of=TODAY)
    ids = [component.pk for component in components]
    return {
        "figures": {
            pk: [getattr(one.snapshot, name, None) for name in VALUES]
            for pk, one in figures.items()
        },
        "places": {
            pk: sorted(children_on(TODAY, [pk]).filter(pk__in=ids).values_list("pk", flat=True))
            for pk in ids
        },
        "states": states_by({pk: one.known for pk, one in figures.items()}),
        "facts": {
            model.__name__: set(
                model._default_manager.filter(
                    _any(
                        Q(**{rows.component: pk}) & one.known.facts for pk, one in figures.items()
                    )
                ).values_list("pk", flat=True)
            )
            for model, rows in _facts()
        },
        "moved": {component.pk: _moved(component, reader) for component in components},
    }


def _facts() -> Iterator[tuple[type[Fact], Any]]:
    """List the models of facts, each with all its rows."""
    for model in apps.get_models():
        if issubclass(model, Fact):
            yield model, model._default_manager.all()


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


def _moved(component: Component, reader: User) -> dict[str, Any]:
    """Compare the two dates."""
    figures = figures_of([component], user=reader, now=NOW)[component.pk]
    found = compare(component, figures, first=EARLIER, second=TODAY, user=reader)
    return {
        name: [found.whole(name), *((p.component.pk, p.moved(name)) for p in found.ranked(name))]
        for name in MEASURES
    }


@settings(max_examples=10)
@given(data=st.data())
def test_what_was_known_on_a_date_stays_known(data: DataObject) -> None:
    with rolled_back():
        organisation(data, is_one_day=True)
        for day in (EARLIER, TODAY, LATER):
            turn_to(day)
        reader = make_user(superuser=True)
        components = list(Component.objects.order_by("pk"))
        before = read(components, reader)
        editor = Editor(data)
        for edit in data.draw(st.lists(st.sampled_from(KEEPING), min_size=1, max_size=8)):
            edit(editor)
            editor.write()
        drain(now=NOW)
        turn_to(LATER + timedelta(days=1))
        assert read(components, reader) == before
