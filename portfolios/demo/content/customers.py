"""Customers and service: one contact that solves the question."""

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
    RulingContent,
    Trade,
)
from ppm.core.models import ChangeStatus, IssueSeverity, Outcome, State
from programs.models import BenefitCategory, Direction, MeasureKind

PROGRAMS = (
    ProgramContent(
        "SERVICE",
        "CUSTOMERS",
        "Customer service",
        "One contact solves the question.",
        "sofia.marek",
        "robert.lang",
        start=-730,
        finish=230,
        own_cost=5_500,
        reports=(
            ReportContent(
                -5,
                "amber",
                "Calls have fallen by two thirds of what was planned: customers find the answer "
                "and still ask. We measure why until the end of the month.",
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "CRM",
        "SERVICE",
        "Customer database",
        Trade.SOFTWARE,
        -715,
        -325,
        1_600_000,
        "ivana.kovac",
        ("customers", "contracts", "contacts"),
        "One record for each of 140,000 customers.",
        evaluation="In use by all 180 agents; 4,100 double records were merged before the launch.",
        lesson=(
            "Double records were found only in the second migration run.",
            "Names had been compared without first names.",
            "Three weeks of cleaning by hand.",
            "Try the matching on real data before the design is approved.",
        ),
    ),
    ProjectContent(
        "PORTAL",
        "SERVICE",
        "Customer portal",
        Trade.SOFTWARE,
        -265,
        60,
        1_900_000,
        "project.manager",
        ("moves", "bills", "payments"),
        "Moves, bills and payments without a call.",
        pace=0.9,
        turn=-150,
        cost=1.14,
        trouble="red",
        issues=(
            IssueContent(
                "Payments are booked twice in the test",
                ((-24, IssueSeverity.MAJOR), (-12, IssueSeverity.CRITICAL)),
                due=9,
            ),
        ),
        risks=(RiskContent("The old interface is switched off", -30, "0.2000", 40_000, 2, 4),),
        changes=(
            ChangeContent(
                "Single sign-on with the town's account",
                85_000,
                10,
                ((-75, ChangeStatus.SUBMITTED), (-54, ChangeStatus.APPROVED)),
            ),
        ),
        reports=(
            ReportContent(
                -45,
                "red",
                "Two developers have left, and those who replace them cost twice as much. The "
                "budget will not do.",
            ),
            ReportContent(
                -6,
                "amber",
                "The team is complete again since last month, and the launch has a new plan.",
                reason="The board has approved 270,000 more for the new team and for single "
                "sign-on. The budget follows with the next baseline; until then red misleads.",
                days=26,
                ruling=RulingContent(
                    -4,
                    "governance",
                    Outcome.APPROVED,
                    "The board saw the new contracts and the plan with names and dates. Amber "
                    "for four weeks, then the baseline has to be there.",
                ),
            ),
        ),
    ),
    ProjectContent(
        "MOVE",
        "SERVICE",
        "Moving house without a form",
        Trade.SOFTWARE,
        -135,
        95,
        340_000,
        "sandra.bauer",
        ("moving out", "moving in"),
        "A move in four minutes on the phone, without paper.",
    ),
    ProjectContent(
        "VOICE",
        "SERVICE",
        "Telephone system in the cloud",
        Trade.SOFTWARE,
        -290,
        -75,
        390_000,
        "paul.steiner",
        ("queues", "recording"),
        "Calls reach the agent who knows the answer, also at home.",
        lesson=(
            "The old numbers were still printed on 40,000 bills.",
            "Nobody had asked who else prints them.",
            "Calls into nothing for three days.",
            "Search all texts that leave the house before a number changes.",
        ),
        evaluation="Changed over in one night; the waiting time fell from 140 to 85 seconds.",
    ),
    ProjectContent(
        "CHAT",
        "SERVICE",
        "Chat assistant",
        Trade.SOFTWARE,
        52,
        225,
        260_000,
        "sandra.bauer",
        ("knowledge", "hand-over to agents"),
        "Answer the ten most frequent questions at night.",
    ),
    ProjectContent(
        "BILL",
        "SERVICE",
        "Bills that people understand",
        Trade.CHANGE,
        -195,
        75,
        430_000,
        "miriam.gruber",
        ("Billing", "Call center", "Legal"),
        "Halve the questions about bills.",
        trouble="amber",
        changes=(
            ChangeContent(
                "Bills in four languages",
                38_000,
                15,
                ((-88, ChangeStatus.SUBMITTED), (-70, ChangeStatus.APPROVED)),
            ),
            ChangeContent(
                "Consumption of the street for comparison",
                27_000,
                10,
                ((-33, ChangeStatus.DRAFT), (-19, ChangeStatus.SUBMITTED)),
            ),
        ),
        reports=(
            ReportContent(
                -7,
                "amber",
                "We are on time and in budget, but the bill grows: with the comparison of "
                "streets, changes come to a seventh of the budget. The board decides on it next.",
            ),
        ),
    ),
    ProjectContent(
        "SHOP",
        "CUSTOMERS",
        "Energy advice shop in the town hall",
        Trade.CHANGE,
        -30,
        200,
        180_000,
        "sandra.bauer",
        (),
        "Advice on heating and solar power where people come anyway.",
        life=((-140, State.PROPOSAL), (-82, State.REJECTED)),
        decisions=(
            DecisionContent(
                State.REJECTED,
                "The lease of the shop runs out; the town offers it to us first.",
                "Advice is asked for by telephone and at home. A shop reaches forty people a week "
                "and costs as much as two advisers who travel.",
            ),
        ),
    ),
)

TASK_LINKS = (
    LinkedTasks(("CRM", "Live and handed over"), ("PORTAL", "Interfaces: moves"), is_hard=False),
    LinkedTasks(("METER-DATA", "Interfaces: Portal feed"), ("PORTAL", "Integration test"), False),
    LinkedTasks(("PORTAL", "Configure moves"), ("MOVE", "Integration test"), False),
)

BENEFITS = (
    BenefitContent(
        "SERVICE",
        "Fewer calls",
        "robert.lang",
        "Easy to deal with",
        target=3_300_000,
        start=-170,
        years=5,
        links=(LinkContent("CRM", 1), LinkContent("VOICE", 1), LinkContent("MOVE", 1)),
        measured=0.68,
        contribution="0.4000",
    ),
    BenefitContent(
        "SERVICE",
        "Postage and print saved",
        "robert.lang",
        "Cheaper and simpler inside",
        target=2_100_000,
        start=110,
        years=5,
        links=(LinkContent("PORTAL", 1), LinkContent("BILL", 2), LinkContent("CRM", 1)),
        contribution="0.1000",
    ),
    BenefitContent(
        "SERVICE",
        "Bad debts avoided",
        "carla.rossi",
        "Easy to deal with",
        target=3_600_000,
        start=-120,
        years=6,
        links=(LinkContent("CRM", 1), LinkContent("METER-DATA", 1), LinkContent("BILL", 1)),
        measured=1.01,
        contribution="0.2000",
    ),
    BenefitContent(
        "SERVICE",
        "Complaints in a month",
        "robert.lang",
        "Easy to deal with",
        target=60,
        start=-280,
        years=2,
        links=(LinkContent("PORTAL", 1), LinkContent("BILL", 1)),
        measured=0.8,
        category=BenefitCategory.QUANTIFIED,
        kind=MeasureKind.LEVEL,
        direction=Direction.LOWER,
        unit="complaints",
        baseline=124,
        contribution="0.3000",
    ),
)
