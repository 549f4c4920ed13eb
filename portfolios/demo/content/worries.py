"""What may go wrong, what did, and what is asked for: words for the register, by kind of work.

`{part}` stands for a part of the project.
"""

from __future__ import annotations

from portfolios.demo.company import Trade

RISKS = {
    Trade.SOFTWARE: (
        "The supplier's architect leaves",
        "Interfaces of {part} are not documented",
        "Acceptance by users falls into the holidays",
        "Response times of {part} are too long under load",
        "Old data of {part} is worse than assumed",
        "The license model changes with the next release",
        "Too few testers from the departments",
        "A security finding delays the launch",
        "Hosting costs more than offered",
    ),
    Trade.FIELD: (
        "Devices arrive late",
        "Fitters are sick in winter",
        "{part}: no access to some sites",
        "{part}: old boxes are too small",
        "A whole lot has to go back",
        "{part}: appointments are refused",
        "Price of copper rises",
        "{part}: a road is closed",
    ),
    Trade.BUILDING: (
        "{part}: old walls or bones in the ground",
        "A neighbor appeals against the permit",
        "Steel becomes dearer before the award",
        "{part}: frost stops the concrete work",
        "{part}: the contractor becomes insolvent",
        "Long-lead equipment is delivered late",
        "{part}: contaminated soil",
        "{part}: no switch-off in summer",
    ),
    Trade.PRODUCT: (
        "Tool for {part} needs a second correction",
        "Chip is discontinued",
        "The certificate needs another test series",
        "A competitor's patent covers {part}",
        "{part} fails the endurance test",
        "The only supplier of {part} raises its price",
        "The battery loses capacity in the cold",
    ),
    Trade.CHANGE: (
        "The works council asks for another round",
        "Key people in {part} have no time",
        "Old ways remain in {part}",
        "The rules change while the concept is written",
        "Consultants are not extended",
        "Heads of {part} do not agree on roles",
        "Training rooms are not free in spring",
    ),
}
OPPORTUNITIES = {
    Trade.SOFTWARE: "Standard reports replace those planned for {part}",
    Trade.FIELD: "Rebate for the second lot",
    Trade.BUILDING: "{part}: excavated soil can be used again",
    Trade.PRODUCT: "The tool of the old model fits {part}",
    Trade.CHANGE: "Grant of the state for training",
}
MITIGATIONS = (
    "Spoken of in every meeting of the team; next step in two weeks.",
    "A second source is asked for an offer.",
    "Dates are agreed in writing; a reserve of two weeks is in the plan.",
    "The contract has a clause for it.",
    "Nothing can be done before it happens; the contingency covers it.",
)

ISSUES = {
    Trade.SOFTWARE: (
        "Test environment for {part} is not available",
        "{part}: reports show other sums than the old system",
        "Rights for external staff are missing",
        "The interface for {part} loses records at night",
        "Release of the supplier comes a week late",
        "Two departments disagree on {part}",
    ),
    Trade.FIELD: (
        "{part}: forty faulty devices",
        "{part}: keys are missing",
        "{part}: letters with the wrong date",
        "{part}: no parking for vans",
        "Labels of one lot do not match their papers",
    ),
    Trade.BUILDING: (
        "{part}: drawings differ from the site",
        "{part}: delivery is incomplete",
        "{part}: complaints about noise",
        "Fence of the site was broken open",
        "{part}: concrete samples are below strength",
        "Cable route crosses a sewer that no map shows",
    ),
    Trade.PRODUCT: (
        "{part}: drawing and part list differ",
        "Samples of {part} arrived damaged",
        "Climate chamber is out of order",
        "{part}: parts do not fit together",
        "Measured noise of {part} is above the limit",
    ),
    Trade.CHANGE: (
        "Figures of {part} come late",
        "Workshop with {part} had to be moved",
        "Two handbooks for {part} are in use",
        "The survey has too few answers",
        "Nobody stands in for the head of {part}",
    ),
}

CHANGES = {
    Trade.SOFTWARE: (
        "One more report for {part}",
        "Second language for {part}",
        "Export for the auditor",
        "Approval in two steps for {part}",
    ),
    Trade.FIELD: (
        "{part}: thirty more sites",
        "{part}: surge protection",
        "Photo of each site before and after",
        "{part}: weekend work",
    ),
    Trade.BUILDING: (
        "{part}: stronger fence",
        "{part}: spare duct",
        "{part}: sound insulation",
        "Lighting of the access road",
    ),
    Trade.PRODUCT: (
        "Second color for {part}",
        "Larger display",
        "Stainless screws for {part}",
        "Seal for the tropics",
    ),
    Trade.CHANGE: (
        "One more workshop for {part}",
        "Film instead of a handbook",
        "Interviews with customers of {part}",
    ),
}

CATEGORIES = {
    Trade.SOFTWARE: ("Consulting", "Own time", "Licenses and hosting"),
    Trade.FIELD: ("Devices and fitting", "Own time", "Vehicles and material"),
    Trade.BUILDING: ("Construction", "Own time", "Fees and material"),
    Trade.PRODUCT: ("Tools and tests", "Engineering", "Samples and travel"),
    Trade.CHANGE: ("Consulting", "Own time", "Travel and rooms"),
}
"""The categories of cost: what is invoiced, our own time, and the rest."""
