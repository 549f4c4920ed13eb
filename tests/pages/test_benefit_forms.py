"""Benefits, links, plans and measurements are made, changed and deleted in pages."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ppm.core.models import Role
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, LinkMode
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_benefit,
    make_link,
    make_measurement,
    make_plan,
    make_portfolio,
    make_project,
    make_user,
)
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page

MONEY = {
    "name": "Fewer licences",
    "category": "cashable",
    "sign": "benefit",
    "measure_kind": "flow",
    "direction": "higher",
    "unit_value": "1",
    "target_value": "5000",
}
DAYS = {"category": "quantified", "measure_kind": "level", "direction": "lower", "unit": "days"}


def rows_of(organisation: Organisation) -> dict[str, str]:
    """List the addresses of forms about the benefit, by what they do."""
    benefit = organisation.benefit
    link, plan = benefit.links.order_by("pk")[0], benefit.plan.get()
    return {
        "new benefit": "/components/PAY/benefits/new/",
        "edit": f"/benefits/{benefit.pk}/edit/",
        "delete": f"/benefits/{benefit.pk}/delete/",
        "grid": f"/benefits/{benefit.pk}/plan/",
        "new link": f"/benefits/{benefit.pk}/benefit-links/new/",
        "edit link": f"/benefit-links/{link.pk}/edit/",
        "delete link": f"/benefit-links/{link.pk}/delete/",
        "new plan": f"/benefits/{benefit.pk}/benefit-plans/new/",
        "edit plan": f"/benefit-plans/{plan.pk}/edit/",
        "delete plan": f"/benefit-plans/{plan.pk}/delete/",
        "measure": f"/benefits/{benefit.pk}/benefit-measurements/new/",
    }


def refusals(client: Client, address: str, values: dict[str, Any]) -> str:
    """Send a form that is to be refused; return the page's text."""
    answer = client.post(address, values)
    assert answer.status_code == 200
    text = Page(answer.content).text
    assert "Nothing was saved yet" in text
    return text


def test_owner_member_and_outsider(
    owner: Client, member: Client, outsider: Client, organisation: Organisation
) -> None:
    before = [model.objects.count() for model in (Benefit, BenefitLink, BenefitPlan)]
    for address in rows_of(organisation).values():
        assert owner.get(address).status_code == 200, address
        assert member.get(address).status_code == member.post(address).status_code == 403
        for answer in (outsider.get(address), outsider.post(address)):
            assert answer.status_code == 404
            assert answer.content == outsider.get("/benefits/987654321/").content
    assert [model.objects.count() for model in (Benefit, BenefitLink, BenefitPlan)] == before


def test_finance_keeps_benefits_too(organisation: Organisation) -> None:
    finance = make_user()
    give_role(finance, organisation.program, Role.FINANCE)
    address = rows_of(organisation)["measure"]
    answer = signed_in(finance).post(address, {"date": "2026-02-01", "value": "7"})
    assert answer["Location"] == f"/benefits/{organisation.benefit.pk}/"


def test_a_benefit_is_made_and_changed(owner: Client, organisation: Organisation) -> None:
    owner_id = organisation.owner.pk
    answer = owner.post("/components/PAY/benefits/new/", {**MONEY, "owner": owner_id})
    made = Benefit.objects.get(name="Fewer licences")
    assert answer["Location"] == made.get_absolute_url()
    assert (made.component_id, made.owner_id) == (organisation.program.pk, owner_id)
    assert made.target_value == 5000
    form = owner.get(f"/benefits/{made.pk}/edit/")
    assert b'name="target_value" value="5000"' in form.content
    changed = {**MONEY, **DAYS, "baseline_value": "12", "target_value": "4.5"}
    assert owner.post(f"/benefits/{made.pk}/edit/", changed).status_code == 302
    made.refresh_from_db()
    assert (made.unit, made.target_value, made.measure_kind) == ("days", Decimal("4.5"), "level")


