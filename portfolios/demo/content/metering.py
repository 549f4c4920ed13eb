"""Smart metering: every meter reads itself."""

from __future__ import annotations

from portfolios.demo.company import (
    BenefitContent,
    LinkContent,
    LinkedTasks,
    ProgramContent,
    ProjectContent,
    ReportContent,
    RiskContent,
    Trade,
)
from ppm.core.models import Risk
from programs.models import BenefitCategory, MeasureKind

PROGRAMS = (
    ProgramContent(
        "SMART",
        "ELECTRICITY",
        "Smart metering",
        "Every meter reads itself, and customers see what they use on the next day.",
        "katharina.egger",
        "elisabeth.wagner",
        start=-640,
        finish=330,
        own_cost=8_500,
        reports=(
            ReportContent(
                -6,
                "green",
                "The north is nine weeks from its end and the south has begun. Radio in cellars "
                "remains the one thing that we watch.",
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "METER-TYPE",
        "SMART",
        "Type approval of the new meter",
        Trade.PRODUCT,
        -640,
        -470,
        180_000,
        "miriam.gruber",
        ("Single-phase meter", "Three-phase meter"),
        "Have both models of the new meter approved for legal metrology.",
        lesson=(
            "The laboratory had one test slot a quarter.",
            "Slots were requested only once the design was frozen.",
            "Six weeks of waiting.",
            "Book external laboratories when the project is proposed.",
        ),
        evaluation="Approved at the first attempt, within budget.",
    ),
    ProjectContent(
        "METER-HEAD",
        "SMART",
        "Head-end system",
        Trade.SOFTWARE,
        -570,
        -260,
        950_000,
        "ivana.kovac",
        ("Device management", "Reading", "Key management"),
        "Read 60,000 meters every quarter of an hour.",
        lesson=(
            "Keys of 3,000 meters were lost between two systems.",
            "The hand-over of keys was tested with ten meters.",
            "A week in which nothing could be installed.",
            "Test hand-overs with a whole lot.",
        ),
        evaluation="In operation since the launch; reads 99.2 % of meters within the hour.",
    ),
    ProjectContent(
        "METER-NORTH",
        "SMART",
        "Meter roll-out north",
        Trade.FIELD,
        -330,
        60,
        3_400_000,
        "project.manager",
        ("Altau", "Nordheim", "Lindenau", "Mühlfeld", "Bahnhof district"),
        "Replace 12,400 meters in five districts without a complaint that reaches the regulator.",
    ),
    ProjectContent(
        "METER-SOUTH",
        "SMART",
        "Meter roll-out south",
        Trade.FIELD,
        -125,
        235,
        3_100_000,
        "project.manager",
        ("Südtor", "Weinberg", "Hafen", "Neustadt"),
        "Replace 11,200 meters south of the river.",
    ),
    ProjectContent(
        "METER-DATA",
        "SMART",
        "Meter data platform",
        Trade.SOFTWARE,
        -260,
        125,
        1_250_000,
        "ivana.kovac",
        ("Validation", "Estimation", "Portal feed"),
        "Store, check and hand on readings by the quarter hour.",
    ),
    ProjectContent(
        "METER-RADIO",
        "SMART",
        "Radio for meters in cellars",
        Trade.FIELD,
        -95,
        145,
        480_000,
        "bernd.hofer",
        ("Old town", "Hospital quarter", "University"),
        "Reach the 1,900 meters that stand behind concrete.",
        exposure=0.02,
        trouble="amber",
        risks=(
            RiskContent(
                "The frequency is assigned only for two years",
                -40,
                "0.3000",
                70_000,
                3,
                4,
                Risk.Response.TRANSFER,
            ),
        ),
    ),
)

TASK_LINKS = (
    LinkedTasks(("METER-TYPE", "Certificate is granted"), ("METER-NORTH", "Call-off orders")),
    LinkedTasks(("METER-HEAD", "Live and handed over"), ("METER-NORTH", "Altau: commissioning")),
    LinkedTasks(("METER-NORTH", "Pilot is accepted"), ("METER-SOUTH", "Call-off orders")),
    LinkedTasks(("METER-NORTH", "Installation is complete"), ("METER-SOUTH", "Handed over")),
    LinkedTasks(
        ("METER-RADIO", "Pilot is accepted"), ("METER-SOUTH", "Hafen: commissioning"), False
    ),
)

BENEFITS = (
    BenefitContent(
        "SMART",
        "No more journeys to read meters",
        "ingrid.haas",
        "Lower cost of the networks",
        target=6_100_000,
        start=-215,
        years=7,
        links=(
            LinkContent("METER-HEAD", 2),
            LinkContent("METER-NORTH", 4, "0.9800"),
            LinkContent("METER-SOUTH", 4),
        ),
        measured=1.02,
        contribution="0.4000",
    ),
    BenefitContent(
        "SMART",
        "Less energy lost and stolen",
        "ingrid.haas",
        "Lower cost of the networks",
        target=5_200_000,
        start=-150,
        years=6,
        links=(
            LinkContent("METER-NORTH", 3, "0.9800"),
            LinkContent("METER-SOUTH", 3),
            LinkContent("METER-HEAD", 2),
        ),
        measured=0.98,
        contribution="0.3000",
    ),
    BenefitContent(
        "SMART",
        "Balancing energy not bought",
        "carla.rossi",
        "Heat and power without carbon",
        target=2_600_000,
        start=160,
        years=5,
        links=(LinkContent("METER-DATA"),),
        contribution="0.2000",
    ),
    BenefitContent(
        "SMART",
        "Meters read within the day",
        "ingrid.haas",
        "Supply without interruption",
        target=99,
        start=-240,
        years=2,
        links=(LinkContent("METER-NORTH", 1), LinkContent("METER-RADIO", 1)),
        category=BenefitCategory.QUANTIFIED,
        kind=MeasureKind.LEVEL,
        unit="% of meters",
        baseline=41,
        contribution="0.2000",
    ),
)
