"""The pages of portfolios, programs and projects: why a colour, down to the facts."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.explanation import policy_of
from ppm.core.models import Component, Health, Known, Role, Snapshot, State
from ppm.core.outline import PAGE_SIZE
from programs.models import BenefitCategory, BenefitSign, LinkMode, MeasureKind, Program
from programs.outlook import outlooks
from projects.models import EarningMethod
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_accomplishment,
    make_baseline,
    make_benefit,
    make_change,
    make_cost,
    make_link,
    make_measurement,
    make_plan,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_report,
    make_risk,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page, Row

ADDRESSES = ["/portfolios/HOME/", "/programs/PAY/", "/projects/LATE/"]


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


@pytest.mark.parametrize("address", ["/portfolios/", *ADDRESSES])
def test_the_owner_opens_every_page(owner: Client, address: str) -> None:
    assert owner.get(address).status_code == 200


def test_a_member_sees_the_program_and_what_is_below(member: Client) -> None:
    statuses = [member.get(address).status_code for address in ADDRESSES]
    assert statuses == [404, 200, 200]
    page = opened(member, "/projects/LATE/")
    assert "Digital services" not in page.text
    assert page.links["Payments"] == "/programs/PAY/"


@pytest.mark.parametrize("address", ADDRESSES)
def test_outsiders_get_the_bytes_of_what_is_missing(outsider: Client, address: str) -> None:
    hidden = outsider.get(address)
    missing = outsider.get(address.replace("/HOME/", "/X/").replace("LATE", "X"))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


@pytest.mark.parametrize("address", ["/portfolios/", *ADDRESSES])
def test_anonymous_visitors_sign_in_first(db: None, client: Client, address: str) -> None:
    response = client.get(address)
    assert response["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize("address", ["/portfolios/PAY/", "/programs/LATE/", "/projects/HOME/"])
def test_a_page_is_for_one_kind(owner: Client, address: str) -> None:
    assert owner.get(address).status_code == 404


def test_portfolios_of_all_levels_are_listed(
    owner: Client, member: Client, organisation: Organisation
) -> None:
    make_portfolio(organisation.portfolio, "BELOW")
    assert len(opened(owner, "/portfolios/").names("Portfolios")) == 2
    assert "There is no such portfolio that you can see." in opened(member, "/portfolios/").text


def test_a_red_project_says_why_and_where_the_facts_are(owner: Client) -> None:
    page = opened(owner, "/projects/LATE/")
    lines = {row.cells[2]: row for row in page.rows("What the health is made of")}
    pace = next(line for text, line in lines.items() if "planned pace" in text)
    assert pace.cells[1] == "Off track"
    assert pace.cells[4] == "on track from 0.95, off track below 0.85"
    assert pace.cells[5].startswith("Finish the last 8.0 working days of the plan")
    assert pace.links == ["/projects/LATE/tasks/?sort=behind#tasks"]
    cost = next(line for text, line in lines.items() if "of the budget" in text)
    assert cost.cells[2].startswith("The forecast cost is 140 % of the budget.")
    assert cost.cells[5] == "Lower the forecast by EUR 701."
    assert "The forecast finish is late by" in " ".join(lines)
    assert f"{page.text}".index("Work is earned at") < page.text.index("Limits")


def test_remedies_make_the_measure_green(organisation: Organisation, owner: Client) -> None:
    snapshot = Snapshot.objects.get(component=organisation.late)
    assert snapshot.eac is not None
    assert snapshot.bac is not None
    assert (
        (snapshot.eac - 701) / snapshot.bac
        <= Decimal("1.05")
        < (snapshot.eac - 700) / snapshot.bac
    )


def test_tasks_add_up_to_the_snapshot(organisation: Organisation, owner: Client) -> None:
    late = organisation.late
    stepwise = make_task(
        late, budget=700, earning_method=EarningMethod.WEIGHTED_MILESTONES, name="Training"
    )
    first, last = make_weighted_milestone(stepwise, weight=2), make_weighted_milestone(stepwise)
    for method, percent in (
        (EarningMethod.ZERO_HUNDRED, 99),
        (EarningMethod.FIFTY_FIFTY, 1),
        (EarningMethod.LEVEL_OF_EFFORT, 0),
    ):
        task = make_task(late, budget=333, earning_method=method, finish_date=date(2026, 3, 3))
        make_progress(task, percent, AS_OF)
    make_baseline(late)
    make_accomplishment(first, AS_OF)
    make_accomplishment(last, AS_OF + timedelta(days=1))
    make_task(late, name="Added since")
    organisation.roll_up()
    snapshot = Snapshot.objects.get(component=late)
    page = opened(owner, "/projects/LATE/tasks/")
    [total] = page.rows("Tasks", "tfoot")
    assert total.values[2:5] == [[snapshot.bac], [snapshot.pv], [snapshot.ev]]
    for column in (2, 3, 4, 5):
        parts = [
            sum(row.values[column]) for row in page.rows("Tasks") if "since" not in row.cells[0]
        ]
        assert total.values[column] == [sum(parts)]
    assert "not in the baseline" in page.rows("Tasks")[-1].cells[3]


def test_tasks_furthest_behind_come_first_with_their_newest_report(owner: Client) -> None:
    rows = opened(owner, "/projects/LATE/tasks/?sort=behind").rows("Tasks")
    assert [row.cells[0].split(" ")[0] for row in rows] == ["Migration", "Data"]
    assert rows[0].cells[6:] == ["20 %", "13 Feb 2026 Ines Moreau"]


def test_costs_estimates_and_registers_are_shown(
    owner: Client, organisation: Organisation
) -> None:
    make_change(organisation.late, title="Add mobile sign-in", cost_effect=50)
    page = opened(owner, "/projects/LATE/money/")
    [cost] = page.rows("Costs")
    assert cost.cells[2:4] == ["1,900.50", "Operating"]
    assert cost.cells[5].endswith("Migration")
    assert cost.cells[6] == "Ines Moreau"
    assert page.rows("Estimates")[0].cells[1:3] == ["900.00", "31 Mar 2026"]
    page = opened(owner, "/projects/LATE/risks/")
    assert page.names("Risks") == ["The vendor withdraws"]
    assert page.names("Issues") == ["Test data are missing"]
    assert page.names("Changes") == ["Add mobile sign-in"]


def test_facts_after_the_status_date_are_not_shown(
    owner: Client, organisation: Organisation
) -> None:
    make_cost(organisation.late, 5, AS_OF + timedelta(days=1), description="from the future")
    make_risk(organisation.late, date=AS_OF + timedelta(days=1), title="Later risk")
    assert "from the future" not in opened(owner, "/projects/LATE/money/").text
    assert "Later risk" not in opened(owner, "/projects/LATE/risks/").text


def test_a_long_breakdown_comes_in_pages(owner: Client, organisation: Organisation) -> None:
    for _ in range(PAGE_SIZE):
        make_task(organisation.fine, budget=1)
    page = opened(owner, "/projects/FINE/tasks/")
    assert len(page.rows("Tasks")) == PAGE_SIZE
    assert len(opened(owner, f"/projects/FINE/tasks/{page.links['Next']}").rows("Tasks")) == 1


def test_an_override_shows_both_colours(owner: Client, organisation: Organisation) -> None:
    make_report(
        organisation.late,
        "green",
        AS_OF,
        narrative="The new vendor delivers next week.",
        override_reason="The vendor has been replaced and the new plan is agreed.",
        valid_until=AS_OF + timedelta(days=10),
        recorded_by=organisation.member,
        approved_by=organisation.owner,
    )
    organisation.roll_up()
    text = opened(owner, "/projects/LATE/").text
    assert "On track was set by member over the computed Off track until 23 Feb 2026" in text
    assert "approved by owner: “The vendor has been replaced" in text
    assert "The new vendor delivers next week." in text


def test_the_manager_is_heard_beside_the_computed_colour(
    owner: Client, organisation: Organisation
) -> None:
    make_report(organisation.late, "amber", START, narrative="Catching up.")
    text = opened(owner, "/projects/LATE/").text
    assert "What the manager says At risk 5 Jan 2026 Catching up." in text


def test_health_is_dated_from_the_start_of_its_run(
    owner: Client, organisation: Organisation
) -> None:
    for as_of, health in (("2026-01-10", "red"), ("2026-01-12", "amber"), ("2026-01-20", "red")):
        Snapshot.objects.create(component=organisation.late, as_of=as_of, health=health)
    assert "Off track since 20 Jan 2026" in opened(owner, "/projects/LATE/").text


def test_components_and_own_benefits_add_up_to_the_total(
    owner: Client, organisation: Organisation
) -> None:
    make_benefit(organisation.portfolio, 500)
    organisation.roll_up()
    for address in ("/portfolios/HOME/components/", "/programs/PAY/components/"):
        page = opened(owner, address)
        *own, total = page.rows("Components", "tfoot")
        for column in (3, 4):
            children = [sum(row.values[column]) for row in page.rows("Components")]
            assert total.values[column] == [sum(children)]
        rows = [*page.rows("Components"), *own]
        targets = [target for row in rows for target in row.values[5][-1:]]
        assert [sum(targets)] == total.values[5][-1:]


def test_what_drives_a_colour_is_named_only_to_those_who_may_see_it(
    owner: Client, organisation: Organisation
) -> None:
    assert opened(owner, "/programs/PAY/").links["Replace the ledger"] == "/projects/LATE/"
    foreign = make_project(make_portfolio(), name="Secret work")
    make_link(organisation.benefit, foreign)
    assert "Secret work" not in opened(owner, "/programs/PAY/").text
    page = opened(owner, "/programs/PAY/benefits/")
    assert "Secret work" not in page.text
    [row] = page.rows("Benefits")
    assert "a project that you may not see 20.0 % if lost: −1,000.00 (−16.9 %)" in row.cells[7]
    assert foreign.get_absolute_url() not in row.links


def benefit_row(client: Client, program: Program, name: str) -> Row:
    """Open a program's page and find a benefit there."""
    rows = opened(client, f"{program.get_absolute_url()}benefits/").rows("Benefits")
    return next(row for row in rows if row.cells[0].startswith(name))