def test_a_new_benefit_leads_back_to_its_tab(owner: Client) -> None:
    page = Page(owner.get("/components/PAY/benefits/new/").content)
    assert page.links["Cancel"] == "/programs/PAY/benefits/"
    assert "Cashable is money and counts in the ROI." in page.text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"target_value": ""}, "A benefit counted in money is a flow, higher is better, and has"),
        ({"measure_kind": "level"}, "A benefit counted in money is a flow"),
        ({"unit_value": "0"}, "The value of a unit must be more than zero."),
        ({"target_date": "2070-01-01"}, "The target date must lie between"),
        ({"target_value": "900000000000000", "unit_value": "9"}, "must stay below 10^15"),
        ({"owner": "987654321"}, "Select a valid choice."),
    ],
)
def test_a_benefit_that_cannot_be_is_refused(
    owner: Client, values: dict[str, str], sentence: str
) -> None:
    text = refusals(owner, "/components/PAY/benefits/new/", {**MONEY, **values})
    assert sentence in text
    assert not Benefit.objects.filter(name="Fewer licences").exists()


def test_no_benefit_is_at_home_in_a_project(owner: Client, organisation: Organisation) -> None:
    text = refusals(owner, "/components/LATE/benefits/new/", MONEY)
    assert "A benefit belongs to a program or a portfolio." in text


def test_a_benefit_with_measurements_stays(owner: Client, organisation: Organisation) -> None:
    address = rows_of(organisation)["delete"]
    text = Page(owner.get(address).content).text
    assert "It cannot be deleted: it still has benefit measurements." in text
    assert owner.post(address).status_code == 200
    assert Benefit.objects.filter(pk=organisation.benefit.pk).exists()


def test_a_benefit_goes_with_its_plan_and_links(owner: Client, organisation: Organisation) -> None:
    benefit = make_benefit(organisation.program, name="Short dream")
    make_plan(benefit)
    make_link(benefit, organisation.late)
    page = Page(owner.get(f"/benefits/{benefit.pk}/delete/").content)
    assert "Delete “Short dream”?" in page.text
    assert "1 benefit plan" in page.text
    answer = owner.post(f"/benefits/{benefit.pk}/delete/")
    assert answer["Location"] == "/programs/PAY/benefits/"
    assert not BenefitLink.objects.filter(benefit=benefit.pk).exists()


@pytest.mark.parametrize("typed", ["BESIDE", "beside", "arch"])
def test_a_project_is_linked_by_code_or_name(
    owner: Client, organisation: Organisation, typed: str
) -> None:
    values = {"project": typed, "mode": "additive", "weight": "2.5", "delivery_confidence": "60"}
    answer = owner.post(rows_of(organisation)["new link"], values)
    assert answer["Location"] == organisation.benefit.get_absolute_url()
    link = BenefitLink.objects.get(project=organisation.beside)
    assert (link.weight, link.delivery_confidence) == (Decimal("2.5"), Decimal("0.6"))
    text = Page(owner.get(answer["Location"]).content).text
    assert "Benefit link “Archive → Fewer manual payments” was added." in text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"project": ""}, "This field is required."),
        ({"project": "nowhere"}, "You see no project of that code or name."),
        ({"project": "SECRET"}, "You see no project of that code or name."),
        (
            {"project": "e"},
            "Which one? Write the code: BESIDE (Archive), FINE",
        ),
        ({"project": "LATE"}, "This project is linked to the benefit already."),
        ({"weight": "0"}, "A contribution has a weight above zero"),
        ({"weight": ""}, "A contribution has a weight above zero"),
        ({"delivery_confidence": "101"}, "Write a number from 0 to 100."),
        ({"delivery_confidence": "sNaN"}, "Enter a number."),
        ({"project": "no\0where"}, "You see no project of that code or name."),
    ],
)
def test_a_link_that_cannot_be_is_refused(
    owner: Client, organisation: Organisation, values: dict[str, str], sentence: str
) -> None:
    make_project(make_portfolio(), code="SECRET")
    whole = {"project": "BESIDE", "mode": "additive", "weight": "1", **values}
    assert sentence in refusals(owner, rows_of(organisation)["new link"], whole)
    assert organisation.benefit.links.count() == 2


