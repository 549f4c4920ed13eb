"""What the demo's company consists of: the form of its content. Days count from the demo's date.

A project of which nothing else is said goes as planned. Where it does not, `pace`, `turn`, `cost`
and the like say how it really goes; all facts are made from that, and the colours from the facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from ppm.core.models import ChangeStatus, IssueSeverity, Outcome, Risk, State
from programs.models import BenefitCategory, BenefitSign, Direction, LinkMode, MeasureKind
from projects.models import Verdict


class Trade(Enum):
    """What kind of work a project is: it decides its breakdown and its worries."""

    SOFTWARE = auto()
    FIELD = auto()
    BUILDING = auto()
    PRODUCT = auto()
    CHANGE = auto()


@dataclass(frozen=True)
class PortfolioContent:
    """A portfolio. A root has `currency` and `time_zone`; `policy` holds fields of its policy."""

    code: str
    name: str
    description: str
    manager: str
    parent: str | None = None
    currency: str = ""
    time_zone: str = ""
    target_roi: str | None = None
    discount_rate: str | None = None
    governance_body: str = ""
    own_cost: int = 0
    policy: dict[str, Any] = field(default_factory=dict)
    objectives: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProgramContent:
    """A program; `own_cost` is what its office costs a month."""

    code: str
    parent: str
    name: str
    vision: str
    manager: str
    sponsor: str
    start: int
    finish: int
    own_cost: int = 0
    life: tuple[tuple[int, State], ...] = ()
    risks: tuple[RiskContent, ...] = ()
    reports: tuple[ReportContent, ...] = ()


@dataclass(frozen=True)
class RiskContent:
    """A risk; an opportunity has a negative impact."""

    title: str
    day: int
    probability: str
    impact: int
    likelihood: int
    severity: int
    response: Risk.Response = Risk.Response.MITIGATE


@dataclass(frozen=True)
class IssueContent:
    """An issue: how bad it is on which day, when it is due, and when it was solved."""

    title: str
    history: tuple[tuple[int, IssueSeverity], ...]
    due: int
    solved: int | None = None


@dataclass(frozen=True)
class ChangeContent:
    """A change: its effect on cost and days, and where it stood on which day."""

    title: str
    cost: int
    days: int
    history: tuple[tuple[int, ChangeStatus], ...]


@dataclass(frozen=True)
class RulingContent:
    """What somebody else said to an override."""

    day: int
    by: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class ReportContent:
    """A status report; with a reason it overrides the computed health for so many `days`.

    An override without a ruling waits for one.
    """

    day: int
    health: str
    narrative: str
    reason: str = ""
    days: int = 0
    ruling: RulingContent | None = None


@dataclass(frozen=True)
class DecisionContent:
    """What was decided about a change of state that somebody had asked for.

    An approved change follows from the life of the project; one that was rejected has a `day`.
    """

    after: State
    reason: str
    rationale: str
    rejected_on: int | None = None


@dataclass(frozen=True)
class RequestContent:
    """A change of state that somebody asks for on the demo's date, and that waits."""

    project: str
    after: State
    by: str
    reason: str


@dataclass(frozen=True)
class ProjectContent:
    """A project, its plan, and how it really goes.

    `pace` is planned time over real time from the day `turn` on, `cost` real over planned cost.
    `late` delays tasks by name. `exposure` is the part of the cost to come that is at risk.
    `life` are changes of state that do not follow from the dates. A manager who does
    not `replan` lets the plan stand as it was and estimates that all goes by it; one who does not
    `estimate` leaves the forecast to the trend. `trouble` is the worst colour it comes to.
    Without `parts` there are no tasks; one that is not `is_planned` has no dates and no budget.
    """

    code: str
    parent: str
    name: str
    trade: Trade
    start: int
    finish: int
    budget: int
    manager: str
    parts: tuple[str, ...]
    objectives: str
    pace: float = 1.0
    turn: int | None = None
    cost: float | None = None
    late: dict[str, int] = field(default_factory=dict)
    exposure: float = 0.02
    trouble: str = "green"
    replans: bool = True
    estimates: bool = True
    is_planned: bool = True
    life: tuple[tuple[int, State], ...] = ()
    risks: tuple[RiskContent, ...] = ()
    issues: tuple[IssueContent, ...] = ()
    changes: tuple[ChangeContent, ...] = ()
    reports: tuple[ReportContent, ...] = ()
    decisions: tuple[DecisionContent, ...] = ()
    lesson: tuple[str, str, str, str] | None = None
    verdict: Verdict = Verdict.MET
    evaluation: str = ""


@dataclass(frozen=True)
class LinkContent:
    """What a project contributes; without a weight nothing comes without it."""

    project: str
    weight: int | None = None
    confidence: str | None = None

    @property
    def mode(self) -> LinkMode:
        """Whether it is a share or a condition."""
        return LinkMode.ESSENTIAL if self.weight is None else LinkMode.ADDITIVE


@dataclass(frozen=True)
class BenefitContent:
    """A benefit: what it is to bring from the day `start` on, evenly over `years`.

    `measured` is what really came over what was planned. A level goes from `baseline` to `target`.
    """

    home: str
    name: str
    owner: str
    objective: str
    target: int
    start: int
    years: int
    links: tuple[LinkContent, ...]
    measured: float = 1.0
    category: BenefitCategory = BenefitCategory.CASHABLE
    kind: MeasureKind = MeasureKind.FLOW
    direction: Direction = Direction.HIGHER
    sign: BenefitSign = BenefitSign.BENEFIT
    unit: str = ""
    unit_value: Decimal = Decimal(1)
    baseline: int | None = None
    contribution: str = "0.5000"


@dataclass(frozen=True)
class LinkedTasks:
    """A dependency between two projects, by the names of their tasks; a soft one only informs."""

    first: tuple[str, str]
    then: tuple[str, str]
    is_hard: bool = True
