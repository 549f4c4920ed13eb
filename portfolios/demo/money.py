"""The money: what projects and offices book month by month, and what is ordered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from portfolios.demo.company import Trade
from portfolios.demo.content import PROGRAMS
from portfolios.demo.content.portfolios import PORTFOLIOS
from portfolios.demo.content.worries import CATEGORIES
from portfolios.demo.course import Job, Work
from portfolios.demo.days import DAY, month_end, month_ends, workday, workday_before
from portfolios.demo.dice import dice
from portfolios.demo.stage import Stage
from ppm.core.models import CostEntry, CostKind, Expense

BATCH = 2000
TO_THE = 10
"""Amounts are booked to the nearest ten."""
CAPITAL = (Trade.BUILDING, Trade.FIELD, Trade.PRODUCT)
ORDERED = 0.8
"""The part of what a contractor will invoice that is ordered when a phase begins."""
WRONG = 0.01
"""How often an invoice is booked twice, and reversed a week later."""
OTHERS = 0.15
"""The part of what is not invoiced that is no time of ours."""
HISTORY = -730
"""The day on which the books of the offices begin."""


def record_money(stage: Stage) -> None:
    """Record all costs and orders in the order of their days."""
    costs = [cost for code in stage.works for cost in _project_costs(code, stage)]
    costs += _office_costs(stage)
    CostEntry.objects.bulk_create(sorted(costs, key=lambda cost: cost.date), batch_size=BATCH)


class _Payee(Enum):
    """To whom money goes; the values stand in the order of the categories."""

    CONTRACTOR, OURSELVES, OTHERS = range(3)


@dataclass
class _Account:
    """What one phase of a project costs by one payee."""

    code: str
    wbs: str
    work: Work
    jobs: list[Job]
    payee: _Payee
    booked: int = 0

    def due(self, day: date) -> int:
        """Tell what is to be booked on a day, and take it as booked."""
        until = self.work.until(day)
        cost = sum(self._whole(job) * job.price * job.done(until) for job in self.jobs)
        amount = round(cost / TO_THE) * TO_THE - self.booked
        self.booked += amount
        return amount

    @property
    def order(self) -> int:
        """The amount of the contractors' order."""
        return round(sum(map(self._whole, self.jobs)) * ORDERED / 1000) * 1000

    @property
    def first(self) -> date:
        """The first day of the work."""
        return workday(min(job.real_start for job in self.jobs))

    @property
    def last(self) -> date:
        """The last day of the work, or that on which it was stopped."""
        return self.work.until(max(job.real_finish for job in self.jobs))

    @property
    def category(self) -> str:
        """The category under which it is booked."""
        return CATEGORIES[self.work.content.trade][self.payee.value]

    @property
    def expense(self) -> Expense:
        """Whether accounting takes it for an investment."""
        is_capital = self.payee == _Payee.CONTRACTOR and self.work.content.trade in CAPITAL
        return Expense.CAPEX if is_capital else Expense.OPEX

    def _whole(self, job: Job) -> float:
        own = 1 - job.contractor
        shares = {
            _Payee.CONTRACTOR: job.contractor,
            _Payee.OURSELVES: own * (1 - OTHERS),
            _Payee.OTHERS: own * OTHERS,
        }
        return (job.budget or 0) * shares[self.payee]


def _project_costs(code: str, stage: Stage) -> Iterator[CostEntry]:
    for account in _accounts(code, stage):
        bookings = list(_bookings(account, stage))
        account.work.booked += bookings
        for day, amount in bookings:
            yield _entry(account, stage, day, amount, f"{day:%B %Y}")
        if (
            account.payee == _Payee.CONTRACTOR
            and account.order
            and account.first <= stage.days.newest
        ):
            yield from _orders(account, bookings, stage)


def _accounts(code: str, stage: Stage) -> Iterator[_Account]:
    """Yield the accounts of each phase."""
    work = stage.works[code]
    phases: dict[str, list[Job]] = {}
    for job in work.work:
        phases.setdefault(job.parent or job.wbs, []).append(job)
    for wbs, jobs in phases.items():
        for payee in _Payee:
            yield _Account(code, wbs, work, jobs, payee)


def _bookings(account: _Account, stage: Stage) -> Iterator[tuple[date, int]]:
    """Yield day and amount; rarely an invoice is booked twice, and reversed a week later."""
    chance = dice(account.code, account.wbs, "books")
    newest = stage.days.newest
    for day in _booking_days(account, stage):
        amount = account.due(day)
        if amount:
            yield day, amount
            if chance.random() < WRONG and day + 7 * DAY <= newest:
                yield day, amount
                yield day + 7 * DAY, -amount


def _booking_days(account: _Account, stage: Stage) -> Iterator[date]:
    """Yield the days: every two weeks for our own time, else the middle and end of months."""
    last = min(account.last + 31 * DAY, stage.days.newest)
    if account.payee == _Payee.OURSELVES:
        yield from stage.days.weekly(account.first, last, every=2)
        return
    for end in month_ends(account.first, month_end(last)):
        for day in (workday(end.replace(day=15)), workday_before(end + DAY)):
            if account.first <= day <= last:
                yield day


def _orders(
    account: _Account, bookings: list[tuple[date, int]], stage: Stage
) -> Iterator[CostEntry]:
    """Order most of what contractors will do, take the invoices off, release what is left."""
    promise: dict[str, Any] = {"kind": CostKind.COMMITMENT}
    left = account.order
    yield _entry(account, stage, account.first, left, "Order", **promise)
    for day, amount in bookings:
        invoiced = min(left, max(0, amount))
        if invoiced:
            left -= invoiced
            yield _entry(account, stage, day, -invoiced, "Invoiced", **promise)
    released_on = workday(account.last + 31 * DAY)
    if left and released_on <= stage.days.newest:
        yield _entry(account, stage, released_on, -left, "Rest of the order released", **promise)


def _entry(
    account: _Account, stage: Stage, day: date, amount: int, description: str, **fields: Any
) -> CostEntry:
    component = stage.components[account.code]
    return CostEntry(
        component=component,
        task=stage.tasks[account.code, account.wbs],
        amount=amount,
        expense=account.expense,
        category=account.category,
        description="Booked twice: reversed" if amount < 0 and not fields else description,
        **fields,
        **stage.said(controller(component.path[0], stage), day),
    )


def controller(root_id: int, stage: Stage) -> str:
    """Name who keeps the books of a tree."""
    is_halden = root_id == stage.components["HALDEN"].pk
    return "brian.kelly" if is_halden else "anna.fuchs"


def _office_costs(stage: Stage) -> Iterator[CostEntry]:
    """Book each month what the offices of programs and portfolios cost."""
    for code, start, monthly in _offices():
        component, chance = stage.components[code], dice(code, "office")
        for end in month_ends(stage.days.day(start), stage.days.today):
            day = workday_before(end + DAY)
            if day <= stage.days.newest:
                yield CostEntry(
                    component=component,
                    amount=round(monthly * chance.uniform(0.9, 1.1) / 50) * 50,
                    category="Office",
                    description=f"{day:%B %Y}",
                    **stage.said(controller(component.path[0], stage), day),
                )


def _offices() -> Iterator[tuple[str, int, int]]:
    for program in PROGRAMS:
        yield program.code, max(HISTORY, program.start), program.own_cost
    for portfolio in PORTFOLIOS:
        if portfolio.own_cost:
            yield portfolio.code, HISTORY, portfolio.own_cost
