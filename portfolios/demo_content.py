"""What the demo tells: a utility's portfolio of digital work. Days count from the demo's date."""

from __future__ import annotations

from dataclasses import dataclass

from ppm.core.models import ChangeStatus, CostKind, Expense, IssueSeverity, Risk, Role, State
from programs.models import BenefitCategory as Category
from programs.models import Direction, LinkMode, MeasureKind
from projects.models import EarningMethod

PEOPLE: dict[Role, tuple[str, str]] = {
    Role.PORTFOLIO_MANAGER: ("Petra", "Lindner"),
    Role.PROGRAM_MANAGER: ("Tomas", "Havel"),
    Role.PROJECT_MANAGER: ("Amina", "Yilmaz"),
    Role.RESOURCE_MANAGER: ("Jonas", "Brandt"),
    Role.CONTRIBUTOR: ("Lea", "Moser"),
    Role.FINANCE: ("Viktor", "Sandor"),
    Role.GOVERNANCE: ("Helene", "Auer"),
    Role.AUDITOR: ("Marc", "Dubois"),
    Role.VIEWER: ("Nina", "Petrov"),
}

PORTFOLIO = {
    "code": "DIGITAL",
    "name": "Digital utility",
    "description": "All digital work of the town's electricity and water supply.",
    "state": State.ACTIVE,
    "target_roi": "0.2500",
    "discount_rate": "0.040000",
    "governance_body": "Investment board",
}
ENVELOPE = 1_500_000
OBJECTIVES = {"Supply without interruption": "0.6000", "Easy to deal with": "0.4000"}


@dataclass(frozen=True)
class ProgramContent:
    """A program."""

    code: str
    name: str
    vision: str
    start: int
    finish: int


PROGRAMS = [
    ProgramContent("SMART", "Smart metering", "Every meter reads itself.", -300, 400),
    ProgramContent("SERVICE", "Customer service", "One contact solves the question.", -180, 300),
]


@dataclass(frozen=True)
class ProjectContent:
    """A project; without dates and budget nothing is known of it yet."""

    program: str
    code: str
    name: str
    state: State
    objectives: str
    start: int | None = None
    finish: int | None = None
    budget: int | None = None
    contingency: int | None = None


PROJECTS = [
    ProjectContent(
        "SMART",
        "METERS",
        "Meter roll-out",
        State.EXECUTING,
        "Replace 12,000 meters in two districts.",
        start=-200,
        finish=175,
        contingency=80_000,
    ),
    ProjectContent(
        "SMART",
        "LAB",
        "Type approval",
        State.CLOSED,
        "Have the new meter approved.",
        start=-290,
        finish=-150,
    ),
    ProjectContent(
        "SMART",
        "DATA",
        "Meter data platform",
        State.EXECUTING,
        "Store readings by the quarter hour.",
    ),
    ProjectContent(
        "SERVICE",
        "PORTAL",
        "Customer portal",
        State.EXECUTING,
        "Moves, bills and payments without a call.",
        start=-150,
        finish=60,
        contingency=30_000,
    ),
    ProjectContent(
        "SERVICE", "CRM", "Customer database", State.ON_HOLD, "Retire the old.", -170, 140, 400_000
    ),
    ProjectContent(
        "SERVICE",
        "CHAT",
        "Chat assistant",
        State.PROPOSAL,
        "Answer the ten most frequent questions at night.",
        start=45,
        finish=200,
        budget=150_000,
    ),
]


@dataclass(frozen=True)
class Work:
    """A task; `percents` are pairs of day and percent."""

    wbs: str
    name: str
    start: int
    finish: int
    budget: int | None = None
    method: EarningMethod | None = None
    percents: tuple[tuple[int, int], ...] = ()
    is_key: bool = False


PHYSICAL = EarningMethod.PHYSICAL_PERCENT
ALL = EarningMethod.ZERO_HUNDRED
HALF = EarningMethod.FIFTY_FIFTY

