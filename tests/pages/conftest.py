"""A small organisation whose figures the real roll-up computed, and people who look at it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from portfolios.models import Portfolio
from portfolios.rollup import roll_up_tree
from ppm.core.models import Role, State, User
from programs.models import Benefit, Program
from projects.models import Project
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_baseline,
    make_benefit,
    make_cost,
    make_estimate,
    make_issue,
    make_link,
    make_measurement,
    make_plan,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_risk,
    make_task,
    make_user,
)
from tests.keeping import Kept, keep

AS_OF = date(2026, 2, 13)
NOW = datetime(2026, 2, 13, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Organisation:
    """A portfolio with one program of a late and a fine project, and a project beside it.

    `owner` manages the portfolio, `member` sees the program only, `outsider` another portfolio.
    """

    portfolio: Portfolio
    program: Program
    late: Project
    fine: Project
    beside: Project
    benefit: Benefit
    owner: User
    member: User
    outsider: User

    def roll_up(self) -> None:
        """Compute what has changed."""
        # A worker of a test that commits may be at it.
        roll_up_tree(self.portfolio.pk, now=NOW, wait=True)


@pytest.fixture
def organisation(kept_organisation: Kept[Organisation], db: None) -> Organisation:
    """Return the organisation, rolled up."""
    return kept_organisation.copy()


def rolled_up_organisation() -> Organisation:
    """Store the organisation and compute its figures."""
    made = make_organisation()
    made.roll_up()
    return made


kept_organisation = keep(rolled_up_organisation)


def make_organisation() -> Organisation:
    """Store the organisation with its facts; the roll-up is still to come."""
    portfolio = make_portfolio(code="HOME", name="Digital services", status_date=AS_OF)
    program = make_program(portfolio, code="PAY", name="Payments")
    late = make_project(program, code="LATE", name="Replace the ledger")
    fine = make_project(program, code="FINE", name="New payment forms")
    beside = make_project(portfolio, code="BESIDE", name="Archive", state=State.PROPOSAL)
    author = make_user("ines", first_name="Ines", last_name="Moreau")
    first, second = make_task(late, name="Data model"), make_task(late, name="Migration")
    done = make_task(fine, name="Forms", budget=3000)
    for project in (late, fine):
        make_baseline(project)
    make_progress(first, 100, AS_OF, recorded_by=author)
    make_progress(second, 20, AS_OF, recorded_by=author)
    make_progress(done, 100, FINISH)
    make_cost(late, Decimal("1900.50"), AS_OF, task=second, recorded_by=author)
    make_cost(fine, 2900, FINISH)
    make_estimate(late, 900, AS_OF, forecast_finish=date(2026, 3, 31))
    make_risk(late, Decimal("0.4"), 1000, title="The vendor withdraws")
    make_issue(late, title="Test data are missing", due_date=START)
    benefit = make_benefit(program, 10_000, name="Fewer manual payments")
    make_link(benefit, late, 3)
    make_link(benefit, fine, 1)
    make_plan(benefit, 1000)
    make_measurement(benefit, 800)
    owner, member, outsider = make_user("owner"), make_user("member"), make_user("outsider")
    give_role(owner, portfolio, Role.PORTFOLIO_MANAGER)
    give_role(member, program, Role.VIEWER)
    give_role(outsider, make_portfolio(code="OTHER"), Role.PORTFOLIO_MANAGER)
    return Organisation(portfolio, program, late, fine, beside, benefit, owner, member, outsider)


@pytest.fixture
def owner(organisation: Organisation) -> Client:
    """Return the browser of the portfolio's manager."""
    return signed_in(organisation.owner)


@pytest.fixture
def member(organisation: Organisation) -> Client:
    """Return the browser of somebody who sees the program only."""
    return signed_in(organisation.member)


@pytest.fixture
def outsider(organisation: Organisation) -> Client:
    """Return the browser of somebody who sees another portfolio."""
    return signed_in(organisation.outsider)


def signed_in(user: User) -> Client:
    """Return a browser in which the user has signed in."""
    client = Client()
    client.force_login(user)
    return client
