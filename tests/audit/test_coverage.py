"""Every write of the API and of the governance site: an event for each row that is another now.

What changed is found by comparing all audited tables before and after, by other SQL than that of
the triggers. A fact that was added is its own event.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client

from ppm.core.auditing.tables import audited_models, audited_tables
from ppm.core.models import AuditEvent, Fact, User
from tests.admin.pages import WITH_ROWS, address, errors_in, form_of, new_row, stored
from tests.api.conftest import client_of
from tests.api.resources import CHANGEABLE, RESOURCES, TAKEN_BACK
from tests.factories import make_user
from tests.pages.conftest import signed_in
from tests.rows import World

pytestmark = pytest.mark.django_db

ADMINS: dict[type[models.Model], Any] = dict(admin.site._registry)
ADDABLE = [model for model in WITH_ROWS if ADMINS[model].may_be_added]
EDITED = {"name": "Changed", "title": "Changed", "first_name": "Changed", "weight": "0.75"}
EDITED |= {"amount": "77", "value": "77", "summary": "Changed", "event": "Changed"}

Rows = dict[tuple[str, int], dict[str, Any]]
Changed = dict[tuple[str, int], str]


@dataclass
class Tally:
    """How many writes were watched, what they changed, and what is told of it."""

    writes: int = 0
    rows: int = 0
    events: int = 0
    facts: int = 0
    ways: set[str] = field(default_factory=set)


TALLY = Tally()


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """Say in the end how much was tried."""
    yield
    print(
        f"\n{TALLY.writes} writes, {TALLY.rows} rows changed, {TALLY.events} events and "
        f"{TALLY.facts} facts with actor and request, 0 missing"
    )


def state() -> Rows:
    """Read all audited tables, but for the columns that nobody audits."""
    rows: Rows = {}
    with connection.cursor() as cursor:
        for one in audited_tables():
            cursor.execute(
                f"SELECT {one.key}, to_jsonb(t) - %s::text[] FROM {one.table} AS t",  # noqa: S608
                [list(one.unaudited)],
            )
            rows |= {(one.table, pk): json.loads(row) for pk, row in cursor.fetchall()}
    return rows


def changes(before: Rows, after: Rows) -> Changed:
    """Tell what was done to each row that is another now."""
    done = dict.fromkeys(after.keys() - before.keys(), "insert")
    done |= dict.fromkeys(before.keys() - after.keys(), "delete")
    both = before.keys() & after.keys()
    return done | {key: "update" for key in both if before[key] != after[key]}


FACTS = {model._meta.db_table for model in audited_models() if issubclass(model, Fact)}


@contextmanager
def audited(user: User) -> Iterator[list[Any]]:
    """Compare what a write changes with what is told of it; the answer is put into the list."""
    before, newest = state(), AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[:1]
    last, answers = newest.first() or 0, list[Any]()
    yield answers
    request, after = answers[0]["X-Request-ID"], state()
    done = changes(before, after)
    facts = {key for key, what in done.items() if what == "insert" and key[0] in FACTS}
    events = list(AuditEvent.objects.filter(pk__gt=last))
    assert {(e.table_name, e.row_id): e.operation for e in events} == {
        key: what for key, what in done.items() if key not in facts
    }
    assert len(events) == len(done) - len(facts)
    assert {(e.actor_id, str(e.request_id)) for e in events} <= {(user.pk, request)}
    for key in facts:
        assert (after[key]["recorded_by_id"], after[key]["request_id"]) == (user.pk, request)
    assert done
    TALLY.writes, TALLY.rows = TALLY.writes + 1, TALLY.rows + len(done)
    TALLY.events, TALLY.facts = TALLY.events + len(events), TALLY.facts + len(facts)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_each_write_of_the_api_is_told(name: str) -> None:
    world, user, resource = World(), make_user(superuser=True), RESOURCES[name]
    client, body = client_of(user), resource.body(world)
    with audited(user) as answers:
        answers.append(client.post(f"/api/v1/{name}/", body, format="json"))
    assert answers[0].status_code == 201, answers[0].content
    row = f"/api/v1/{name}/{answers[0].json()['id']}/"
    if name in CHANGEABLE:
        with audited(user) as answers:
            answers.append(client.patch(row, resource.change, format="json"))
        assert answers[0].status_code == 200, answers[0].content
    if name in CHANGEABLE or name in TAKEN_BACK:
        with audited(user) as answers:
            answers.append(client.delete(row))
        assert answers[0].status_code == 204, answers[0].content


@pytest.mark.parametrize("model", ADDABLE)
def test_each_row_that_is_added_in_the_governance_site_is_told(model: type[models.Model]) -> None:
    world, user = World(), make_user(superuser=True)
    client: Client = signed_in(user)
    with audited(user) as answers:
        answers.append(new_row(client, model, world))
    assert errors_in(answers[0]) == []


@pytest.mark.parametrize(
    "model", [m for m in WITH_ROWS if ADMINS[m].may_be_changed and not issubclass(m, Fact)]
)
def test_each_row_that_is_changed_in_the_governance_site_is_told(
    model: type[models.Model],
) -> None:
    world, user = World(), make_user(superuser=True)
    client, row = signed_in(user), stored(model, world)
    where = address(model, "change", row.pk)
    data = form_of(client, where)
    edited = {name: value for name, value in EDITED.items() if name in data} or {
        "half_life_days": "77",
        "lag_minutes": "60",
    }
    name, value = next(item for item in edited.items() if item[0] in data)
    with audited(user) as answers:
        answers.append(client.post(where, {**data, name: value}))
    assert errors_in(answers[0]) == []
