"""What waits for a decision, and the words of decisions of which no story is told."""

from __future__ import annotations

from portfolios.demo.company import RequestContent
from ppm.core.models import State

REQUESTS = (
    RequestContent(
        "GRID-BATTERY",
        State.AUTHORIZED,
        "katharina.egger",
        "The offers for batteries hold until the end of next month. The permit is there, and the "
        "solar park loses a tenth of its noon without it.",
    ),
    RequestContent(
        "CYBER-ID",
        State.TERMINATED,
        "sofia.marek",
        "Every report is green, and not half is built where four fifths were planned. The same is "
        "to be had as a service within a quarter, for less than what is left to spend.",
    ),
    RequestContent(
        "ERP-ASSET",
        State.ON_HOLD,
        "program.manager",
        "Work orders rest on purchasing, and purchasing is eight months late. The team would help "
        "the core until it is in test.",
    ),
)

RATIONALES = {
    State.AUTHORIZED: (
        "The return is above our target and the money is in the envelope.",
        "Required by law; this is the cheapest of three variants.",
        "Part of the program as agreed. The team is named and free.",
        "The benefits have an owner who stands for them. Start as planned.",
        "Approved with one condition: the contract is shown to us before it is signed.",
    ),
    State.PROPOSAL: (
        "The case is written and the sponsor has read it.",
        "Two other departments asked for the same; we propose it together.",
        "The figures are rough but honest; the board can compare it now.",
    ),
    State.EXECUTING: (
        "The team has started, the plan is the baseline.",
        "The contract is signed and the first package is under way.",
        "Everybody named in the plan is here; we begin.",
    ),
    State.CLOSING: (
        "The last package is accepted; what is left is to hand over.",
        "Everything is delivered. We write down what was learned.",
    ),
    State.CLOSED: (
        "Scope is delivered and accepted; what was learned is written down.",
        "All is handed over. Those who own the benefits go on measuring.",
        "Accounts are closed and contracts are ended.",
    ),
}
