"""How each kind of work is broken down: its phases, and the tasks of each.

`{part}` stands for each part of the project: a district, a module, a department.
"""

from __future__ import annotations

from dataclasses import dataclass

from portfolios.demo.company import Trade


@dataclass(frozen=True)
class Phase:
    """A phase: when in the project's time and with which part of its budget, both as fractions.

    The milestone stands at its end; a key one counts in the health of the project. `contractor` is
    the part of its cost that is invoiced.
    """

    name: str
    begin: float
    end: float
    budget: float
    contractor: float
    tasks: tuple[str, ...]
    milestone: str
    is_key: bool = True


SOFTWARE = (
    Phase(
        "Preparation",
        0,
        0.14,
        0.05,
        0.2,
        ("Charter and team", "Market survey", "Tender and award", "Contract and order"),
        "Supplier is under contract",
        is_key=False,
    ),
    Phase(
        "Design",
        0.1,
        0.34,
        0.17,
        0.6,
        ("Workshops: {part}", "Solution design", "Security and data protection concept"),
        "Design is approved",
    ),
    Phase(
        "Construction",
        0.28,
        0.72,
        0.42,
        0.75,
        ("Configure {part}", "Interfaces: {part}", "Roles and rights", "Reports and forms"),
        "Ready for test",
    ),
    Phase(
        "Data migration",
        0.36,
        0.8,
        0.12,
        0.4,
        ("Clean data: {part}", "First migration run", "Second migration run"),
        "Data is accepted",
        is_key=False,
    ),
    Phase(
        "Test",
        0.62,
        0.9,
        0.14,
        0.5,
        ("Test {part}", "Integration test", "Load and security test", "Acceptance by users"),
        "Accepted by users",
    ),
    Phase(
        "Launch",
        0.8,
        1,
        0.1,
        0.3,
        ("Training: {part}", "Rehearsal of the launch", "Launch", "Support after the launch"),
        "Live and handed over",
    ),
)

FIELD = (
    Phase(
        "Preparation",
        0,
        0.22,
        0.08,
        0.3,
        (
            "Survey of sites",
            "Technical specification",
            "Tender and award",
            "Call-off orders",
            "Training of fitters",
        ),
        "First lot is ordered",
        is_key=False,
    ),
    Phase(
        "Pilot",
        0.14,
        0.34,
        0.09,
        0.6,
        ("Pilot area: installation", "Pilot area: commissioning", "Evaluation of the pilot"),
        "Pilot is accepted",
    ),
    Phase(
        "Installation",
        0.26,
        0.9,
        0.6,
        0.85,
        ("{part}: appointments", "{part}: installation", "{part}: second visits"),
        "Installation is complete",
    ),
    Phase(
        "Commissioning",
        0.34,
        0.96,
        0.17,
        0.5,
        ("{part}: commissioning", "{part}: quality checks"),
        "All areas are in operation",
    ),
    Phase(
        "Completion",
        0.86,
        1,
        0.06,
        0.3,
        ("Return of old devices", "Documentation as built", "Handover to operations"),
        "Handed over",
    ),
)

BUILDING = (
    Phase(
        "Permits and design",
        0,
        0.3,
        0.11,
        0.7,
        (
            "Survey and soil report",
            "Preliminary design",
            "Detailed design",
            "Building permit",
            "Environmental permit",
            "Easements and land",
        ),
        "Permits are granted",
    ),
    Phase(
        "Procurement",
        0.16,
        0.42,
        0.05,
        0.4,
        ("Tender: {part}", "Award and contracts", "Order of long-lead equipment"),
        "Main contracts are signed",
        is_key=False,
    ),
    Phase(
        "Civil works",
        0.32,
        0.74,
        0.38,
        0.95,
        ("Site set-up and traffic plan", "Earthworks: {part}", "Foundations: {part}"),
        "Civil works are accepted",
    ),
    Phase(
        "Assembly",
        0.46,
        0.88,
        0.35,
        0.95,
        ("Delivery: {part}", "Assembly: {part}", "Cabling and controls"),
        "Mechanically complete",
    ),
    Phase(
        "Commissioning",
        0.8,
        0.97,
        0.08,
        0.6,
        ("Inspection: {part}", "Dry tests", "Trial operation"),
        "In operation",
    ),
    Phase(
        "Completion",
        0.9,
        1,
        0.03,
        0.5,
        ("Reinstatement of surfaces", "Documents as built", "Snag list"),
        "Final acceptance",
    ),
)

PRODUCT = (
    Phase(
        "Concept",
        0,
        0.16,
        0.07,
        0.2,
        ("Market requirements", "Product concept", "Cost model", "Patent search"),
        "Concept is released",
        is_key=False,
    ),
    Phase(
        "Design",
        0.12,
        0.45,
        0.24,
        0.35,
        ("Specification: {part}", "Design: {part}", "Design for assembly"),
        "Design is frozen",
    ),
    Phase(
        "Prototypes",
        0.34,
        0.64,
        0.24,
        0.6,
        ("Prototype: {part}", "Bench test: {part}", "Endurance test", "Field trial"),
        "Prototype is accepted",
    ),
    Phase(
        "Certification",
        0.5,
        0.84,
        0.12,
        0.75,
        ("Type examination file", "Metrology tests", "Radio approval", "Safety tests"),
        "Certificate is granted",
    ),
    Phase(
        "Industrialization",
        0.56,
        0.94,
        0.27,
        0.8,
        ("Tooling: {part}", "Work plan: {part}", "Supplier approval", "Test station"),
        "Line is ready",
    ),
    Phase(
        "Pilot series",
        0.88,
        1,
        0.06,
        0.4,
        ("First hundred pieces", "Review of the pilot series", "Release for series"),
        "Series is released",
    ),
)

CHANGE = (
    Phase(
        "Analysis",
        0,
        0.24,
        0.16,
        0.4,
        ("Kick-off and plan", "Interviews: {part}", "Figures of today", "Findings"),
        "Findings are agreed",
        is_key=False,
    ),
    Phase(
        "Concept",
        0.18,
        0.5,
        0.26,
        0.5,
        ("Future way of working: {part}", "Rules and roles", "Business case", "Works council"),
        "Concept is approved",
    ),
    Phase(
        "Pilot",
        0.42,
        0.68,
        0.2,
        0.3,
        ("Pilot: preparation", "Pilot: operation", "Pilot: evaluation"),
        "Pilot is accepted",
    ),
    Phase(
        "Introduction",
        0.6,
        0.94,
        0.3,
        0.35,
        ("Handbook: {part}", "Training: {part}", "Introduction: {part}"),
        "In use everywhere",
    ),
    Phase(
        "Anchoring",
        0.88,
        1,
        0.08,
        0.2,
        ("First review", "Corrections", "Handover to the line"),
        "Handed over to the line",
    ),
)

PHASES = {
    Trade.SOFTWARE: SOFTWARE,
    Trade.FIELD: FIELD,
    Trade.BUILDING: BUILDING,
    Trade.PRODUCT: PRODUCT,
    Trade.CHANGE: CHANGE,
}

STAGED = {
    "Acceptance by users": ("Test cases are agreed", "Critical faults are solved", "Signed off"),
    "Evaluation of the pilot": ("Readings are complete", "Fitters were heard", "Report is agreed"),
    "Trial operation": ("Cold start", "Half load", "Full load for 72 hours"),
    "Field trial": ("Ten devices in place", "Three months of readings", "Report is agreed"),
    "Rules and roles": ("Draft", "Comments are worked in", "Decided"),
}
"""Tasks that earn by weighted milestones, and the milestones in the order of their weights 1-3."""
