"""Questions and writes tell nothing of amounts to whoever sees none."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from ppm.core.amounts import amounts_of
from ppm.core.filters.kinds import AmountFilter, NoAmountFilter
from ppm.core.governance.columns import Amount
from ppm.core.models import ChangeAssessment, Risk, RiskAssessment, Role, User
from ppm.core.parameters import orderings
from programs.models import Benefit, BenefitPlan
from projects.models import Task
from tests.access.matrix.api import viewsets
from tests.access.matrix.governance import page
from tests.access.money.planting import Planted, plant
from tests.api.conftest import client_of
from tests.factories import give_role, make_risk, make_user


@pytest.fixture
def planted(db: None) -> Planted:
    """Return the tree whose amounts are known."""
    return plant()


def with_role(planted: Planted, role: Role) -> User:
    user = make_user()
    give_role(user, planted.world.portfolio, role)
    return user


def ids(client: APIClient, name: str, **query: str) -> list[int]:
    answer: Any = client.get(f"/api/v1/{name}/", {"limit": "200", **query})
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def filters_of(name: str) -> dict[str, Any]:
    """List the filters of a resource by amounts."""
    found = viewsets()[name].filterset_class.base_filters
    kinds = (AmountFilter, NoAmountFilter)
    return {key: one for key, one in found.items() if isinstance(one, kinds)}


def test_no_filter_and_no_order_tells_of_amounts(planted: Planted) -> None:
    for _ in range(4):
        make_risk(planted.world.project)
    blind = client_of(with_role(planted, Role.CONTRIBUTOR))
    viewer = client_of(with_role(planted, Role.VIEWER))
    asked = tells = 0
    for name, viewset in viewsets().items():
        every, model = ids(blind, name), viewset.serializer_class.Meta.model
        for key, one in filters_of(name).items():
            is_empty = isinstance(one, NoAmountFilter)
            value = "true" if is_empty else "-1000000000" if key.endswith("gte") else "1000000000"
            assert ids(blind, name, **{key: value}) == (every if is_empty else []), (name, key)
            if key.endswith("gte"):
                tells += ids(viewer, name, **{key: value}) != []
            asked += 1
        for sign in ("", "-"):
            order = [
                f"{sign}{column}" for column in orderings(model) if column in amounts_of(model)
            ]
            if order:
                assert ids(blind, name, ordering=",".join(order)) == sorted(every), order
    assert asked > 80
    assert tells > 40


LISTED = (Task, Benefit, BenefitPlan, RiskAssessment, ChangeAssessment)
"""Models of the governance site with a column of amounts."""


@pytest.mark.parametrize(("role", "is_told"), [(Role.CONTRIBUTOR, False), (Role.VIEWER, True)])
def test_the_governance_site_puts_nothing_in_order_of_an_amount_that_is_not_shown(
    role: Role, is_told: bool, planted: Planted
) -> None:
    for impact in (3_000_000, 1_000_000, 2_000_000):
        make_risk(planted.world.project, impact=impact)
    user = make_user(is_staff=True)
    give_role(user, planted.world.portfolio, role)
    client = Client()
    client.force_login(user)
    apart = {
        model
        for model in LISTED
        for number, column in enumerate(listed(client, model).list_display)
        if isinstance(column, Amount)
        and in_order(client, model, f"{number}") != in_order(client, model, f"-{number}")
    }
    assert (RiskAssessment in apart) is is_told
    assert is_told or not apart


def listed(client: Client, model: Any, **query: str) -> Any:
    """Read a list of the governance site."""
    answer: Any = client.get(page(model, "changelist"), query)
    return answer.context["cl"]


def in_order(client: Client, model: Any, order: str) -> list[int]:
    """Read the rows of a list in an order."""
    return [row.pk for row in listed(client, model, o=order).result_list]


def test_pages_of_a_list_in_order_of_an_amount_leave_nothing_out(planted: Planted) -> None:
    risk = make_risk(planted.world.project)
    for impact in (3_000_000, 1_000_000, 2_000_000):
        risk.assessments.create(date="2026-01-20", probability="0.5", impact=impact)
    for role in (Role.CONTRIBUTOR, Role.VIEWER):
        client = client_of(with_role(planted, role))
        found, address = [], "/api/v1/risk-assessments/?ordering=-impact&limit=1"
        while address:
            page = client.get(address).json()
            found += [row["id"] for row in page["results"]]
            address = page["next"]
        assert sorted(found) == sorted(ids(client, "risk-assessments"))
        assert len(found) == len({*found}) > 3


def test_an_assessment_without_amounts_takes_them_over(planted: Planted) -> None:
    client = client_of(with_role(planted, Role.CONTRIBUTOR))
    risk = planted.world.risk
    said = {"risk": risk.pk, "date": "2026-01-20", "probability": "0.5"}
    refused = client.post("/api/v1/risk-assessments/", {**said, "impact": "1"})
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/impact", "not_yours")
    answer = client.post("/api/v1/risk-assessments/", said)
    assert answer.status_code == 201, answer.content
    assert answer.json()["impact"] is None
    amounts = {row.impact for row in risk.assessments.order_by("-pk")[:2]}
    assert len(amounts) == 1
    new = Risk.objects.create(component=planted.world.project, title="Storm")
    first = client.post("/api/v1/risk-assessments/", {**said, "risk": new.pk})
    assert [error["code"] for error in first.json()["errors"]] == ["needs_amounts"]


def test_a_row_that_was_read_without_amounts_does_not_overwrite_them(planted: Planted) -> None:
    user, task = with_role(planted, Role.CONTRIBUTOR), planted.world.task
    read = Task.objects.visible_to(user).get(pk=task.pk)
    assert read.budget is None
    with pytest.raises(TypeError, match="not saved"):
        read.save(update_fields=["name"])
    for person in (with_role(planted, Role.VIEWER), make_user(superuser=True)):
        assert Task.objects.visible_to(person).get(pk=task.pk).budget == task.budget


def test_amounts_are_seen_where_the_role_holds_that_sees_them(planted: Planted) -> None:
    user = with_role(planted, Role.CONTRIBUTOR)
    give_role(user, planted.world.program, Role.PROJECT_MANAGER)
    client = client_of(user)
    seen = {
        row["code"]: (row["snapshot"] or {}).get("bac") is not None
        for row in client.get("/api/v1/components/").json()["results"]
    }
    world = planted.world
    assert not seen[world.portfolio.code]
    assert not seen[world.neighbour.code]
    assert seen[world.program.code]
    assert seen[world.project.code]
    told = client.get(f"/api/v1/components/{world.portfolio.pk}/comparison/?first=2026-01-15")
    assert planted.pattern.search(told.content.decode()) is None
