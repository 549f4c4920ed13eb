"""The integration of Halden, whose benefits wait for one project."""

from __future__ import annotations

from portfolios.demo.company import (
    BenefitContent,
    IssueContent,
    LinkContent,
    LinkedTasks,
    ProgramContent,
    ProjectContent,
    ReportContent,
    RiskContent,
    Trade,
)
from ppm.core.models import IssueSeverity

PROGRAMS = (
    ProgramContent(
        "JOIN",
        "HALDEN-COMPANY",
        "Halden integration",
        "Customers order from one company, and so does everybody inside.",
        "grace.whitfield",
        "andrew.halden",
        start=-410,
        finish=270,
        own_cost=9_000,
        reports=(
            ReportContent(
                -10,
                "red",
                "Purchasing, network and brand go well. All synergies in sales wait for one "
                "platform for orders, and that is five months late.",
            ),
        ),
    ),
)

PROJECTS = (
    ProjectContent(
        "JOIN-ORDER",
        "JOIN",
        "One platform from order to cash",
        Trade.SOFTWARE,
        -335,
        45,
        2_400_000,
        "laura.chen",
        ("quotation", "order", "invoice"),
        "One order desk for both brands. Nothing of the synergies in sales comes without it.",
        pace=0.6,
        turn=-190,
        cost=1.05,
        exposure=0.03,
        trouble="red",
        risks=(
            RiskContent(
                "The largest distributor refuses the new terms", -55, "0.3000", 60_000, 3, 4
            ),
        ),
        issues=(
            IssueContent(
                "Discounts of both companies cannot be shown in one price list",
                ((-110, IssueSeverity.MAJOR), (-48, IssueSeverity.CRITICAL)),
                due=-4,
            ),
        ),
        reports=(
            ReportContent(
                -130, "amber", "The price list holds us up. Six weeks late, and not yet lost."
            ),
            ReportContent(
                -40, "red", "No common price list. Construction of invoices has not begun."
            ),
            ReportContent(
                -8,
                "red",
                "Five months late. Sales and finance now sit at one table for the price list; "
                "until they agree the launch has no date that we would sign.",
            ),
        ),
    ),
    ProjectContent(
        "JOIN-BUY",
        "JOIN",
        "Joint purchasing",
        Trade.CHANGE,
        -265,
        130,
        620_000,
        "rachel.stone",
        ("Electronics", "Brass", "Logistics"),
        "Buy for both companies by one contract.",
    ),
    ProjectContent(
        "JOIN-NET",
        "JOIN",
        "One network and one desk",
        Trade.FIELD,
        -305,
        30,
        1_100_000,
        "kevin.delgado",
        ("Rochester", "Toledo", "Sales offices"),
        "820 people work in one network, with one mailbox.",
    ),
    ProjectContent(
        "JOIN-LEGAL",
        "JOIN",
        "Merger of the legal entities",
        Trade.CHANGE,
        -405,
        -150,
        480_000,
        "rachel.stone",
        ("Contracts", "Pensions", "Tax"),
        "One legal entity before the tax year ends.",
        evaluation="Registered on the last day that the tax year allowed.",
        lesson=(
            "Two pension funds objected in the last month.",
            "They had been told after the banks.",
            "A reserve of 40,000 for advice was used up.",
            "Inform whoever can object first, not last.",
        ),
    ),
    ProjectContent(
        "JOIN-BRAND",
        "JOIN",
        "One brand",
        Trade.CHANGE,
        -125,
        105,
        350_000,
        "rachel.stone",
        ("Marketing", "Sales", "Packaging"),
        "One name on the meter, the truck and the invoice.",
        pace=0.86,
        turn=-85,
        trouble="amber",
        reports=(
            ReportContent(
                -5,
                "green",
                "Labels wait for the certificate of two states; everything else is ahead.",
                reason="The delay is only in labels, which nobody needs before the spring "
                "catalog. The date of the brand itself is not touched.",
                days=28,
            ),
        ),
    ),
)

TASK_LINKS = (
    LinkedTasks(("JOIN-ORDER", "Ready for test"), ("JOIN-BUY", "Introduction: Logistics")),
    LinkedTasks(("JOIN-NET", "Pilot is accepted"), ("JOIN-ORDER", "Interfaces: order")),
    LinkedTasks(("JOIN-LEGAL", "Concept is approved"), ("JOIN-BRAND", "Kick-off and plan"), False),
)

BENEFITS = (
    BenefitContent(
        "JOIN",
        "Cross-selling of both brands",
        "thomas.reed",
        "One company",
        target=6_400_000,
        start=120,
        years=5,
        links=(
            LinkContent("JOIN-ORDER"),
            LinkContent("JOIN-BRAND", 1),
            LinkContent("JOIN-LEGAL", 2),
        ),
        contribution="0.5000",
    ),
    BenefitContent(
        "JOIN",
        "One order desk instead of two",
        "thomas.reed",
        "One company",
        target=2_000_000,
        start=100,
        years=5,
        links=(LinkContent("JOIN-ORDER"), LinkContent("JOIN-NET", 1)),
        contribution="0.2000",
    ),
    BenefitContent(
        "JOIN",
        "Better prices by joint purchasing",
        "thomas.reed",
        "Cost of a meter",
        target=3_300_000,
        start=-120,
        years=5,
        links=(LinkContent("JOIN-BUY", 3), LinkContent("JOIN-LEGAL", 1)),
        measured=1.04,
        contribution="0.4000",
    ),
)