def test_benefits_show_what_the_roll_up_counts(owner: Client, organisation: Organisation) -> None:
    program, late = organisation.program, organisation.late
    for sign in BenefitSign:
        for points in (0, 2, 4):
            benefit = make_benefit(program, 4000, sign=sign, unit_value=Decimal("1.5"))
            make_link(benefit, late, mode=LinkMode.ESSENTIAL)
            make_plan(benefit, 900, START)
            for day in range(points):
                make_measurement(benefit, 100 + day, START + timedelta(days=day))
    make_benefit(program, 10, category=BenefitCategory.NON_CASHABLE)
    organisation.roll_up()
    shown = outlooks(
        program, user=organisation.owner, known=Known(AS_OF), policy=policy_of(program)
    )
    stored = Snapshot.objects.get(component=program)
    cashable = [one for one in shown if one.benefit.category == BenefitCategory.CASHABLE]
    assert len(cashable) == len(shown) - 1 == 7
    assert sum(one.target or 0 for one in cashable) == stored.benefit_target
    assert sum(one.planned or 0 for one in cashable) == stored.benefit_planned
    assert sum(one.realised or 0 for one in cashable) == stored.benefit_realised
    assert sum(one.forecast or 0 for one in cashable) == stored.benefit_forecast


def test_a_dis_benefit_is_realised_as_far_as_it_came(
    owner: Client, organisation: Organisation
) -> None:
    burden = make_benefit(organisation.program, 400, name="Burden", sign=BenefitSign.DIS_BENEFIT)
    make_link(burden, organisation.late)
    make_measurement(burden, 100, AS_OF)
    row = benefit_row(owner, organisation.program, "Burden")
    assert row.cells[4] == "−100.00 25.0 %"
    # The project is off track, so half of the burden is expected. Without it, none is.
    assert row.cells[7].endswith("if lost: + 200.00 (+100.0 %), by plan + 400.00")


