"""Benefits in pages: what figures add up from, one benefit, all benefits, a project's benefits."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolios.models import Portfolio
from ppm.core.models import Role, Snapshot
from ppm.core.outline import PAGE_SIZE
from programs.models import Benefit, BenefitCategory, BenefitSign, LinkMode, MeasureKind
from programs.models.benefit import GRACE
from projects.models import Project
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_benefit,
    make_contribution,
    make_link,
    make_measurement,
    make_objective,
    make_plan,
    make_portfolio,
    make_program,
    make_project,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page, Row

COLUMNS = ("benefit_target", "benefit_planned", "benefit_realised", "benefit_forecast")


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def of(benefit: Benefit) -> str:
    """Name the page of a benefit."""
    return f"/benefits/{benefit.pk}/"


def amounts(row: Row, columns: range) -> list[Decimal]:
    """Read the amounts of some cells, zero where there is none."""
    return [row.values[n][0] if row.values[n] else Decimal() for n in columns]


def added(rows: list[Row], columns: range) -> list[Decimal]:
    """Add up the amounts of some cells by column."""
    return [sum(column) for column in zip(*(amounts(row, columns) for row in rows), strict=True)]


def known(snapshot: Snapshot) -> list[Decimal]:
    """List the benefits of a snapshot."""
    return [getattr(snapshot, name) for name in COLUMNS]


def test_owner_member_and_outsider(
    owner: Client, member: Client, outsider: Client, organisation: Organisation
) -> None:
    pages = {
        "/portfolios/HOME/benefits/": 404,
        "/programs/PAY/benefits/": 200,
        "/projects/LATE/benefits/": 200,
        "/projects/BESIDE/benefits/": 404,
        of(organisation.benefit): 200,
        "/benefits/": 200,
        "/benefit-links/projects/": 200,
    }
    for address, seen in pages.items():
        assert owner.get(address).status_code == 200
        assert member.get(address).status_code == seen
        assert owner.post(address).status_code == 405
        if address not in ("/benefits/", "/benefit-links/projects/"):
            hidden = outsider.get(address)
            assert hidden.status_code == 404
            assert hidden.content == outsider.get("/benefits/987654321/").content
    assert "There is no such benefit that you can see." in opened(outsider, "/benefits/").text
    assert outsider.get("/benefit-links/projects/").content.strip() == b""


@pytest.mark.parametrize(
    "address",
    ["/benefits/", "/benefits/1/", "/benefits/1/plan/", "/projects/LATE/benefits/"],
)
def test_anonymous_visitors_sign_in_first(db: None, client: Client, address: str) -> None:
    assert client.get(address)["Location"] == f"/login/?next={address}"


def test_only_those_who_may_change_are_offered_to(
    owner: Client, member: Client, organisation: Organisation
) -> None:
    assert {"New benefit", "Fewer manual payments"} <= opened(
        owner, "/programs/PAY/benefits/"
    ).links.keys()
    assert {"Add a measurement", "Plan periods", "Link a project", "Change"} <= opened(
        owner, of(organisation.benefit)
    ).links.keys()
    shown = (
        opened(member, "/programs/PAY/benefits/").links
        | opened(member, of(organisation.benefit)).links
    )
    assert not {"New benefit", "Add a measurement", "Edit", "Change"} & shown.keys()


def test_components_and_what_is_at_home_add_up_to_the_total(
    owner: Client, organisation: Organisation
) -> None:
    below = make_portfolio(organisation.portfolio)
    for component in (organisation.portfolio, below, organisation.program):
        for number, sign in enumerate(BenefitSign, 3):
            benefit = make_benefit(component, 1000 * number, sign=sign)
            make_link(benefit, organisation.late)
            make_plan(benefit, 10 * number)
            make_measurement(benefit, 3 * number)
        make_benefit(component, 7777, category=BenefitCategory.NON_CASHABLE)
    organisation.roll_up()
    page = opened(owner, "/portfolios/HOME/benefits/")
    rows = page.rows("Benefits by component")
    assert [row.cells[0].split(" Pro")[0].split(" Por")[0] for row in rows][-1] == "At home here"
    [total] = page.rows("Benefits by component", "tfoot")
    snapshot = Snapshot.objects.get(component=organisation.portfolio)
    assert added(rows, range(1, 5)) == amounts(total, range(1, 5)) == known(snapshot)
    [at_home] = page.rows("Benefits", "tfoot")
    counting = [row for row in page.rows("Benefits") if not row.cells[1].startswith("Non-")]
    assert len(counting) == len(page.rows("Benefits")) - 1 == 2
    assert added(counting, range(2, 6)) == amounts(at_home, range(2, 6))
    assert amounts(at_home, range(2, 6)) == amounts(rows[-1], range(1, 5))


def test_a_program_of_projects_only_adds_up_its_own_benefits(
    owner: Client, organisation: Organisation
) -> None:
    page = opened(owner, "/programs/PAY/benefits/")
    assert "Benefits by component" not in page.tables
    [total] = page.rows("Benefits", "tfoot")
    snapshot = Snapshot.objects.get(component=organisation.program)
    assert amounts(total, range(2, 6)) == known(snapshot)


def test_roi_shows_its_parts_and_moves_with_a_measurement(
    owner: Client, organisation: Organisation
) -> None:
    def shown() -> str:
        return opened(owner, "/portfolios/HOME/benefits/").text

    before = Snapshot.objects.get(component=organisation.portfolio)
    assert before.roi is not None
    assert before.cost == Decimal("5700.5")
    assert "Cost, whole life 5,700.50 5,700.50 forecast" in shown()
    assert "ROI, whole life 10.7 % ( 6,312.50 − 5,700.50 ) / 5,700.50" in shown()
    address = f"/benefits/{organisation.benefit.pk}/benefit-measurements/new/"
    answer = owner.post(address, {"date": "2026-02-10", "value": "900"})
    assert answer["Location"] == of(organisation.benefit)
    organisation.roll_up()
    after = Snapshot.objects.get(component=organisation.portfolio)
    assert after.roi is not None
    assert after.roi > before.roi
    assert "ROI, whole life 26.5 % ( 7,212.50 − 5,700.50 ) / 5,700.50" in shown()


def test_a_portfolio_without_benefits_says_so(owner: Client, organisation: Organisation) -> None:
    make_portfolio(organisation.portfolio, "EMPTY")
    page = opened(owner, "/portfolios/EMPTY/benefits/")
    assert "No benefit is at home here." in page.text
    assert "Benefits by component" not in page.tables


def test_a_project_tells_what_its_loss_would_cost(
    owner: Client, organisation: Organisation
) -> None:
    whole = make_benefit(organisation.program, 500, name="Trust")
    make_link(whole, organisation.late, mode=LinkMode.ESSENTIAL, delivery_confidence="0.8")
    level = make_benefit(
        organisation.program, 5, name="Days", measure_kind="level", category="quantified"
    )
    make_link(level, organisation.late)
    organisation.roll_up()
    page = opened(owner, "/projects/LATE/benefits/")
    fewer, trust, days = page.rows("Benefits")
    assert fewer.links == [of(organisation.benefit)]
    assert fewer.cells[1:] == [
        "75.0 %",
        "10.0 k",
        "6,312.50",
        "−3,750.00 61.2 % of what is expected",
        "−7,500.00",
    ]
    assert trust.cells[1] == "essential confidence 80.0 %"
    assert trust.cells[4:] == ["−400.00 100.0 % of what is expected", "−500.00"]
    assert all(cell.endswith("no flow that could be lost") for cell in days.cells[4:])


def test_benefits_that_one_may_not_see_are_counted_and_not_named(
    organisation: Organisation, member: Client
) -> None:
    elsewhere = make_benefit(make_portfolio(name="Secret place"), name="Secret gain")
    make_link(elsewhere, organisation.late)
    page = opened(member, "/projects/LATE/benefits/")
    assert page.names("Benefits")[0].startswith("Fewer manual payments")
    assert "1 more benefit that you may not see rests on it." in page.text
    manager = make_user()
    give_role(manager, organisation.late, Role.PROJECT_MANAGER)
    alone = opened(signed_in(manager), "/projects/LATE/benefits/")
    assert "2 benefits that you may not see rest on it." in alone.text
    assert "No benefit rests" not in alone.text
    for text in (page.text, alone.text):
        assert "Secret" not in text
    make_project(organisation.program, code="LONELY")
    assert "No benefit rests on this project." in opened(member, "/projects/LONELY/benefits/").text


def test_a_benefit_shows_its_plan_against_what_was_measured(
    owner: Client, organisation: Organisation
) -> None:
    benefit = organisation.benefit
    make_plan(benefit, 500, date(2026, 2, 28))
    make_measurement(benefit, 70, date(2026, 2, 10), recorded_by=organisation.owner)
    make_measurement(benefit, 90, date(2026, 2, 10), evidence="Ledger")
    make_measurement(benefit, 5, AS_OF + timedelta(days=1))
    page = opened(owner, of(benefit))
    january, february = page.rows("Plan against measured")
    assert january.cells[:6] == ["30 Jan 2026", "1,000.00", "800.00", "1,000.00", "800.00", "0.80"]
    assert february.values[2:5] == [[90], [1500], [890]]
    assert "Realised 890.00 8.9 % of the way to the target" in page.text
    assert "Being realised, less than planned" in page.text
    future, newest, replaced, _first = page.rows("Measurements")
    assert future.cells[2] == "counts from its date on"
    assert newest.cells[1:] == ["90.00", "Ledger", "import"]
    assert replaced.cells[2:] == ["replaced by a later value for the same date", "owner"]
    assert page.text.index("Realised") < page.text.index("Plan against measured")


def test_periods_far_from_the_status_date_are_folded(
    owner: Client, organisation: Organisation
) -> None:
    for years in range(1, 6):
        make_plan(organisation.benefit, years, date(2026 + years, 2, 1))
    page = opened(owner, of(organisation.benefit))
    assert [row.cells[1] for row in page.rows("Plan against measured")] == ["1,000.00", "1.00"]
    address = f"{of(organisation.benefit)}{page.links['All 6 periods']}"
    whole = opened(owner, address)
    assert [row.cells[1] for row in whole.rows("Plan against measured")][-1] == "5.00"
    assert len(whole.rows("Plan against measured")) == 6
    distant = make_benefit(organisation.program)
    make_plan(distant, 1, date(2030, 1, 1))
    assert len(opened(owner, of(distant)).rows("Plan against measured")) == 1


def test_periods_add_up_to_the_figures_above(owner: Client, organisation: Organisation) -> None:
    benefit = make_benefit(
        organisation.program, 90, unit="hours", unit_value=40, sign=BenefitSign.DIS_BENEFIT
    )
    for number, end in enumerate((START, FINISH, AS_OF + timedelta(days=9)), 1):
        make_plan(benefit, number, end)
    make_measurement(benefit, 2, START)
    make_measurement(benefit, 3, AS_OF)
    page = opened(owner, of(benefit))
    rows = page.rows("Plan against measured")
    planned = sum(row.values[1][0] for row in rows[:2])
    measured = sum(row.values[2][0] for row in rows if row.values[2])
    assert f"Planned to date −{planned * 40:.2f}" in page.text
    assert f"Realised −{measured * 40:.2f}" in page.text
    assert "BRI 1.67" in page.text
    assert "hours, each worth 40" in page.text


def test_a_level_shows_its_way_to_the_target(owner: Client, organisation: Organisation) -> None:
    benefit = make_benefit(
        organisation.program,
        6,
        category=BenefitCategory.QUANTIFIED,
        measure_kind=MeasureKind.LEVEL,
        direction="lower",
        unit="days",
        baseline_value=12,
    )
    make_plan(benefit, 10)
    make_measurement(benefit, 9)
    page = opened(owner, of(benefit))
    [row] = page.rows("Plan against measured")
    assert row.cells[1:4] == ["10.00", "9.00", "50.0 %"]
    assert "BRI" not in page.text


def test_a_benefit_names_its_projects_as_far_as_one_sees_them(
    owner: Client, organisation: Organisation
) -> None:
    make_link(organisation.benefit, make_project(make_portfolio(), name="Secret work"))
    page = opened(owner, of(organisation.benefit))
    assert [row.cells[0] for row in page.rows("Projects")] == [
        "Replace the ledger LATE",
        "New payment forms FINE",
        "a project that you may not see",
    ]
    assert [row.cells[2] for row in page.rows("Projects")] == ["60.0 %", "20.0 %", "20.0 %"]
    assert "Secret" not in page.text


def test_a_benefit_names_its_objectives_as_far_as_one_sees_them(
    owner: Client, member: Client, organisation: Organisation
) -> None:
    objective = make_objective(organisation.portfolio, name="Grow")
    make_contribution(objective, organisation.benefit, Decimal("0.4"))
    shown = opened(owner, of(organisation.benefit))
    assert shown.links["Grow"] == "/portfolios/HOME/objectives/"
    assert "Digital services, 40.0 % of it" in shown.text
    hidden = opened(member, of(organisation.benefit))
    assert "an objective that you may not see" in hidden.text
    assert "Grow" not in hidden.text


def test_a_bare_benefit_has_a_page(owner: Client, organisation: Organisation) -> None:
    bare = make_benefit(
        organisation.program, None, category=BenefitCategory.QUALITATIVE, measure_kind="level"
    )
    page = opened(owner, of(bare))
    for sentence in (
        "Neither target nor plan yet",
        "Nothing is planned by period, and nothing was measured.",
        "No project is linked",
        "Nothing has been measured yet.",
    ):
        assert sentence in page.text


def test_a_huge_id_finds_nothing(owner: Client) -> None:
    for address in ("/benefits/{}/", "/benefits/{}/plan/", "/benefits/{}/benefit-links/new/"):
        assert owner.get(address.format(10**20)).status_code == 404


def test_many_measurements_come_in_pages(owner: Client, organisation: Organisation) -> None:
    for number in range(30):
        make_measurement(organisation.benefit, number, START + timedelta(days=number))
    page = opened(owner, of(organisation.benefit))
    assert len(page.rows("Measurements")) == 25
    following = opened(owner, of(organisation.benefit) + page.links["Next"])
    assert len(following.rows("Measurements")) == 6


def names(client: Client, query: str = "") -> list[str]:
    """Open the list and return the names of its benefits."""
    tables = opened(client, f"/benefits/{query}").tables
    rows = [row for row in tables.get("Benefits", []) if row.section == "tbody"]
    return [row.cells[0].split(" no owner")[0].split(" Olga")[0] for row in rows]


@pytest.fixture
def varied(organisation: Organisation) -> Organisation:
    """Return the organisation with benefits of many kinds."""
    olga = make_user("olga", first_name="Olga")
    give_role(olga, organisation.program, Role.VIEWER)
    large = make_benefit(organisation.portfolio, 90_000, name="Large", owner=olga)
    make_link(large, organisation.fine)
    hours = make_benefit(
        organisation.program,
        100,
        name="Hours",
        category=BenefitCategory.QUANTIFIED,
        target_date=date(2026, 12, 31),
    )
    make_link(hours, organisation.late)
    make_benefit(organisation.program, 10, name="Adrift", target_date=AS_OF - GRACE)
    return organisation


def test_benefits_most_at_risk_come_first(owner: Client, varied: Organisation) -> None:
    assert names(owner) == ["Large", "Fewer manual payments", "Hours", "Adrift"]
    assert names(owner, "?sort=name") == ["Adrift", "Fewer manual payments", "Hours", "Large"]
    assert names(owner, "?sort=target")[:2] == ["Adrift", "Hours"]
    assert names(owner, "?sort=no&page=x") == names(owner)


def test_a_member_lists_the_programs_benefits(member: Client, varied: Organisation) -> None:
    assert names(member, "?sort=name") == ["Adrift", "Fewer manual payments", "Hours"]
    assert names(member, f"?below={varied.portfolio.pk}") == []


def test_benefits_are_filtered(owner: Client, varied: Organisation) -> None:
    olga = Benefit.objects.get(name="Large").owner
    assert olga is not None
    chosen = {
        "name=larg": ["Large"],
        f"owner={olga.pk}": ["Large"],
        "category=quantified": ["Hours"],
        f"below={varied.program.pk}&sort=name": ["Adrift", "Fewer manual payments", "Hours"],
        "target_date__lte=2026-06-30": ["Adrift"],
        "is_overdue=true": ["Adrift"],
        "is_overdue=false&sort=name": ["Fewer manual payments", "Hours", "Large"],
        "name=nothing": [],
    }
    for query, found in chosen.items():
        assert names(owner, f"?{query}") == found, query


def test_a_filter_that_cannot_be_read_says_so(owner: Client, varied: Organisation) -> None:
    page = opened(owner, "/benefits/?target_date__lte=soon")
    assert "Enter a valid date." in page.text
    assert page.links["Clear"] == "/benefits/"


def test_a_benefit_is_overdue_when_a_period_was_not_measured_in_time(
    organisation: Organisation,
) -> None:
    def overdue(*ends: date, measured: date | None = None) -> bool:
        benefit = make_benefit(organisation.program, 100, target_date=START)
        for end in ends:
            make_plan(benefit, 1, end)
        if measured:
            make_measurement(benefit, 1, measured)
        found: bool = Benefit.objects.filter(pk=benefit.pk).overdue(AS_OF).exists()
        return found

    last, before = AS_OF - GRACE, AS_OF - GRACE - timedelta(days=30)
    assert overdue(last)
    assert not overdue(last + timedelta(days=1))
    assert overdue(before, last, measured=before)
    assert not overdue(before, last, measured=before + timedelta(days=1))
    assert not overdue(before, last, measured=AS_OF)
    assert overdue(before, last, measured=AS_OF + timedelta(days=1))
    assert overdue()
    assert not overdue(measured=before)


def test_trees_of_other_dates_and_currencies_stand_in_one_list(
    owner: Client, organisation: Organisation
) -> None:
    tree = make_portfolio(currency="USD", status_date=AS_OF - timedelta(days=100))
    give_role(organisation.owner, tree, Role.VIEWER)
    make_plan(make_benefit(tree, 10, name="Dollars"), 1, AS_OF - GRACE)
    rows = opened(owner, "/benefits/?sort=name").rows("Benefits")
    assert [row.cells[2] for row in rows] == ["Cashable in USD", "Cashable in EUR"]
    assert "Planned, first value due" in rows[0].cells[0]
    assert names(owner, "?is_overdue=true") == []


def test_many_benefits_come_in_pages(owner: Client, organisation: Organisation) -> None:
    for _ in range(PAGE_SIZE):
        make_benefit(organisation.program)
    page = opened(owner, "/benefits/?sort=name")
    assert len(page.rows("Benefits")) == PAGE_SIZE
    assert len(opened(owner, f"/benefits/{page.links['Next']}").rows("Benefits")) == 1


def test_projects_are_offered_by_code_and_name(owner: Client, member: Client) -> None:
    offered = owner.get("/benefit-links/projects/", {"project": "ledger"}).content.decode()
    assert '<option value="LATE">Replace the ledger</option>' in offered
    assert "FINE" not in offered
    assert "FINE" in owner.get("/benefit-links/projects/", {"project": "fin"}).content.decode()
    assert owner.get("/benefit-links/projects/", {"project": "\0"}).status_code == 200
    hidden = member.get("/benefit-links/projects/", {"project": "beside"})
    assert b"BESIDE" not in hidden.content


def fill(portfolio: Portfolio, project: Project) -> None:
    """Put a benefit with something of everything below a portfolio and on it."""
    for home in (portfolio, make_program(portfolio)):
        benefit = make_benefit(home, owner=make_user())
        make_link(benefit, project)
        make_link(benefit, make_project(portfolio))
        make_plan(benefit)
        make_measurement(benefit, recorded_by=make_user())
        hours = make_benefit(home, 10, category=BenefitCategory.QUANTIFIED)
        make_link(hours, project)
        make_contribution(make_objective(portfolio), hours)


def counted(client: Client, address: str) -> int:
    """Open a page and count its queries."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow(owner: Client, organisation: Organisation) -> None:
    addresses = {
        "/portfolios/HOME/benefits/": 24,
        "/projects/LATE/benefits/": 21,
        "/portfolios/HOME/objectives/": 25,
        "/benefits/": 18,
        of(organisation.benefit): 18,
    }
    fill(organisation.portfolio, organisation.late)
    fill(organisation.portfolio, organisation.late)
    organisation.roll_up()
    few = {address: counted(owner, address) for address in addresses}
    for _ in range(6):
        fill(organisation.portfolio, organisation.late)
    for number in range(6):
        make_plan(organisation.benefit, 1, FINISH + timedelta(days=number + 1))
        make_measurement(organisation.benefit, 1, recorded_by=make_user())
        make_link(organisation.benefit, make_project(organisation.program))
    organisation.roll_up()
    many = {address: counted(owner, address) for address in addresses}
    assert few == many == addresses