TASKS = {
    "METERS": [
        Work("1", "Preparation", -200, -120),
        Work("1.1", "Supply contracts", -200, -150, 60_000, ALL, ((-148, 100),)),
        Work("1.2", "Fitters' training", -160, -120, 40_000, HALF, ((-155, 10), (-119, 100))),
        Work("2", "Installation", -119, 160),
        Work(
            "2.1",
            "North district",
            -119,
            20,
            400_000,
            PHYSICAL,
            ((-90, 18), (-60, 40), (-30, 62), (-4, 83)),
        ),
        Work("2.2", "South district", 21, 160, 400_000, PHYSICAL),
        Work("3", "Commissioning", -60, 170, 120_000, EarningMethod.WEIGHTED_MILESTONES),
        Work("4", "Management", -200, 175, 100_000, EarningMethod.LEVEL_OF_EFFORT),
        Work("5", "North district reads itself", 20, 20, is_key=True),
    ],
    "LAB": [
        Work("1", "Test bench", -290, -220, 90_000, PHYSICAL, ((-250, 55), (-220, 100))),
        Work("2", "Approval", -219, -150, 60_000, ALL, ((-152, 100),)),
    ],
    "PORTAL": [
        Work("1", "Design", -150, -90, 80_000, PHYSICAL, ((-120, 50), (-85, 100))),
        Work("2", "Construction", -89, 30, 300_000, PHYSICAL, ((-60, 15), (-30, 30), (-5, 44))),
        Work("3", "Data migration", -20, 45, 90_000, PHYSICAL, ((-5, 5),)),
        Work("4", "Launch", 46, 60, 50_000, ALL),
        Work("5", "Open to all customers", 60, 60, is_key=True),
    ],
}

DEPENDENCIES = [
    (("LAB", "2"), ("METERS", "2.1"), True),
    (("METERS", "1.1"), ("METERS", "2.1"), True),
    (("METERS", "2.1"), ("METERS", "2.2"), True),
    (("PORTAL", "1"), ("PORTAL", "2"), True),
    (("PORTAL", "2"), ("PORTAL", "4"), True),
    (("PORTAL", "3"), ("PORTAL", "4"), True),
    (("METERS", "2.1"), ("PORTAL", "4"), False),
]


@dataclass(frozen=True)
class Step:
    """A weighted milestone, and the day on which it was accomplished."""

    name: str
    weight: int
    planned: int
    done: int | None = None


MILESTONES = {
    ("METERS", "3"): [
        Step("Head-end system accepted", 2, -50, done=-47),
        Step("First street read from afar", 3, -15, done=-12),
        Step("Handover to operations", 5, 170),
    ]
}


@dataclass(frozen=True)
class Cost:
    """A cost entry of a component."""

    code: str
    days: int
    amount: int
    category: str
    kind: CostKind = CostKind.ACTUAL
    expense: Expense = Expense.CAPEX


COSTS = [
    Cost("METERS", -145, 71_000, "Consulting"),
    Cost("METERS", -115, 52_000, "Training", expense=Expense.OPEX),
    Cost("METERS", -85, 96_000, "Devices"),
    Cost("METERS", -55, 118_000, "Devices"),
    Cost("METERS", -25, 121_000, "Fitting"),
    Cost("METERS", -3, 97_000, "Fitting"),
    Cost("METERS", -3, 260_000, "Devices", kind=CostKind.COMMITMENT),
    Cost("LAB", -250, 52_000, "Equipment"),
    Cost("LAB", -215, 43_000, "Equipment"),
    Cost("LAB", -150, 51_000, "Fees", expense=Expense.OPEX),
    Cost("PORTAL", -115, 46_000, "Design"),
    Cost("PORTAL", -80, 44_000, "Design"),
    Cost("PORTAL", -50, 74_000, "Development"),
    Cost("PORTAL", -20, 92_000, "Development"),
    Cost("PORTAL", -12, -8_000, "Development"),
    Cost("PORTAL", -4, 61_000, "Development"),
    Cost("CRM", -120, 38_000, "Licences", expense=Expense.OPEX),
    Cost("SMART", -30, 24_000, "Program office", expense=Expense.OPEX),
    Cost("SERVICE", -30, 11_000, "Program office", expense=Expense.OPEX),
]


@dataclass(frozen=True)
class Outlook:
    """A manager's estimate: money to complete and the day of the finish."""

    code: str
    days: int
    amount: int
    finish: int


ESTIMATES = [
    Outlook("METERS", -30, 665_000, 178),
    Outlook("METERS", -3, 572_000, 178),
    Outlook("PORTAL", -40, 340_000, 75),
    Outlook("PORTAL", -4, 318_000, 102),
    Outlook("CRM", -60, 380_000, 260),
]


@dataclass(frozen=True)
class RiskContent:
    """A risk with one assessment; an opportunity has a negative impact."""

    code: str
    title: str
    response: Risk.Response
    days: int
    probability: str
    impact: int
    likelihood: int
    severity: int


