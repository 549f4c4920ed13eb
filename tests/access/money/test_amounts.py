"""Nobody finds an amount of money who may see none: on no page, in no resource, by no question."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from ppm.core.amounts import MoneyField, amounts_of
from ppm.core.governance.rights import subject_of
from ppm.core.models import CHANGES, SEES_MONEY, Role
from ppm.core.parameters import orderings
from tests.access.matrix.api import Operation, described, viewsets
from tests.access.matrix.governance import MODELS, WITHOUT_ROWS, other_pages, page
from tests.access.matrix.pages import addresses
from tests.access.money.planting import Planted, plant, stored, with_amounts
from tests.factories import give_role, make_user

NO_MONEY = {
    "CalendarDay.cumulative_minutes",
    "HealthPolicy",
    "Snapshot.coverage",
    "RiskAssessment.probability",
    "Portfolio.target_roi",
    "Portfolio.discount_rate",
    "Objective.weight",
    "ObjectiveContribution.weight",
    "BenefitLink.weight",
    "BenefitLink.delivery_confidence",
    "WeightedMilestone.weight",
    "BaselineMilestone.weight",
    "Progress.percent",
}
"""Numbers that are no amounts; of a health policy all are limits."""


def test_every_decimal_is_an_amount_or_is_known_to_be_none() -> None:
    unknown = [
        f"{model.__name__}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, models.DecimalField) and not isinstance(column, MoneyField)
    ]
    assert [name for name in unknown if not NO_MONEY & {name, name.partition(".")[0]}] == []


def test_whoever_changes_rows_with_amounts_sees_them() -> None:
    """But for assessments: those take over the amounts that were said last."""
    written = {subject_of(model) for model in with_amounts() if "Assessment" not in model.__name__}
    blind = {subject for role in Role if role not in SEES_MONEY for subject in CHANGES[role]}
    assert not written & blind


@pytest.fixture
def planted(db: None) -> Planted:
    """Return the tree whose amounts are known."""
    return plant()


def client_of(planted: Planted, role: Role) -> Client:
    """Sign somebody in who has the role on the whole tree, and is of the staff."""
    user = make_user(is_staff=True)
    give_role(user, planted.world.portfolio, role)
    client = Client()
    client.force_login(user)
    return client


def rows(planted: Planted) -> dict[type[models.Model], models.Model]:
    """Map each model to a row of the tree."""
    world = planted.world
    known = {type(row): row for row in vars(world).values() if isinstance(row, models.Model)}
    return {**planted.rows, **known}


def of_pages(planted: Planted) -> Iterator[str]:
    """List the addresses of all pages, of the present and of a past day."""
    found = rows(planted)
    for one in addresses():
        named = [found[model] for model in one.models if model in found] if one.key else [None]
        for row in named:
            for where, _ in one.of(row):
                yield where
                if one.key:
                    yield f"/on/2026-01-25{where}"


def of_api(planted: Planted) -> Iterator[str]:
    """List the addresses that the API reads, in all orders."""
    found = rows(planted)
    for operation in described():
        if operation.method != "GET" or operation.name not in viewsets():
            continue
        row = found.get(operation.model)
        if not operation.is_of_row:
            order = ",".join(orderings(operation.model))
            yield f"{operation.address()}?limit=200&ordering={order}"
            yield f"{operation.address()}?limit=1&ordering=-{order}"
        elif row is not None:
            yield operation.address(row.pk) + _query(operation)


def _query(operation: Operation) -> str:
    query = {"comparison": {"first": "2026-01-15"}}.get(operation.view, operation.query)
    return "?" + "&".join(f"{name}={value}" for name, value in query.items())


def of_governance(planted: Planted) -> Iterator[str]:
    """List the addresses of the governance site."""
    yield from WITHOUT_ROWS
    found = rows(planted)
    for model in MODELS:
        yield page(model, "changelist")
        if model in found:
            yield from other_pages(model, int(found[model].pk))


def every_address(planted: Planted) -> list[str]:
    """List all that can be read."""
    addresses = (*of_pages(planted), *of_api(planted), *of_governance(planted))
    return [where for where in addresses if "logout" not in where]


def told(client: Client, where: str) -> str:
    """Return what an address answers, its headers included."""
    answer: Any = client.get(where, follow=False)
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code < 500, where
    return f"{body.decode(errors='replace')}\n{answer.headers}"


def showing(planted: Planted, role: Role, addresses: Iterable[str]) -> dict[str, str]:
    """Map the addresses that show a holder of a role an amount to what stands around it."""
    client, found = client_of(planted, role), {}
    for where in addresses:
        text = told(client, where)
        if amount := planted.pattern.search(text):
            found[where] = text[max(amount.start() - 80, 0) : amount.end() + 20]
    return found


def test_every_column_of_money_is_planted(planted: Planted) -> None:
    amounts = {
        f"{model.__name__}.{name}"
        for model in with_amounts()
        for name in amounts_of(model)
        if any(
            value and planted.pattern.search(str(value))
            for value in model._default_manager.values_list(name, flat=True)
        )
    }
    assert {f"{m.__name__}.{n}" for m in with_amounts() for n in amounts_of(m)} == amounts
    assert len(set(stored())) > 100


def test_no_address_shows_an_amount_to_whoever_sees_none(planted: Planted) -> None:
    found = showing(planted, Role.CONTRIBUTOR, every_address(planted))
    leaks = [f"{where}: …{text}…" for where, text in found.items()]
    assert "\n".join(leaks) == ""


def test_the_same_addresses_show_amounts_to_a_viewer(planted: Planted) -> None:
    today = [where for where in every_address(planted) if not where.startswith("/on/")]
    assert len(showing(planted, Role.VIEWER, today)) > 100
