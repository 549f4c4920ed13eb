"""Water without losses: mains, zones, a pumping station in too much groundwater."""

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
from projects.models import Verdict

PROGRAMS = (
    ProgramContent(
        "WATER",
        "SUPPLY",
        "Water without losses",
        "Of a hundred liters pumped, ninety-three arrive.",
        "stefan.novak",
        "elisabeth.wagner",
        start=-620,
        finish=300,
        own_cost=6_000,
        reports=(
            ReportContent(
                -8,
                "amber",
                "Groundwater at the pumping station costs us the contingency and more. Mains and "
                "leak detection carry the benefits and are not touched by it.",
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "LEAK-ZONES",
        "WATER",
        "Leak detection zones",
        Trade.FIELD,
        -355,
        60,
        860_000,
        "paul.steiner",
        ("Upper zone", "Station zone", "River zone", "Mill zone"),
        "Measure 38 zones, so that a leak is found within a day.",
        pace=0.88,
        turn=-210,
        trouble="amber",
        reports=(
            ReportContent(
                -10,
                "amber",
                "Shafts in the river zone have to be rebuilt before they take a meter. We are "
                "five weeks behind and have asked for a second crew.",
            ),
            ReportContent(
                -62,
                "green",
                "Three weeks behind in the river zone; the other zones are on plan.",
                reason="The delay touches one zone of four, and the crew there was doubled today.",
                days=20,
                ruling=RulingContent(
                    -60,
                    "governance",
                    Outcome.REJECTED,
                    "The second crew has not begun yet. Three weeks behind is amber.",
                ),
            ),
        ),
    ),
    ProjectContent(
        "MAINS-OLD",
        "WATER",
        "Replacement of cast-iron mains",
        Trade.BUILDING,
        -490,
        195,
        4_600_000,
        "paul.steiner",
        ("Kirchengasse", "Bahnstrasse", "Uferweg"),
        "Replace 14 kilometers of mains from before 1950.",
        cost=0.97,
        estimates=False,
    ),
    ProjectContent(
        "PUMP-WEST",
        "WATER",
        "Pumping station west",
        Trade.BUILDING,
        -305,
        110,
        2_300_000,
        "luka.horvat",
        ("Well chamber", "Pump hall", "Rising main"),
        "Supply the western districts when one of the two other stations fails.",
        cost=1.19,
        exposure=0.035,
        trouble="red",
        risks=(
            RiskContent("Sheet piling has to stay in the ground", -60, "0.4000", 60_000, 3, 3),
        ),
        issues=(
            IssueContent(
                "Groundwater is one meter higher than in the soil report",
                ((-150, IssueSeverity.MAJOR), (-120, IssueSeverity.CRITICAL)),
                due=-85,
                solved=-88,
            ),
        ),
        changes=(
            ChangeContent(
                "Sheet piling and wells against groundwater",
                165_000,
                18,
                ((-118, ChangeStatus.SUBMITTED), (-101, ChangeStatus.APPROVED)),
            ),
        ),
        reports=(
            ReportContent(
                -11,
                "red",
                "Groundwater has cost 430,000 more than planned. Dates hold. The contractor's "
                "claim for a further 90,000 is being examined and is in the forecast.",
            ),
        ),
        decisions=(
            DecisionContent(
                State.ON_HOLD,
                "Groundwater costs more every week. Stop until a second opinion is there.",
                "An open pit does not wait: pumping goes on whether we build or not. The second "
                "opinion is asked for while work goes on.",
                rejected_on=-108,
            ),
        ),
    ),
    ProjectContent(
        "WELL-FILTER",
        "WATER",
        "Nitrate filter at the well field",
        Trade.BUILDING,
        -600,
        -220,
        1_700_000,
        "luka.horvat",
        ("Filter hall", "Vessels", "Brine line"),
        "Keep the nitrate limit in all four wells.",
        cost=1.04,
        verdict=Verdict.PARTLY,
        evaluation="The limit is kept; the brine line was finished under a later contract.",
        lesson=(
            "The permit for the brine line came after the hall was finished.",
            "Two authorities each waited for the other.",
            "The plant ran on tankers for seven weeks.",
            "Name one authority as leader in the first meeting, in writing.",
        ),
    ),
    ProjectContent(
        "WATER-LAB",
        "WATER",
        "New water laboratory",
        Trade.BUILDING,
        -265,
        -10,
        420_000,
        "sandra.bauer",
        ("Laboratory", "Cold store"),
        "Analyse 60 samples a day in our own house.",
    ),
    ProjectContent(
        "GAS-EXIT",
        "SUPPLY",
        "Exit from the gas network",
        Trade.CHANGE,
        -105,
        135,
        240_000,
        "sandra.bauer",
        ("Network planning", "Customers", "Regulation"),
        "Decide street by street when gas ends, and tell customers five years ahead.",
    ),
    ProjectContent(
        "WATER-SOLAR",
        "SUPPLY",
        "Solar roofs on reservoirs",
        Trade.FIELD,
        48,
        250,
        690_000,
        "paul.steiner",
        ("Reservoir Hochberg", "Reservoir Au"),
        "Pump with our own power at noon.",
    ),
)

TASK_LINKS = (
    LinkedTasks(("WELL-FILTER", "In operation"), ("PUMP-WEST", "Preliminary design"), False),
    LinkedTasks(("PUMP-WEST", "Delivery: Rising main"), ("MAINS-OLD", "Assembly: Uferweg"), False),
)

BENEFITS = (
    BenefitContent(
        "WATER",
        "Water not lost",
        "ingrid.haas",
        "Lower cost of the networks",
        target=7_900_000,
        start=-190,
        years=8,
        links=(
            LinkContent("WELL-FILTER", 2),
            LinkContent("MAINS-OLD", 5, "0.9800"),
            LinkContent("LEAK-ZONES", 1),
        ),
        measured=1.03,
        contribution="0.4000",
    ),
    BenefitContent(
        "WATER",
        "Repairs of bursts saved",
        "ingrid.haas",
        "Supply without interruption",
        target=5_000_000,
        start=-150,
        years=8,
        links=(LinkContent("MAINS-OLD", 3, "0.9800"), LinkContent("WELL-FILTER", 1)),
        measured=1.0,
        contribution="0.3000",
    ),
    BenefitContent(
        "WATER",
        "Purchased water avoided",
        "carla.rossi",
        "Supply without interruption",
        target=2_200_000,
        start=140,
        years=6,
        links=(LinkContent("PUMP-WEST", 1, "0.9500"), LinkContent("WATER-LAB", 1, "0.9800")),
        contribution="0.2000",
    ),
    BenefitContent(
        "WATER",
        "Share of water that is lost",
        "ingrid.haas",
        "Lower cost of the networks",
        target=7,
        start=-250,
        years=3,
        links=(LinkContent("LEAK-ZONES", 1), LinkContent("MAINS-OLD", 1)),
        category=BenefitCategory.QUANTIFIED,
        kind=MeasureKind.LEVEL,
        direction=Direction.LOWER,
        unit="%",
        baseline=13,
        contribution="0.2000",
    ),
)