def test_a_flow_in_units_is_forecast_in_them(owner: Client, organisation: Organisation) -> None:
    hours = make_benefit(
        organisation.program,
        1000,
        name="Hours",
        category=BenefitCategory.QUANTIFIED,
        unit="hours",
    )
    make_link(hours, organisation.late)
    make_plan(hours, 100)
    make_measurement(hours, 60, START)
    make_measurement(hours, 20, START)
    make_measurement(hours, 30, AS_OF)
    row = benefit_row(owner, organisation.program, "Hours")
    # The project is off track: half is expected of the 900 to come, on top of 50.
    assert row.values[2:7] == [[1000], [100], [50], [500], [500]]
    assert row.cells[4] == "50.00 5.0 %"


def test_what_the_loss_of_a_project_would_cost(
    organisation: Organisation, owner: Client, data_dir: Path
) -> None:
    text = (data_dir.parent / "reference" / "vectors.json").read_text(encoding="utf-8")
    expected = next(v["expected"] for v in json.loads(text) if v["id"] == "BEN-09")
    benefit = make_benefit(organisation.program, 1000, name="BEN-09")
    for name, weight, confidence in (
        ("P1", "0.5", "0.9"),
        ("P2", "0.3", "0.6"),
        ("P3", "0.2", "1"),
        ("E", None, "0.8"),
    ):
        make_link(
            benefit,
            make_project(organisation.program, code=name),
            Decimal(weight) if weight else None,
            mode=LinkMode.ADDITIVE if weight else LinkMode.ESSENTIAL,
            delivery_confidence=Decimal(confidence),
        )
    [outlook] = [
        one
        for one in outlooks(
            organisation.program,
            user=organisation.owner,
            known=Known(AS_OF),
            policy=policy_of(organisation.program),
        )
        if one.benefit == benefit
    ]
    assert outlook.at_risk == expected["BaR"]
    losses = {c.project.code: c.loss for c in outlook.contributors if c.project and c.loss}
    for name in ("P2", "E"):
        assert losses[name].now == -expected[f"forecast_{name}"]
        assert losses[name].by_plan == -expected[f"planned_{name}"]
    text = benefit_row(owner, organisation.program, "BEN-09").cells[7]
    assert "30.0 % if lost: −144.00 (−21.7 %), by plan −300.00" in text
    assert "essential if lost: −664.00 (−100.0 %), by plan −1,000.00" in text


