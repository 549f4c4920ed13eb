"""What is foretold of a change is what the change then does, to the last decimal."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portfolios.deciding import Actor, RefusedError, answer, ask, decide, foretell, told
from portfolios.rehearsal import rehearse
from portfolios.rollup import audit, drain
from ppm.core.explanation import policy_of
from ppm.core.figures import figures_of
from ppm.core.models import (
    Component,
    CostEntry,
    Decision,
    DirtyMark,
    Health,
    Known,
    Outcome,
    Role,
    Snapshot,
    State,
    StateRequest,
    User,
)
from programs.models import LinkMode
from programs.outlook import outlooks
from tests.factories import (
    give_role,
    make_baseline,
    make_benefit,
    make_contribution,
    make_cost,
    make_dependency,
    make_estimate,
    make_link,
    make_objective,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_request,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 20)
NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
WHY = "The vendor has gone bankrupt and nobody else offers it."


class Company:
    """Two trees: a program with an essential and an additive project, and a benefit elsewhere."""

    def __init__(self) -> None:
        """Store and compute it."""
        self.root = make_portfolio(status_date=TODAY)
        self.portfolio = make_portfolio(self.root)
        self.program = make_program(self.portfolio)
        self.other_program = make_program(self.portfolio)
        self.enabler, self.shop = make_project(self.program), make_project(self.program)
        self.elsewhere = make_portfolio(status_date=TODAY)
        for number, project in enumerate((self.enabler, self.shop)):
            task = make_task(project, budget=1000 + number)
            make_baseline(project)
            make_progress(task, 30 + number, TODAY)
            make_cost(project, 400 + number, TODAY)
            make_estimate(project, 800, TODAY)
        self.benefit = make_benefit(self.program, 9000)
        make_link(self.benefit, self.enabler, mode=LinkMode.ESSENTIAL)
        make_link(self.benefit, self.shop, 2)
        self.foreign = make_benefit(self.elsewhere, 5000)
        make_link(self.foreign, self.enabler, 1)
        self.objective = make_objective(self.root)
        make_contribution(self.objective, self.benefit)
        self.waiting = make_task(make_project(self.portfolio), name="Open the shop")
        make_dependency(self.enabler.tasks.get(), self.waiting)
        self.manager = make_user()
        for tree in (self.root, self.elsewhere):
            give_role(self.manager, tree, Role.PORTFOLIO_MANAGER)
        drain(now=NOW)

    @property
    def by(self) -> Actor:
        """The manager, now."""
        return Actor(self.manager, NOW)


@pytest.fixture
def company(db: None) -> Company:
    """Return the company."""
    return Company()


def stored(components: list[Component]) -> dict[int, dict[str, Any]]:
    """Read the figures of components as they are stored."""
    figures = figures_of(components, user=User(is_superuser=True), now=NOW)
    return {pk: columns(f.snapshot) for pk, f in figures.items()}


def columns(snapshot: Snapshot | None) -> dict[str, Any]:
    """Write a snapshot as a dictionary, without when and under which id it was stored."""
    assert snapshot is not None
    names = [field.attname for field in Snapshot._meta.concrete_fields]
    values = {name: getattr(snapshot, name) for name in names if name not in ("id", "computed_at")}
    return {**values, "roi": snapshot.roi, "forward_roi": snapshot.forward_roi}


def terminate(company: Company) -> Callable[[], object]:
    return lambda: decide(
        company.enabler,
        State.TERMINATED,
        by=company.by,
        rationale=WHY,
        termination_cost=Decimal(70),
    )


def hold(company: Company) -> Callable[[], object]:
    return lambda: decide(company.enabler, State.ON_HOLD, by=company.by, rationale=WHY)


def move_out(company: Company) -> Callable[[], object]:
    enabler = Component.objects.get(pk=company.enabler.pk)
    return lambda: enabler.move_to(company.other_program)


@pytest.mark.parametrize(
    ("act", "after"),
    [(terminate, State.TERMINATED), (hold, State.ON_HOLD), (move_out, None)],
)
def test_what_is_foretold_comes_true(
    act: Callable[[Company], Callable[[], object]], after: State | None, company: Company
) -> None:
    cost = Decimal(70) if after == State.TERMINATED else Decimal(0)
    foretold = (
        foretell(company.enabler, after, by=company.by, termination_cost=cost)
        if after
        else rehearse(
            company.enabler,
            lambda: Component.objects.get(pk=company.enabler.pk).move_to(company.other_program),
            user=company.manager,
            now=NOW,
            target=company.other_program,
        )
    )
    watched = [effect.component for effect in foretold.effects]
    before = stored(watched)
    assert {e.component.pk: columns(e.before.snapshot) for e in foretold.effects} == before
    act(company)()
    drain(now=NOW)
    really = stored(list(Component.objects.filter(pk__in=before)))
    assert {e.component.pk: columns(e.after.snapshot) for e in foretold.effects} == really
    assert really != before
    for effect in foretold.benefits:
        home = effect.after.benefit.component
        now_there = outlooks(
            home, user=company.manager, known=Known(TODAY), policy=policy_of(home)
        )
        assert effect.after in now_there
    assert audit(now=NOW)[1] == []


def test_a_rehearsal_leaves_nothing_behind(company: Company) -> None:
    tables = (Snapshot, DirtyMark, Decision, CostEntry)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    foretell(company.enabler, State.TERMINATED, by=company.by, termination_cost=Decimal(9))
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    assert Component.objects.get(pk=company.enabler.pk).state == State.EXECUTING
    assert company.enabler.state == State.EXECUTING


def test_the_consequence_names_all_that_rests_on_the_work(company: Company) -> None:
    consequence = foretell(company.enabler, State.TERMINATED, by=company.by)
    named = {effect.component.pk for effect in consequence.effects}
    assert consequence.effects[0].component.pk == company.enabler.pk
    assert named == {
        c.pk
        for c in (
            company.enabler,
            company.program,
            company.portfolio,
            company.root,
            company.elsewhere,
        )
    }
    own, foreign = (
        next(e for e in consequence.benefits if e.before.benefit == benefit)
        for benefit in (company.benefit, company.foreign)
    )
    assert own.is_broken
    assert own.after.forecast == 0
    assert not foreign.is_broken
    [objective] = consequence.objectives
    assert objective.after.rate == 0
    assert objective.before.rate is not None
    assert objective.before.rate > 0
    assert [orphan.successor for orphan in consequence.orphans] == [company.waiting]
    assert consequence.avoided == 800
    assert consequence.lost is not None
    assert consequence.balance == consequence.avoided - consequence.lost


def test_benefits_in_another_currency_are_not_added_up(company: Company) -> None:
    dollars = make_portfolio(currency="USD", status_date=TODAY)
    make_link(make_benefit(dollars, 100), company.enabler, 1)
    give_role(company.manager, dollars, Role.PORTFOLIO_MANAGER)
    consequence = foretell(company.enabler, State.TERMINATED, by=company.by)
    assert (consequence.lost, consequence.balance) == (None, None)


def test_who_sees_the_program_only_learns_how_much_is_hidden(company: Company) -> None:
    member = make_user()
    give_role(member, company.program, Role.VIEWER)
    consequence = foretell(company.enabler, State.TERMINATED, by=Actor(member, NOW))
    assert [e.component.pk for e in consequence.effects] == [
        company.enabler.pk,
        company.program.pk,
    ]
    assert [e.before.benefit for e in consequence.benefits] == [company.benefit]
    assert consequence.hidden == 1
    assert consequence.orphans == []
    assert consequence.objectives == []
    named = {entry["component"] for entry in told(consequence)["figures"]}
    assert named == {company.enabler.pk, company.program.pk}
    assert (consequence.lost, consequence.balance) == (None, None)


def test_waiting_changes_are_computed_first(company: Company) -> None:
    make_cost(company.shop, 5000, TODAY)
    consequence = foretell(company.enabler, State.TERMINATED, by=company.by)
    drain(now=NOW)
    before = stored([company.program])[company.program.pk]
    [effect] = [e for e in consequence.effects if e.component.pk == company.program.pk]
    assert columns(effect.before.snapshot) == before


def test_what_cannot_be_computed_is_not_foretold(company: Company) -> None:
    for _ in range(2):
        make_cost(company.enabler, Decimal("999999999999999.9999"), TODAY)
    with pytest.raises(RefusedError, match="cannot be computed"):
        foretell(company.enabler, State.ON_HOLD, by=company.by)
    with pytest.raises(RefusedError, match="cannot be computed"):
        decide(company.enabler, State.ON_HOLD, by=company.by, rationale=WHY)
    assert not Decision.objects.exists()


def test_a_decision_keeps_what_was_foretold(company: Company) -> None:
    foretold = told(foretell(company.enabler, State.ON_HOLD, by=company.by))
    decision = decide(company.enabler, State.ON_HOLD, by=company.by, rationale=WHY)
    assert decision.consequence == foretold
    assert (decision.before, decision.after) == (State.EXECUTING, State.ON_HOLD)
    assert decision.recorded_by == company.manager
    assert decision.date == TODAY
    assert decision.snapshot is not None
    assert decision.snapshot.health != Health.ON_HOLD
    assert company.enabler.state == State.ON_HOLD


def test_the_cost_of_a_termination_is_booked(company: Company) -> None:
    decide(
        company.enabler,
        State.TERMINATED,
        by=company.by,
        rationale=WHY,
        termination_cost=Decimal(70),
    )
    entry = CostEntry.objects.get(category="Termination")
    assert (entry.component_id, entry.amount, entry.date) == (company.enabler.pk, 70, TODAY)


def test_a_request_waits_until_somebody_else_answers(company: Company) -> None:
    project_manager = make_user()
    give_role(project_manager, company.enabler, Role.PROJECT_MANAGER)
    his = Actor(project_manager, NOW)
    with pytest.raises(RefusedError, match="ask for this, but not decide"):
        decide(company.enabler, State.TERMINATED, by=his, rationale=WHY)
    request = ask(company.enabler, State.TERMINATED, by=his, reason=WHY)
    assert list(StateRequest.objects.waiting()) == [request]
    with pytest.raises(RefusedError, match="asked for this already"):
        ask(company.enabler, State.TERMINATED, by=his, reason=WHY)
    with pytest.raises(RefusedError, match="Somebody else"):
        answer(request, Outcome.APPROVED, by=his, rationale=WHY)
    decision = answer(request, Outcome.APPROVED, by=company.by, rationale=WHY)
    assert decision.state_request == request
    assert Component.objects.get(pk=company.enabler.pk).state == State.TERMINATED
    assert not StateRequest.objects.waiting().exists()
    with pytest.raises(RefusedError, match="no decision any more"):
        answer(request, Outcome.REJECTED, by=company.by, rationale=WHY)


def test_a_rejected_request_changes_nothing(company: Company) -> None:
    request = make_request(company.enabler, State.TERMINATED)
    decision = answer(request, Outcome.REJECTED, by=company.by, rationale=WHY)
    assert decision.outcome == Outcome.REJECTED
    assert Component.objects.get(pk=company.enabler.pk).state == State.EXECUTING
    assert not StateRequest.objects.waiting().exists()


def test_a_request_of_work_that_has_changed_meanwhile_waits_no_longer(company: Company) -> None:
    make_request(company.enabler, State.TERMINATED)
    decide(company.enabler, State.ON_HOLD, by=company.by, rationale=WHY)
    assert not StateRequest.objects.waiting().exists()


@pytest.mark.parametrize("after", [State.CLOSED, State.IDEA, State.EXECUTING, State.ARCHIVED])
def test_a_state_that_cannot_follow_is_refused(after: State, company: Company) -> None:
    with pytest.raises(RefusedError, match="cannot become"):
        decide(company.enabler, after, by=company.by, rationale=WHY)


def test_a_decision_on_what_changed_meanwhile_is_refused(company: Company) -> None:
    seen = company.enabler
    decide(Component.objects.get(pk=seen.pk), State.ON_HOLD, by=company.by, rationale=WHY)
    with pytest.raises(RefusedError, match="In the meantime it is on hold"):
        decide(seen, State.TERMINATED, by=company.by, rationale=WHY)


def test_somebody_without_any_role_decides_nothing(company: Company) -> None:
    stranger: User = make_user()
    with pytest.raises(RefusedError):
        decide(company.enabler, State.ON_HOLD, by=Actor(stranger, NOW), rationale=WHY)
