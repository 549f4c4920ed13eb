"""One ERP: late, dear, and seen to be so."""

from __future__ import annotations

from portfolios.demo.company import (
    BenefitContent,
    ChangeContent,
    DecisionContent,
    IssueContent,
    LinkContent,
    LinkedTasks,
    ProgramContent,
    ProjectContent,
    ReportContent,
    RiskContent,
    Trade,
)
from ppm.core.models import ChangeStatus, IssueSeverity, Risk, State
from programs.models import BenefitSign

PROGRAMS = (
    ProgramContent(
        "ERP",
        "BUSINESS",
        "One ERP",
        "One system for money, material and people instead of eleven.",
        "program.manager",
        "martin.seidl",
        start=-610,
        finish=260,
        own_cost=14_000,
        risks=(
            RiskContent(
                "The integrator's key people leave before the launch",
                -60,
                "0.3000",
                380_000,
                3,
                4,
                Risk.Response.MITIGATE,
            ),
        ),
        reports=(
            ReportContent(
                -40,
                "amber",
                "The core is late and dearer. We still aim at the launch at the end of the year.",
            ),
            ReportContent(
                -8,
                "red",
                "The launch at the end of the year cannot be held. We propose two steps: finance "
                "first, purchasing and stock five months later, and ask the board for a decision.",
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "ERP-CORE",
        "ERP",
        "ERP core: finance and purchasing",
        Trade.SOFTWARE,
        -545,
        70,
        5_600_000,
        "project.manager",
        ("general ledger", "purchasing", "stock", "controlling"),
        "Replace the accounts of 1998 and nine systems around it.",
        pace=0.62,
        turn=-330,
        cost=1.27,
        exposure=0.035,
        trouble="red",
        risks=(
            RiskContent("Year-end closing falls into the launch", -50, "0.4000", 90_000, 4, 3),
        ),
        issues=(
            IssueContent(
                "Prices of framework contracts do not fit the new purchasing",
                ((-150, IssueSeverity.MAJOR), (-95, IssueSeverity.CRITICAL)),
                due=-34,
            ),
            IssueContent(
                "Stock in the test system differs from the count by 310,000",
                ((-41, IssueSeverity.MAJOR),),
                due=-13,
            ),
        ),
        changes=(
            ChangeContent(
                "Approval of orders on the phone",
                145_000,
                20,
                ((-260, ChangeStatus.SUBMITTED), (-236, ChangeStatus.APPROVED)),
            ),
            ChangeContent(
                "Second depot for the eastern region",
                210_000,
                30,
                ((-120, ChangeStatus.SUBMITTED), (-99, ChangeStatus.APPROVED)),
            ),
        ),
        reports=(
            ReportContent(
                -285,
                "green",
                "The workshops took longer than planned; we catch up in construction.",
            ),
            ReportContent(
                -200,
                "amber",
                "Purchasing is nine weeks behind. Two consultants more from next month.",
            ),
            ReportContent(
                -70,
                "red",
                "Purchasing and stock are not ready for test, and each month costs us 240,000. "
                "The launch moves into next year.",
            ),
            ReportContent(
                -7,
                "red",
                "Framework contracts remain unsolved. Eight months late and 1.5 million over the "
                "budget at the present pace. We ask the board to split the launch.",
            ),
        ),
    ),
    ProjectContent(
        "ERP-DATA",
        "ERP",
        "ERP data migration",
        Trade.SOFTWARE,
        -335,
        55,
        1_300_000,
        "ivana.kovac",
        ("suppliers", "materials", "open items"),
        "Bring 41,000 suppliers and 260,000 materials over, each once.",
        pace=0.6,
        turn=-190,
        cost=1.06,
        trouble="red",
        reports=(
            ReportContent(
                -9,
                "red",
                "Migration of materials waits for the numbering that stock has not decided. "
                "Nobody in the team can shorten that.",
            ),
        ),
    ),
    ProjectContent(
        "ERP-ASSET",
        "ERP",
        "ERP assets and work orders",
        Trade.SOFTWARE,
        -255,
        180,
        2_200_000,
        "miriam.gruber",
        ("asset register", "work orders", "maintenance plans"),
        "One register of 180,000 assets, and work orders that know them.",
        pace=0.86,
        turn=-150,
        trouble="amber",
    ),
    ProjectContent(
        "ERP-PEOPLE",
        "ERP",
        "Training and change for the ERP",
        Trade.CHANGE,
        -205,
        130,
        540_000,
        "sandra.bauer",
        ("Finance", "Purchasing", "Depots", "Technicians"),
        "Nine hundred people can do their work on the first morning.",
    ),
    ProjectContent(
        "ERP-PAY",
        "ERP",
        "Payroll in the new ERP",
        Trade.SOFTWARE,
        -175,
        150,
        760_000,
        "miriam.gruber",
        ("salaries", "shift allowances", "pensions"),
        "Pay from the system in which hours are booked.",
        pace=0.9,
        turn=-110,
        trouble="amber",
        life=((-38, State.ON_HOLD),),
        decisions=(
            DecisionContent(
                State.ON_HOLD,
                "Purchasing needs our four consultants until it is ready for test.",
                "One late project is enough. Payroll rests until the core is in test; the old "
                "contract is extended for a year. We look at it again in ninety days.",
            ),
        ),
        reports=(
            ReportContent(
                -39,
                "amber",
                "Payroll needs the consultants who are now in purchasing. The board has put us on "
                "hold until the core is in test; the old contract is extended for a year.",
            ),
        ),
    ),
    ProjectContent(
        "ERP-OFF",
        "ERP",
        "Switch-off of the old systems",
        Trade.CHANGE,
        27,
        230,
        310_000,
        "ivana.kovac",
        ("Accounting", "Depots", "Archive"),
        "End eleven systems and 380,000 of licenses a year.",
    ),
)

TASK_LINKS = (
    LinkedTasks(("ERP-CORE", "Configure stock"), ("ERP-DATA", "Second migration run")),
    LinkedTasks(("ERP-DATA", "Data is accepted"), ("ERP-CORE", "Rehearsal of the launch")),
    LinkedTasks(("ERP-CORE", "Ready for test"), ("ERP-ASSET", "Integration test")),
    LinkedTasks(("ERP-CORE", "Design is approved"), ("ERP-PEOPLE", "Handbook: Finance"), False),
    LinkedTasks(("ERP-CORE", "Ready for test"), ("ERP-PAY", "Integration test")),
    LinkedTasks(("ERP-CORE", "Live and handed over"), ("ERP-OFF", "Introduction: Accounting")),
)

BENEFITS = (
    BenefitContent(
        "ERP",
        "Cheaper purchasing",
        "carla.rossi",
        "Cheaper and simpler inside",
        target=10_500_000,
        start=150,
        years=6,
        links=(
            LinkContent("ERP-CORE"),
            LinkContent("ERP-PEOPLE", 1),
            LinkContent("ERP-DATA", 1),
        ),
        contribution="0.4000",
    ),
    BenefitContent(
        "ERP",
        "Licenses of old systems saved",
        "carla.rossi",
        "Cheaper and simpler inside",
        target=4_000_000,
        start=240,
        years=9,
        links=(LinkContent("ERP-OFF", 2), LinkContent("ERP-CORE", 1), LinkContent("ERP-PAY", 1)),
        contribution="0.2000",
    ),
    BenefitContent(
        "ERP",
        "Technicians' hours saved",
        "ingrid.haas",
        "Cheaper and simpler inside",
        target=8_800_000,
        start=200,
        years=6,
        links=(LinkContent("ERP-ASSET", 3), LinkContent("ERP-PEOPLE", 1)),
        contribution="0.3000",
    ),
    BenefitContent(
        "ERP",
        "Fees of the new ERP",
        "carla.rossi",
        "Cheaper and simpler inside",
        target=1_200_000,
        start=100,
        years=6,
        links=(LinkContent("ERP-CORE", 1),),
        sign=BenefitSign.DIS_BENEFIT,
        contribution="0.0500",
    ),
)