def test_a_project_of_a_tree_that_was_set_back_has_the_health_of_that_day(
    organisation: Organisation,
) -> None:
    elsewhere = make_portfolio(status_date=AS_OF)
    foreign = make_project(elsewhere)
    make_link(organisation.benefit, foreign)
    for days, health in ((20, Health.RED), (0, Health.GREEN)):
        Snapshot.objects.create(
            component=foreign,
            as_of=AS_OF - timedelta(days=days),
            health=health,
            computed_health=health,
            reasons={},
        )

    def told() -> Health:
        [benefit] = outlooks(
            organisation.program,
            user=organisation.owner,
            known=Known(AS_OF),
            policy=policy_of(organisation.program),
        )
        return next(c.health for c in benefit.contributors if c.project is None)

    assert told() == Health.GREEN
    trees = Component.objects.filter(pk=elsewhere.pk)
    trees.update(status_date=AS_OF - timedelta(days=10))
    assert told() == Health.RED
    trees.update(status_date=None)
    assert told() == Health.GREEN
    trees.update(status_date=AS_OF - timedelta(days=30))
    assert told() == Health.UNKNOWN


def test_a_milestone_before_its_time_is_called_early(
    owner: Client, organisation: Organisation
) -> None:
    early = make_project(organisation.program, code="EARLY")
    make_task(early)
    milestone = make_task(early, start_date=FINISH, duration_minutes=0, is_key=True)
    make_baseline(early)
    make_progress(milestone, 100, FINISH - timedelta(days=21))
    organisation.roll_up()
    page = opened(owner, "/projects/EARLY/tasks/")
    [row] = [row for row in page.rows("Tasks") if "key milestone" in row.cells[0]]
    assert row.cells[1] == "30 Jan 2026 as in the baseline, done 21 days early"
    overview = opened(owner, "/projects/EARLY/")
    assert "The latest key milestone is 21 days early." in overview.text


