"""Auental, a utility of 1,400 people, and Halden, the maker of meters that it bought.

Two trees are in euro; that of Halden is in dollars and lives by the time of New York.
"""

from __future__ import annotations

from portfolios.demo.company import PortfolioContent

PORTFOLIOS = (
    PortfolioContent(
        "NETWORKS",
        "Networks and supply",
        "What Auental builds and renews so that electricity, water and heat arrive.",
        "portfolio.manager",
        currency="EUR",
        time_zone="Europe/Vienna",
        target_roi="0.2000",
        discount_rate="0.040000",
        governance_body="Investment board",
        own_cost=9_500,
        objectives={
            "Supply without interruption": "0.4000",
            "Heat and power without carbon": "0.3500",
            "Lower cost of the networks": "0.2500",
        },
    ),
    PortfolioContent(
        "ELECTRICITY",
        "Electricity networks",
        "Meters, lines, substations and the control room.",
        "katharina.egger",
        parent="NETWORKS",
        governance_body="Networks committee",
    ),
    PortfolioContent(
        "SUPPLY",
        "Water and heat",
        "Wells, mains, pumping stations and district heating.",
        "stefan.novak",
        parent="NETWORKS",
        governance_body="Networks committee",
    ),
    PortfolioContent(
        "DIGITAL",
        "Digital and customers",
        "The systems that Auental works with, and what customers see of them.",
        "portfolio.manager",
        currency="EUR",
        time_zone="Europe/Vienna",
        target_roi="0.1500",
        discount_rate="0.050000",
        governance_body="Digital board",
        own_cost=7_000,
        objectives={
            "Easy to deal with": "0.4000",
            "Cheaper and simpler inside": "0.4000",
            "Safe from attacks": "0.2000",
        },
    ),
    PortfolioContent(
        "BUSINESS",
        "Business systems",
        "ERP, data and security.",
        "walter.thaler",
        parent="DIGITAL",
        governance_body="Digital board",
    ),
    PortfolioContent(
        "CUSTOMERS",
        "Customers and service",
        "Contact, contract and bill.",
        "sofia.marek",
        parent="DIGITAL",
        governance_body="Digital board",
    ),
    PortfolioContent(
        "HALDEN",
        "Halden Meters Inc.",
        "The integration of Halden into the group, its products and its plants.",
        "portfolio.manager",
        currency="USD",
        time_zone="America/New_York",
        target_roi="0.2500",
        discount_rate="0.070000",
        governance_body="Board of Halden Meters",
        own_cost=6_000,
        policy={
            "cost_green": "1.04",
            "milestone_slip_green_days": 21,
            "milestone_slip_amber_days": 60,
            "half_life_days": 45,
            "coverage_min": "0.60",
        },
        objectives={
            "One company": "0.4000",
            "Products that win tenders": "0.3500",
            "Cost of a meter": "0.2500",
        },
    ),
    PortfolioContent(
        "HALDEN-COMPANY",
        "Company and integration",
        "What makes one company out of two.",
        "grace.whitfield",
        parent="HALDEN",
        governance_body="Integration office",
    ),
    PortfolioContent(
        "HALDEN-WORKS",
        "Products and plants",
        "New meters, and the plants in Rochester and Toledo.",
        "daniel.okafor",
        parent="HALDEN",
        governance_body="Product council",
    ),
)
