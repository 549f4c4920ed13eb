"""Heat for the old town, from the river and not from below."""

from __future__ import annotations

from portfolios.demo.company import (
    BenefitContent,
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
from ppm.core.models import IssueSeverity, Risk, State
from programs.models import BenefitCategory, MeasureKind

PROGRAMS = (
    ProgramContent(
        "HEAT",
        "SUPPLY",
        "Heat for the old town",
        "The old town heats with the river, and no longer with gas.",
        "stefan.novak",
        "elisabeth.wagner",
        start=-400,
        finish=400,
        own_cost=7_500,
        risks=(
            RiskContent(
                "The subsidy for heat networks is cut in the next budget",
                -75,
                "0.2000",
                450_000,
                2,
                4,
                Risk.Response.ESCALATE,
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "HEAT-PIPE",
        "HEAT",
        "Trunk pipe to the old town",
        Trade.BUILDING,
        -365,
        165,
        5_200_000,
        "georg.pichler",
        ("Quay section", "Bridge section", "Market section"),
        "3.1 kilometers of pipe from the river to the market square.",
    ),
    ProjectContent(
        "HEAT-PUMP",
        "HEAT",
        "River heat pump",
        Trade.BUILDING,
        -205,
        265,
        3_900_000,
        "georg.pichler",
        ("Intake", "Heat pump hall", "Transformer"),
        "12 MW of heat out of the Aue.",
    ),
    ProjectContent(
        "HEAT-HOUSE",
        "HEAT",
        "House connections, first 300",
        Trade.FIELD,
        -115,
        245,
        2_100_000,
        "bernd.hofer",
        ("Market square", "Tailors' lane", "Castle hill", "Quay"),
        "Connect 300 houses while the streets are open.",
    ),
    ProjectContent(
        "HEAT-TARIFF",
        "HEAT",
        "Heat tariff and contracts",
        Trade.CHANGE,
        -310,
        -95,
        160_000,
        "sandra.bauer",
        ("Sales", "Legal"),
        "A tariff that the regulator accepts and owners sign.",
        lesson=(
            "Owners signed once they saw a neighbor's bill.",
            "The first letters spoke of carbon only.",
            "Two months with nine contracts.",
            "Show a bill of somebody known before any brochure.",
        ),
        evaluation="Approved by the regulator; 212 contracts signed before construction.",
    ),
    ProjectContent(
        "HEAT-GEO",
        "HEAT",
        "Geothermal exploration",
        Trade.BUILDING,
        -340,
        60,
        1_400_000,
        "luka.horvat",
        ("Seismic survey", "Well head"),
        "Find out whether 2,400 meters below the city there is water of 95 degrees.",
        pace=0.8,
        turn=-220,
        cost=1.1,
        trouble="red",
        life=((-96, State.TERMINATED),),
        decisions=(
            DecisionContent(
                State.TERMINATED,
                "The bore is dry. A second one costs 1.1 million and has one chance in four.",
                "We do not pay for hope: what is spent is spent, and the river gives the same "
                "heat at a known price. The site is restored from the contingency.",
            ),
        ),
        issues=(
            IssueContent(
                "The first bore is dry",
                ((-128, IssueSeverity.CRITICAL),),
                due=-100,
                solved=-95,
            ),
        ),
        reports=(
            ReportContent(
                -118,
                "red",
                "The bore reached its depth and is dry. A second one would cost 1.1 million, with "
                "one chance in four. We recommend to stop.",
            ),
        ),
        lesson=(
            "A dry bore ended the project after half of its budget.",
            "The seismic survey had two lines instead of the four that were offered.",
            "What was spent is lost, though less than a second bore would have cost.",
            "Decide on the survey by the value of what it tells, not by its price.",
        ),
    ),
)

TASK_LINKS = (
    LinkedTasks(("HEAT-TARIFF", "Concept is approved"), ("HEAT-HOUSE", "Survey of sites")),
    LinkedTasks(("HEAT-PIPE", "Assembly: Quay section"), ("HEAT-HOUSE", "Quay: commissioning")),
    LinkedTasks(("HEAT-PUMP", "Trial operation"), ("HEAT-PIPE", "Snag list"), False),
    LinkedTasks(("HEAT-PIPE", "Mechanically complete"), ("HEAT-PUMP", "Trial operation")),
)

BENEFITS = (
    BenefitContent(
        "HEAT",
        "Margin of heat sold",
        "carla.rossi",
        "Heat and power without carbon",
        target=15_400_000,
        start=-60,
        years=10,
        links=(
            LinkContent("HEAT-TARIFF", 1),
            LinkContent("HEAT-PIPE", 4),
            LinkContent("HEAT-PUMP", 3),
            LinkContent("HEAT-HOUSE", 2),
        ),
        measured=1.04,
        contribution="0.6000",
    ),
    BenefitContent(
        "HEAT",
        "Carbon certificates not bought",
        "carla.rossi",
        "Heat and power without carbon",
        target=3_300_000,
        start=285,
        years=8,
        links=(LinkContent("HEAT-PUMP", 2), LinkContent("HEAT-PIPE", 2)),
        contribution="0.3000",
    ),
    BenefitContent(
        "HEAT",
        "Houses off gas",
        "ingrid.haas",
        "Heat and power without carbon",
        target=300,
        start=-40,
        years=2,
        links=(LinkContent("HEAT-HOUSE", 1),),
        category=BenefitCategory.QUANTIFIED,
        kind=MeasureKind.LEVEL,
        unit="houses",
        baseline=0,
        contribution="0.3000",
    ),
)