NONE, MITIGATE, ACCEPT = Risk.Response.NONE, Risk.Response.MITIGATE, Risk.Response.ACCEPT

RISKS = [
    RiskContent(
        "METERS", "Devices arrive late", Risk.Response.MITIGATE, -20, "0.3000", 60_000, 3, 3
    ),
    RiskContent(
        "METERS", "Rebate for the second lot", Risk.Response.NONE, -20, "0.5000", -25_000, 3, 2
    ),
    RiskContent(
        "PORTAL",
        "The old interface is switched off",
        Risk.Response.NONE,
        -9,
        "0.6000",
        90_000,
        4,
        4,
    ),
    RiskContent("SERVICE", "Key people leave", Risk.Response.ACCEPT, -45, "0.2000", 40_000, 2, 3),
]


@dataclass(frozen=True)
class IssueContent:
    """An issue: how bad it is on days, and whether it is open on the last of them."""

    code: str
    title: str
    history: tuple[tuple[int, IssueSeverity, bool], ...]
    due: int


ISSUES = [
    IssueContent(
        "PORTAL",
        "Payments are booked twice in the test",
        ((-10, IssueSeverity.MAJOR, True), (-4, IssueSeverity.CRITICAL, True)),
        due=10,
    ),
    IssueContent(
        "METERS",
        "Cellars without radio coverage",
        ((-70, IssueSeverity.MAJOR, True), (-22, IssueSeverity.MINOR, False)),
        due=-20,
    ),
]

CHANGE = "Single sign-on with the town's account"
CHANGE_OF = "PORTAL"
CHANGE_HISTORY = ((-35, ChangeStatus.SUBMITTED), (-21, ChangeStatus.APPROVED))
CHANGE_COST, CHANGE_DAYS = 45_000, 20


@dataclass(frozen=True)
class BenefitContent:
    """A benefit; `plan` and `measured` are pairs of day and value in its unit."""

    home: str
    name: str
    objective: str
    category: Category
    target: int
    target_day: int
    plan: tuple[tuple[int, int], ...]
    measured: tuple[tuple[int, int], ...]
    links: tuple[tuple[str, LinkMode, int | None], ...]
    measure_kind: MeasureKind = MeasureKind.FLOW
    direction: Direction = Direction.HIGHER
    unit: str = "EUR"
    baseline: int | None = None


BENEFITS = [
    BenefitContent(
        "SMART",
        "No more journeys to read meters",
        "Supply without interruption",
        Category.CASHABLE,
        target=3_200_000,
        target_day=1_500,
        plan=((-60, 40_000), (30, 90_000), (120, 160_000), (365, 710_000), (1_500, 2_200_000)),
        measured=((-60, 36_500),),
        links=(("METERS", LinkMode.ADDITIVE, 3), ("DATA", LinkMode.ADDITIVE, 1)),
    ),
    BenefitContent(
        "SERVICE",
        "Fewer calls",
        "Easy to deal with",
        Category.CASHABLE,
        target=1_100_000,
        target_day=1_200,
        plan=((150, 60_000), (365, 290_000), (1_200, 750_000)),
        measured=(),
        links=(("PORTAL", LinkMode.ESSENTIAL, None), ("CRM", LinkMode.ADDITIVE, 1)),
    ),
    BenefitContent(
        "SERVICE",
        "Complaints in a month",
        "Easy to deal with",
        Category.QUANTIFIED,
        target=60,
        target_day=365,
        plan=((-30, 110), (60, 90), (365, 60)),
        measured=((-90, 118), (-60, 116), (-30, 112)),
        links=(("PORTAL", LinkMode.ADDITIVE, 1),),
        measure_kind=MeasureKind.LEVEL,
        direction=Direction.LOWER,
        unit="complaints",
        baseline=120,
    ),
]

REPORTS = [
    ("METERS", -4, "green", "The north district is two weeks from its milestone."),
    ("SMART", -3, "green", "The roll-out carries the program; the data platform must start."),
]
OVERRIDE_OF = "PORTAL"
OVERRIDE_DAYS, OVERRIDE_UNTIL = -3, 20
OVERRIDE_NARRATIVE = "The team is complete again since last week, and the launch has a new plan."
OVERRIDE_REASON = "The board has approved the new launch date and 45,000 more; both are in hand."
CLOSED, CLOSED_ON = "LAB", -148
EVALUATION = "Approved at the first attempt and under its budget."
LESSON = (
    "The laboratory had only one test slot a quarter.",
    "Book external laboratories when the project is proposed.",
)
