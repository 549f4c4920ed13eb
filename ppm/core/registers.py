"""Risks, issues and changes as pages list them: as they were known on the day of each tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Expression,
    F,
    OrderBy,
    OuterRef,
    Q,
    Subquery,
    Sum,
    When,
    Window,
)
from django.db.models.functions import Abs, Round
from django.http import QueryDict
from django.urls import reverse
from django_filters.constants import EMPTY_VALUES

from ppm.core.amounts import withhold
from ppm.core.figures import known_of, root_of
from ppm.core.filters import ChangeFilter, IssueFilter, RiskFilter
from ppm.core.filters.register import RegisterFilter
from ppm.core.filters.standing import with_state_on
from ppm.core.models import AnyUser, Change, Component, Issue, Risk, State
from ppm.core.models.register import RegisterEntry
from ppm.core.outline import PAGE_SIZE
from ppm.core.reach import unscoped

COUNTED = (State.AUTHORIZED, State.EXECUTING, State.ON_HOLD, State.CLOSING, State.ACTIVE)
"""The states of work whose open risks count in figures."""
EXPOSURE = Round(F("probability") * F("impact"), precision=4)
COMMON = ("search", "owner", "is_open")
DERIVED = ("is_open", "is_overdue")
"""Filters by what an assessment comes to."""


@dataclass(frozen=True)
class Register:
    """A kind of entries. `own` names the filters that its pages offer beside those of all.

    `order` goes by what the newest assessments tell; `is_by_amount` where that is money.
    """

    slug: str
    model: type[RegisterEntry]
    filters: type[RegisterFilter]
    own: tuple[str, ...]
    order: OrderBy
    is_by_amount: bool = False

    def entries_of(self, user: AnyUser) -> Any:
        """Keep the entries that the user sees."""
        entries: Any = self.model._default_manager.all()
        return entries.visible_to(user)

    @property
    def asked(self) -> tuple[str, ...]:
        """The filters that its pages offer."""
        return (*COMMON, *self.own)

    @property
    def plural(self) -> str:
        """What several of them are called."""
        return str(self.model._meta.verbose_name_plural)

    @property
    def head(self) -> str:
        """The template that heads the columns of assessments."""
        return f"registers/{self.slug}_head.html"

    @property
    def cells(self) -> str:
        """The template of what an assessment says."""
        return f"registers/{self.slug}_cells.html"


RISKS = Register(
    "risk",
    Risk,
    RiskFilter,
    ("response", "severity__gte"),
    order=Abs(EXPOSURE).desc(nulls_last=True),
    is_by_amount=True,
)
ISSUES = Register(
    "issue",
    Issue,
    IssueFilter,
    ("severity", "is_overdue"),
    order=F("due_date").asc(nulls_last=True),
)
CHANGES = Register(
    "change",
    Change,
    ChangeFilter,
    ("status",),
    order=Abs("cost_effect").desc(nulls_last=True),
    is_by_amount=True,
)
REGISTERS = {register.slug: register for register in (RISKS, ISSUES, CHANGES)}


@dataclass(frozen=True)
class Line:
    """An entry and its newest assessment, None before the first."""

    entry: Any
    assessment: Any
    is_overdue: bool = False
    currency: str = ""

    @property
    def address(self) -> str:
        """The address of the entry."""
        return reverse(f"{self._name}-detail", args=[self.entry.pk])

    @property
    def assess(self) -> str:
        """Where it is assessed."""
        return reverse(f"{self._name}-assessment-add", args=[self.entry.pk])

    @property
    def change(self) -> str:
        """Where it is changed."""
        return reverse(f"{self._name}-change", args=[self.entry.pk])

    @property
    def _name(self) -> str:
        return str(self.entry._meta.model_name)


@dataclass(frozen=True)
class Course:
    """An entry as it stands, and all its assessments, the newest first."""

    line: Line
    assessments: list[Any]
    as_of: date
    currency: str


@dataclass(frozen=True)
class Exposure:
    """What open risks come to: of work whose risks count in figures, and of the rest."""

    currency: str
    counted: Decimal | None
    rest: Decimal | None


@dataclass(frozen=True)
class Listing:
    """The entries that the filters keep, `page` of them as lines.

    What nobody has assessed yet stands before the first page. `exposures` are of all entries whose
    amounts the reader sees, and of risks only.
    """

    register: Register
    filters: RegisterFilter
    page: Page[Any]
    lines: list[Line]
    exposures: list[Exposure]

    @property
    def shows_amounts(self) -> bool:
        """Whether the reader sees the amounts of all lines."""
        return all(getattr(line.assessment, "shows_amounts", True) for line in self.lines)

    @property
    def count(self) -> int:
        """How many assessed entries the filters keep, on whatever page."""
        return self.page.paginator.count


@unscoped("the assessments of entries that the reader sees")
def listing(
    register: Register,
    entries: Any,
    query: QueryDict,
    *,
    reader: Any,
    day: Expression,
    until: Expression | None = None,
    page: str | None = None,
    size: int = PAGE_SIZE,
) -> Listing:
    """List the entries as known on the day, open ones where the query does not say otherwise.

    `day` tells the day of each assessment, `until` the moment from which on nothing counts any
    more. `reader` has the user, as a request does.
    """
    filters = register.filters(narrowed(query), entries, request=reader)
    newest, never = found(filters, day, until, user=reader.user)
    shown = page_of(_as_lines(newest, register, day, entries.settled), page, size)
    first = never.select_related("owner", "component")[:size] if shown.number == 1 else ()
    has_sums = shown.object_list and register is RISKS
    return Listing(
        register=register,
        filters=filters,
        page=shown,
        lines=[
            *(Line(unassessed, None) for unassessed in first),
            *(line_of(row, getattr(row, register.slug)) for row in shown.object_list),
        ],
        exposures=exposures(newest.with_amounts_for(reader.user), filters.past_day)
        if has_sums
        else [],
    )


def _as_lines(newest: Any, register: Register, day: Expression, settled: Q) -> Any:
    """Read beside assessments what their lines tell, open ones first."""
    entry = register.slug
    rows = newest.select_related(f"{entry}__owner", f"{entry}__component").annotate(
        as_of=day,
        currency=_currency(f"{entry}__component__path__0"),
        is_closed=settled,
    )
    order: Any = register.order
    if register.is_by_amount and "shows_amounts" in rows.query.annotations:
        seen = Case(When(shows_amounts=True, then=order.expression))
        order = seen.desc(nulls_last=True)
    return rows.order_by("is_closed", order, "pk")


def page_of(rows: Any, number: str | None, size: int) -> Page[Any]:
    """Read a page. The first one, which is read most, brings the number of all rows along."""
    paginator: Paginator[Any] = Paginator(rows, size)
    if number not in (None, "", "1"):
        return paginator.get_page(number)
    first = list(rows.annotate(whole=Window(Count("pk")))[:size])
    paginator.count = first[0].whole if first else 0
    return Page(first, 1, paginator)


def narrowed(query: QueryDict) -> QueryDict:
    """Ask for what is open where the address does not say."""
    data = query.copy()
    data.setdefault("is_open", "true")
    return data


def found(
    filters: RegisterFilter, day: Expression, until: Expression | None = None, *, user: AnyUser
) -> tuple[Any, Any]:
    """Find the newest assessments that the filters keep, and the entries that have none.

    Entries are narrowed first, then what is newest of them: for a whole portfolio that takes one
    walk, where the filters themselves look for the newest of each entry.
    """
    entries: Any = filters.queryset if filters.is_valid() else filters.queryset.none()
    asked = {n: v for n, v in filters.form.cleaned_data.items() if v not in EMPTY_VALUES}
    conditions = _conditions(entries, day, asked)
    of_newest = [name for name in filters.of_newest() if name in asked]
    for name in asked.keys() - {*of_newest, *DERIVED}:
        entries = filters.filters[name].filter(entries, asked[name])
    newest = entries.newest_by(day, until=until).visible_to(user).filter(*conditions)
    for name in of_newest:
        newest = filters.filters[name].filter(newest, asked[name])
    # When an entry itself was written is not known: of the past only what was assessed is told.
    is_past = until is not None
    is_told = is_past or of_newest or asked.get("is_open") is False or asked.get("is_overdue")
    return newest, entries.none() if is_told else entries.filter(assessments=None)


def _conditions(entries: Any, day: Expression, asked: dict[str, Any]) -> Iterator[Q]:
    """Say what is asked of the newest assessments, but stands in no column of theirs."""
    if "is_open" in asked:
        yield ~entries.settled if asked["is_open"] else entries.settled
    if "is_overdue" in asked:
        late = Q(is_open=True, due_date__lt=day)
        yield late if asked["is_overdue"] else ~late


def line_of(assessment: Any, entry: Any) -> Line:
    """Put an entry beside what was said of it last."""
    due = getattr(assessment, "due_date", None)
    return Line(
        entry,
        assessment,
        is_overdue=bool(due and assessment.is_open and due < assessment.as_of),
        currency=assessment.currency,
    )


def exposures(newest: Any, past_day: date | None) -> list[Exposure]:
    """Add up by currency what the open ones of newest assessments come to."""
    state = "risk__component__state"
    if past_day is not None:
        newest, state = with_state_on(past_day, newest, state), "state_then"
    counts = Q(**{f"{state}__in": COUNTED})
    by_currency = newest.filter(is_open=True).values(
        currency=_currency("risk__component__path__0")
    )
    sums = by_currency.annotate(
        counted=Sum(EXPOSURE, filter=counts), rest=Sum(EXPOSURE, filter=~counts)
    )
    return [Exposure(**row) for row in sums.order_by("currency")]


def course_of(entry: Any, *, now: datetime, as_of: date | None = None) -> Course:
    """Read how an entry was assessed."""
    root = root_of(entry.component)
    known = known_of(entry.component, root, now=now, as_of=as_of)
    assessments = entry.assessments.select_related("recorded_by").order_by("-date", "-pk")
    told = list(assessments.filter(known.facts) if known.until else assessments)
    for assessment in told:
        if not entry.shows_amounts:
            withhold(assessment)
        assessment.as_of, assessment.currency = known.day, root.currency
    lines = (line_of(row, entry) for row in told if row.date <= known.day)
    return Course(next(lines, Line(entry, None)), told, known.day, root.currency)


def _currency(root: str) -> Subquery:
    """Read the currency of the tree whose root's id the lookup leads to."""
    return Subquery(Component.objects.filter(pk=OuterRef(root)).values("currency"))