def test_the_mode_decides_the_weight(owner: Client, organisation: Organisation) -> None:
    link = organisation.benefit.links.get(project=organisation.late)
    form = Page(owner.get(f"/benefit-links/{link.pk}/edit/").content)
    assert "The weights of the other projects come to 1." in form.text
    values = {"mode": "essential", "weight": "3", "delivery_confidence": ""}
    assert owner.post(f"/benefit-links/{link.pk}/edit/", values).status_code == 302
    link.refresh_from_db()
    assert (link.mode, link.weight, link.project_id) == ("essential", None, organisation.late.pk)
    values = {"mode": "additive", "weight": "0.5"}
    assert owner.post(f"/benefit-links/{link.pk}/edit/", values).status_code == 302
    link.refresh_from_db()
    assert link.weight == Decimal("0.5")


def test_a_hidden_project_is_not_named_where_its_link_is_changed(
    owner: Client, organisation: Organisation
) -> None:
    hidden = make_project(make_portfolio(), code="SECRET", name="Secret work")
    link = make_link(organisation.benefit, hidden, mode=LinkMode.ESSENTIAL)
    for act in ("edit", "delete"):
        text = Page(owner.get(f"/benefit-links/{link.pk}/{act}/").content).text
        assert "a project that you may not see → Fewer manual payments" in text
        assert "ecret" not in text
    answer = owner.post(f"/benefit-links/{link.pk}/delete/", follow=True)
    assert "ecret" not in Page(answer.content).text
    assert not BenefitLink.objects.filter(pk=link.pk).exists()


def test_the_page_of_a_new_link_offers_projects_that_one_sees(
    owner: Client, organisation: Organisation
) -> None:
    make_project(make_portfolio(), code="SECRET")
    content = owner.get(rows_of(organisation)["new link"]).content.decode()
    assert '<option value="BESIDE">Archive</option>' in content
    assert "SECRET" not in content


