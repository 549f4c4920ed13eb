"""The objectives of a portfolio, and the money set aside for it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution
from ppm.core.models import CostKind, Role, State
from tests.factories import (
    give_role,
    make_baseline,
    make_benefit,
    make_contribution,
    make_cost,
    make_envelope,
    make_link,
    make_measurement,
    make_objective,
    make_portfolio,
    make_project,
    make_task,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

TAB = "/portfolios/HOME/objectives/"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def opened(client: Client) -> Page:
    """Open the tab."""
    response = client.get(TAB)
    assert response.status_code == 200
    return Page(response.content)


def addresses_of(organisation: Organisation) -> list[str]:
    """List the addresses of forms about objectives and envelopes."""
    objective = make_objective(organisation.portfolio)
    contribution = make_contribution(objective, organisation.benefit)
    envelope = make_envelope(organisation.portfolio)
    return [
        "/components/HOME/objectives/new/",
        f"/objectives/{objective.pk}/edit/",
        f"/objectives/{objective.pk}/delete/",
        f"/objectives/{objective.pk}/objective-contributions/new/",
        f"/objective-contributions/{contribution.pk}/edit/",
        f"/objective-contributions/{contribution.pk}/delete/",
        "/components/HOME/budget-envelopes/new/",
        f"/budget-envelopes/{envelope.pk}/edit/",
        f"/budget-envelopes/{envelope.pk}/delete/",
    ]


def test_owner_member_and_outsider(
    owner: Client, member: Client, outsider: Client, organisation: Organisation
) -> None:
    assert [reader.get(TAB).status_code for reader in (owner, member, outsider)] == [200, 404, 404]
    assert owner.post(TAB).status_code == 405
    for address in addresses_of(organisation):
        assert owner.get(address).status_code == 200
        for stranger in (member, outsider):
            assert stranger.get(address).status_code == stranger.post(address).status_code == 404
    assert Objective.objects.count() == BudgetEnvelope.objects.count() == 1


def test_a_viewer_of_the_portfolio_reads_and_changes_nothing(organisation: Organisation) -> None:
    viewer = make_user()
    give_role(viewer, organisation.portfolio, Role.VIEWER)
    client = signed_in(viewer)
    for address in addresses_of(organisation):
        assert client.get(address).status_code == client.post(address).status_code == 403
    assert not {"New objective", "New envelope", "Change"} & opened(client).links.keys()


def test_only_portfolios_have_objectives(owner: Client) -> None:
    assert owner.get("/programs/PAY/objectives/").status_code == 404
    assert owner.get("/components/PAY/objectives/new/").status_code == 404


def test_objectives_tell_how_far_they_will_be_met(
    owner: Client, organisation: Organisation
) -> None:
    grow = make_objective(organisation.portfolio, Decimal("0.6"), "Grow")
    make_objective(organisation.portfolio, Decimal("0.3"), "Be fair")
    sure = make_benefit(organisation.program, 100, name="Sure")
    make_measurement(sure, 500, AS_OF)
    make_link(sure, organisation.fine)
    make_contribution(grow, sure, Decimal("0.5"))
    make_contribution(grow, organisation.benefit, Decimal("0.25"))
    make_contribution(grow, make_benefit(organisation.program, 1, name="Dark"), Decimal("0.25"))
    page = opened(owner)
    first, second = page.rows("Objectives")
    # 0.5 x 1.2, which is the most, and 0.25 x 0.63125, over 0.75
    assert first.cells[1:4] == ["60.0 %", "101.0 %", "75.0 %"]
    assert "Sure 50.0 % of it: change forecast 120.0 % of its target" in first.cells[4]
    assert (
        "Fewer manual payments 25.0 % of it: change forecast 63.1 % of its target"
        in first.cells[4]
    )
    assert "Dark 25.0 % of it: change no forecast" in first.cells[4]
    assert organisation.benefit.get_absolute_url() in first.links
    assert second.cells[4] == "nothing yet"
    [total] = page.rows("Objectives", "tfoot")
    assert total.cells[1] == "90.0 %"


def test_benefits_that_one_may_not_see_are_not_named(
    owner: Client, organisation: Organisation
) -> None:
    hidden = make_benefit(make_portfolio(), name="Secret gain")
    contribution = make_contribution(make_objective(organisation.portfolio), hidden)
    page = opened(owner)
    assert "a benefit that you may not see" in page.text
    assert page.rows("Objectives")[0].cells[3] == "0.0 %"
    form = Page(owner.get(f"/objective-contributions/{contribution.pk}/edit/").content)
    gone = owner.post(f"/objective-contributions/{contribution.pk}/delete/", follow=True)
    for text in (page.text, form.text, Page(gone.content).text):
        assert "Secret" not in text
    assert not ObjectiveContribution.objects.exists()


def test_an_empty_portfolio_says_so(owner: Client) -> None:
    text = opened(owner).text
    assert "This portfolio has no objectives yet." in text
    assert "No money is set aside for a period yet." in text


def test_an_objective_is_made_changed_and_deleted(
    owner: Client, organisation: Organisation
) -> None:
    make_objective(organisation.portfolio, Decimal("0.25"), "Grow")
    form = Page(owner.get("/components/HOME/objectives/new/").content)
    assert "The weights of the other objectives come to 25 %." in form.text
    values = {"name": "Be fair", "description": "To all.", "weight": "33.335"}
    answer = owner.post("/components/HOME/objectives/new/", values)
    assert answer["Location"] == TAB
    made = Objective.objects.get(name="Be fair")
    assert made.weight == Decimal("0.3334")
    content = owner.get(f"/objectives/{made.pk}/edit/").content
    assert b'value="33.34"' in content
    owner.post(f"/objectives/{made.pk}/edit/", {"name": "Be fair", "weight": "50"})
    made.refresh_from_db()
    assert made.weight == Decimal("0.5")
    make_contribution(made, organisation.benefit)
    delete = f"/objectives/{made.pk}/delete/"
    assert "1 objective contribution" in Page(owner.get(delete).content).text
    assert owner.post(delete)["Location"] == TAB
    assert not Objective.objects.filter(pk=made.pk).exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"weight": "101"}, "Write a number from 0 to 100."),
        ({"weight": "-1"}, "Write a number from 0 to 100."),
        ({"weight": ""}, "This field is required."),
        ({"name": "Grow"}, "This portfolio has an objective of that name already."),
    ],
)
def test_an_objective_that_cannot_be_is_refused(
    owner: Client, organisation: Organisation, values: dict[str, str], sentence: str
) -> None:
    make_objective(organisation.portfolio, name="Grow")
    whole = {"name": "Be fair", "weight": "10", **values}
    answer = owner.post("/components/HOME/objectives/new/", whole)
    assert sentence in Page(answer.content).text
    assert Objective.objects.count() == 1


def test_a_benefit_is_said_to_carry_an_objective(
    owner: Client, organisation: Organisation
) -> None:
    objective = make_objective(organisation.portfolio, name="Grow")
    make_benefit(make_portfolio(), name="Secret gain")
    carried = make_benefit(organisation.program, name="Carried")
    make_contribution(objective, carried, Decimal("0.4"))
    address = f"/objectives/{objective.pk}/objective-contributions/new/"
    page = Page(owner.get(address).content)
    assert "What carries “Grow”" in page.text
    assert "The other benefits carry 40 % of it." in page.text
    assert "Fewer manual payments (Payments)" in page.text
    assert "Secret gain" not in page.text
    assert "Carried (" not in page.text
    values = {"benefit": organisation.benefit.pk, "weight": "60"}
    assert owner.post(address, values)["Location"] == TAB
    made = objective.contributions.get(benefit=organisation.benefit)
    assert made.weight == Decimal("0.6")
    owner.post(f"/objective-contributions/{made.pk}/edit/", {"weight": "55"})
    made.refresh_from_db()
    assert made.weight == Decimal("0.55")
    for refused in (carried.pk, 987654321):
        answer = owner.post(address, {"benefit": refused, "weight": "1"})
        assert "Select a valid choice." in Page(answer.content).text


def test_an_envelope_is_made_changed_and_deleted(
    owner: Client, organisation: Organisation
) -> None:
    values = {"start_date": "2026-01-01", "finish_date": "2026-12-31", "amount": "9000"}
    assert owner.post("/components/HOME/budget-envelopes/new/", values)["Location"] == TAB
    made = BudgetEnvelope.objects.get()
    owner.post(f"/budget-envelopes/{made.pk}/edit/", {**values, "amount": "8000.5"})
    made.refresh_from_db()
    assert made.amount == Decimal("8000.5")
    assert owner.post(f"/budget-envelopes/{made.pk}/delete/")["Location"] == TAB
    assert not BudgetEnvelope.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"finish_date": "2025-12-31"}, "A period cannot finish before it starts."),
        ({"amount": "-1"}, "The amount cannot be negative."),
        ({"start_date": "1970-01-01"}, "The start date must lie between"),
        ({}, "This portfolio has an envelope for that period already."),
    ],
)
def test_an_envelope_that_cannot_be_is_refused(
    owner: Client, organisation: Organisation, values: dict[str, Any], sentence: str
) -> None:
    make_envelope(organisation.portfolio, 1, *YEAR)
    whole = {"start_date": "2026-01-01", "finish_date": "2026-12-31", "amount": "1", **values}
    answer = owner.post("/components/HOME/budget-envelopes/new/", whole)
    assert sentence in Page(answer.content).text
    assert BudgetEnvelope.objects.count() == 1


def test_envelopes_are_held_against_what_is_planned_and_booked(
    owner: Client, organisation: Organisation
) -> None:
    for start, finish in (
        YEAR,
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2027, 1, 1), date(2027, 12, 31)),
    ):
        make_envelope(organisation.portfolio, 5000, start, finish)
    make_cost(organisation.portfolio, 70, AS_OF)
    make_cost(organisation.program, 900, AS_OF, kind=CostKind.COMMITMENT)
    make_cost(organisation.fine, 10_000, date(2026, 3, 1))
    make_cost(make_project(make_portfolio()), 4444, AS_OF)
    page = opened(owner)
    january, year, february, later = page.rows("Budget envelopes")
    # 5000 of baselines end in January; 2900 of cost stand in it, 1900.50 and 70 in February.
    assert january.values[1:6] == [[5000], [5000], [2900], [0], [2100]]
    assert year.values[1:6] == [[5000], [5000], [Decimal("4870.5")], [900], [Decimal("129.5")]]
    assert february.values[1:6] == [[5000], [0], [Decimal("1970.5")], [900], [Decimal("3029.5")]]
    assert later.values[1:6] == [[5000], [0], [], [], [5000]]


def test_a_plan_is_even_between_two_month_ends(owner: Client, organisation: Organisation) -> None:
    project = make_project(organisation.portfolio)
    make_task(project, budget=3100, start_date=date(2026, 3, 2), finish_date=date(2026, 4, 30))
    make_baseline(project)
    for day in (31, 15):
        make_envelope(organisation.portfolio, 1, date(2026, 3, 1), date(2026, 3, day))
    make_envelope(organisation.portfolio, 1, date(2026, 3, 16), date(2026, 4, 30))
    # The work begins on the second of March.
    first, whole, rest = (row.values[2][0] for row in opened(owner).rows("Budget envelopes"))
    assert first == (whole * 14 / 30).quantize(Decimal("0.0001"))
    assert first + rest == 3100


def test_what_a_plan_leaves_out_is_said(owner: Client, organisation: Organisation) -> None:
    make_envelope(organisation.portfolio, 100, *YEAR)
    make_project(organisation.program, budget=500)
    make_project(organisation.program, budget=300, state=State.TERMINATED)
    page = opened(owner)
    assert "1 project without a baseline, with 500.00 of budget, is not in it." in page.text
    assert "overspent" in page.rows("Budget envelopes")[0].cells[5]
    assert "over the envelope" in page.rows("Budget envelopes")[0].cells[2]
    assert "no forecast is shown here" in page.text