def test_work_that_was_given_up_is_not_called_done(
    organisation: Organisation, owner: Client
) -> None:
    for state in (State.TERMINATED, State.REJECTED):
        project = make_project(organisation.program, code=state, name=state, state=state)
        make_link(organisation.benefit, project)
    organisation.roll_up()
    page = opened(owner, "/programs/PAY/components/")
    benefits = opened(owner, "/programs/PAY/benefits/").rows("Benefits")
    for state in (State.TERMINATED, State.REJECTED):
        row = next(row for row in page.rows("Components") if row.cells[0].startswith(state))
        assert row.cells[1:3] == ["", state.label]
        assert f"{state.label} {state.value}" in benefits[0].cells[7]
        text = opened(owner, f"/projects/{state}/").text
        assert "Done" not in text
        assert "Why Work that was given up is not rated. Figures" in text
    assert "if lost: nothing now, by plan −1" in benefits[0].cells[7]


def test_a_level_shows_the_way_from_its_baseline(
    owner: Client, organisation: Organisation
) -> None:
    level = make_benefit(
        organisation.program,
        90,
        name="Satisfaction",
        category=BenefitCategory.QUANTIFIED,
        measure_kind=MeasureKind.LEVEL,
        unit="points",
        baseline_value=60,
    )
    make_measurement(level, 69, AS_OF)
    make_link(level, organisation.late)
    row = benefit_row(owner, organisation.program, "Satisfaction")
    assert "if lost" not in row.cells[7]
    assert row.cells[1] == "Quantified in points"
    assert row.cells[4] == "69.00 30.0 %"


def test_an_empty_program_says_so(organisation: Organisation, owner: Client) -> None:
    make_program(organisation.portfolio, "EMPTY")
    text = opened(owner, "/programs/EMPTY/").text
    assert "The figures are computed within a minute of the first change." in text
    components = opened(owner, "/programs/EMPTY/components/").text
    assert "Nothing stands below this program yet." in components
    organisation.roll_up()
    assert (
        "Nothing that is recorded here can be rated yet." in opened(owner, "/programs/EMPTY/").text
    )


# session, user, component, roots, snapshots, marks, failures, rights, policy, path and drivers,
# reports; a savepoint and its release
COMMON = 13
QUERIES = {
    "/portfolios/HOME/": COMMON,
    "/portfolios/HOME/components/": COMMON + 6,
    "/portfolios/HOME/benefits/": COMMON + 10,
    "/programs/PAY/": COMMON,
    "/programs/PAY/components/": COMMON + 6,
    "/projects/LATE/": COMMON + 6,
    "/projects/LATE/tasks/": COMMON + 4,
}


@pytest.mark.parametrize(("address", "queries"), QUERIES.items())
def test_the_number_of_queries_does_not_grow(
    organisation: Organisation,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    queries: int,
) -> None:
    for parent in (organisation.portfolio, organisation.program):
        fill(parent)
    for _ in range(3):
        make_progress(make_task(organisation.late), 5, AS_OF, recorded_by=make_user())
        make_cost(organisation.late, 1, AS_OF, recorded_by=make_user())
    make_baseline(organisation.late)
    organisation.roll_up()
    client = signed_in(organisation.owner)
    with django_assert_num_queries(queries):
        client.get(address)


def fill(parent: Component) -> None:
    """Put several of everything below and on a component."""
    for _ in range(3):
        project = make_project(parent)
        benefit = make_benefit(parent, owner=make_user())
        make_link(benefit, project)
        make_measurement(benefit)
        make_risk(parent)
        make_change(parent)


def test_the_list_of_portfolios_has_a_fixed_number_of_queries(
    organisation: Organisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        give_role(organisation.owner, make_portfolio(), Role.VIEWER)
    client = signed_in(organisation.owner)
    # session, user, rows, roots, snapshots, marks, failures; people and their roles, portfolios
    # to filter by; a savepoint, its release
    with django_assert_num_queries(12):
        client.get("/portfolios/")