def test_a_value_is_measured_and_counts(owner: Client, organisation: Organisation) -> None:
    address = rows_of(organisation)["measure"]
    form = Page(owner.get(address).content)
    assert "Measurement of Fewer manual payments" in form.text
    assert "What came in that period alone." in form.text
    values = {"date": "2026-02-10", "value": "900.5", "evidence": "Ledger"}
    assert owner.post(address, values).status_code == 302
    fact = BenefitMeasurement.objects.get(date=date(2026, 2, 10))
    assert (fact.value, fact.recorded_by, fact.evidence) == (
        Decimal("900.5"),
        organisation.owner,
        "Ledger",
    )
    assert fact.request_id is not None
    text = Page(owner.get(organisation.benefit.get_absolute_url()).content).text
    assert "Benefit measurement “900.5 on 10 Feb 2026” was added." in text
    assert "Realised 1,700.50" in text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"date": "2061-01-01", "value": "1"}, "The date must lie between"),
        ({"date": "2026-02-01", "value": ""}, "This field is required."),
        ({"date": "2026-02-01", "value": "1e20"}, "Ensure that there are no more than"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(
    owner: Client, organisation: Organisation, values: dict[str, str], sentence: str
) -> None:
    assert sentence in refusals(owner, rows_of(organisation)["measure"], values)
    assert BenefitMeasurement.objects.count() == 1


def test_one_period_is_planned_changed_and_taken_away(
    owner: Client, organisation: Organisation
) -> None:
    benefit = organisation.benefit
    address = rows_of(organisation)["new plan"]
    assert "already" in refusals(owner, address, {"period_end": "2026-01-30", "value": "1"})
    assert owner.post(address, {"period_end": "2026-02-28", "value": "70"}).status_code == 302
    plan = benefit.plan.get(period_end=date(2026, 2, 28))
    owner.post(f"/benefit-plans/{plan.pk}/edit/", {"period_end": "2026-02-28", "value": "80"})
    plan.refresh_from_db()
    assert plan.value == 80
    answer = owner.post(f"/benefit-plans/{plan.pk}/delete/")
    assert answer["Location"] == benefit.get_absolute_url()
    assert benefit.plan.count() == 1


def planned(benefit: Benefit) -> dict[str, Decimal]:
    """Read the plan of a benefit."""
    rows = benefit.plan.order_by("period_end").values_list("period_end", "value")
    return {end.isoformat(): value for end, value in rows}


def as_shown(benefit: Benefit) -> dict[str, str]:
    """Write what the grid sends back of the plan while nothing is changed in it."""
    shown = {end: f"{value:f}" for end, value in planned(benefit).items()}
    return {**shown, **{f"initial-{end}": value for end, value in shown.items()}}


def test_a_whole_series_is_planned_at_once(owner: Client, organisation: Organisation) -> None:
    benefit = make_benefit(organisation.program, 900)
    address = f"/benefits/{benefit.pk}/plan/?first=2026-01-31&interval=quarter&count=4"
    content = owner.get(address).content.decode()
    assert content.count('type="number"') == 5  # and the number of periods
    assert 'action="?first=2026-01-31&amp;interval=quarter&amp;count=4"' in content
    values = {"2026-01-31": "100", "2026-04-30": "200.5", "2026-07-31": "", "2026-10-31": "0"}
    assert owner.post(address, values)["Location"] == benefit.get_absolute_url()
    assert planned(benefit) == {
        "2026-01-31": 100,
        "2026-04-30": Decimal("200.5"),
        "2026-10-31": 0,
    }
    values = {"2026-01-31": "", "2026-04-30": "9", "2026-07-31": "8", "2026-10-31": "0"}
    assert owner.post(address, {**as_shown(benefit), **values}).status_code == 302
    assert planned(benefit) == {"2026-04-30": 9, "2026-07-31": 8, "2026-10-31": 0}


def test_the_grid_begins_with_what_is_planned(owner: Client, organisation: Organisation) -> None:
    benefit = make_benefit(organisation.program)
    for end in ("2026-03-30", "2026-06-30", "2026-12-31"):
        make_plan(benefit, 5, date.fromisoformat(end))
    make_plan(benefit, 6, date(2026, 4, 1))
    content = owner.get(f"/benefits/{benefit.pk}/plan/").content.decode()
    assert all(f'name="{end}"' in content for end in planned(benefit))
    quarters = f"/benefits/{benefit.pk}/plan/?first=2026-03-31&interval=quarter&count=2"
    page = Page(owner.get(quarters).content)
    assert "2 planned periods that are not shown here stay" in page.text
    values = {"2026-03-30": "7", "2026-06-30": ""}
    assert owner.post(quarters, {**as_shown(benefit), **values}).status_code == 302
    assert planned(benefit) == {"2026-03-30": 7, "2026-04-01": 6, "2026-12-31": 5}


def test_the_grid_keeps_what_others_planned_meanwhile(
    owner: Client, organisation: Organisation
) -> None:
    benefit = make_benefit(organisation.program)
    for month in (1, 4, 7):
        make_plan(benefit, 5, date(2026, month, 30))
    address = f"/benefits/{benefit.pk}/plan/?first=2026-01-30&interval=quarter&count=4"
    content = owner.get(address).content.decode()
    assert '<input type="hidden" name="initial-2026-01-30" value="5"' in content
    shown = {**as_shown(benefit), "2026-10-30": "", "initial-2026-10-30": ""}
    benefit.plan.filter(period_end=date(2026, 1, 30)).update(value=6)
    benefit.plan.filter(period_end=date(2026, 4, 30)).delete()
    make_plan(benefit, 8, date(2026, 10, 30))
    assert owner.post(address, {**shown, "2026-07-30": "9"}).status_code == 302
    assert planned(benefit) == {"2026-01-30": 6, "2026-07-30": 9, "2026-10-30": 8}


def test_a_grid_that_comes_back_empty_deletes_nothing(
    owner: Client, organisation: Organisation
) -> None:
    benefit = make_benefit(organisation.program)
    make_plan(benefit, 5, date(2026, 1, 31))
    before = planned(benefit)
    assert owner.post(f"/benefits/{benefit.pk}/plan/").status_code == 302
    assert planned(benefit) == before


def test_a_value_of_a_period_that_moved_meanwhile_is_not_dropped(
    owner: Client, organisation: Organisation
) -> None:
    benefit = make_benefit(organisation.program)
    make_plan(benefit, 5, date(2026, 1, 30))
    address = f"/benefits/{benefit.pk}/plan/?first=2026-01-31&interval=month&count=2"
    shown = {**as_shown(benefit), "2026-02-28": "4", "initial-2026-02-28": ""}
    benefit.plan.update(period_end=date(2026, 1, 29))
    answer = owner.post(address, {**shown, "2026-01-30": "7"})
    text = Page(answer.content).text
    assert "The period that ends on 2026-01-30 is not among these any more" in text
    assert "“7”" in text
    assert '<input type="hidden" name="initial-2026-01-29" value="5"' in answer.content.decode()
    assert planned(benefit) == {"2026-01-29": 5}
    assert owner.post(address, shown).status_code == 302
    assert planned(benefit) == {"2026-01-29": 5, "2026-02-28": 4}


def test_the_grid_of_an_unplanned_benefit_is_a_year_of_months(
    owner: Client, organisation: Organisation
) -> None:
    benefit = make_benefit(organisation.program)
    page = owner.get(f"/benefits/{benefit.pk}/plan/").content.decode()
    assert 'name="2026-02-28"' in page
    assert 'name="2027-01-31"' in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=x&interval=month&count=3", "Enter a valid date."),
        ("first=2070-01-31&interval=month&count=3", "Choose a day from 1980-01-01"),
        ("first=2026-01-31&interval=week&count=3", "Select a valid choice."),
        ("first=2026-01-31&interval=month&count=121", "less than or equal to 120"),
        ("interval=month", "This field is required."),
    ],
)
def test_a_series_that_cannot_be_shows_no_grid(
    owner: Client, organisation: Organisation, query: str, sentence: str
) -> None:
    address = f"/benefits/{organisation.benefit.pk}/plan/?{query}"
    for answer in (owner.get(address), owner.post(address, {"2026-01-31": "1"})):
        assert answer.status_code == 200
        assert sentence in Page(answer.content).text
    assert len(planned(organisation.benefit)) == 1


def test_a_grid_with_a_wrong_value_saves_nothing(
    owner: Client, organisation: Organisation
) -> None:
    address = f"/benefits/{organisation.benefit.pk}/plan/?first=2026-02-28&interval=month&count=2"
    text = refusals(owner, address, {"2026-02-28": "5", "2026-03-31": "much"})
    assert "Enter a number." in text
    assert len(planned(organisation.benefit)) == 1


def test_a_series_ends_where_calendars_do(owner: Client, organisation: Organisation) -> None:
    address = f"/benefits/{organisation.benefit.pk}/plan/"
    content = owner.get(f"{address}?first=2058-12-31&interval=year&count=9").content.decode()
    assert 'name="2059-12-31"' in content
    assert "2060" not in content


def test_a_replaced_measurement_stays_on_record(owner: Client, organisation: Organisation) -> None:
    make_measurement(organisation.benefit, 850, FINISH)
    assert organisation.benefit.measurements.count() == 2
    text = Page(owner.get(organisation.benefit.get_absolute_url()).content).text
    assert "Realised 850.00" in text
    assert START + timedelta(days=25) == FINISH
