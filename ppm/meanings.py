"""What each value of a choice means, for the API's description: the labels say it too briefly."""

from __future__ import annotations

from django.db.models import TextChoices

from ppm.core.api.bulk import Mode
from ppm.core.exporting import FileFormat
from ppm.core.models import (
    ChangeStatus,
    CostKind,
    DeliveryState,
    EventKind,
    Expense,
    Health,
    IssueSeverity,
    JobKind,
    JobState,
    Kind,
    Outcome,
    PortfolioRule,
    Risk,
    Role,
    State,
    Subject,
)
from programs.models import BenefitCategory, BenefitSign, Direction, LinkMode, MeasureKind
from projects.models import EarningMethod, Link, Nature, ScheduleConstraint, Verdict

MEANINGS: dict[type[TextChoices], dict[str, str]] = {
    Mode: {
        "create": "add the rows",
        "update": "change the rows that `id` and `version` name",
        "upsert": "change what has the code, add what has not",
    },
    Kind: {
        "portfolio": "work selected and governed together for strategic objectives",
        "program": "related work, led together for benefits that no project delivers alone",
        "project": "temporary work with a scope, a time and a budget",
    },
    State: {
        "idea": "somebody has thought of it",
        "proposal": "it is put forward; its budget counts in the pipeline",
        "authorized": "it may begin",
        "executing": "work is under way",
        "on_hold": "work rests for a while",
        "closing": "work is done and is being handed over",
        "closed": "it came to its end",
        "terminated": "it was ended before it was done; what it cost is sunk",
        "rejected": "it was not authorized",
        "active": "of a portfolio: it is governed",
        "archived": "of a portfolio: it is not governed any more",
    },
    Health: {
        "green": "on track",
        "amber": "at risk",
        "red": "off track",
        "unknown": "not rated: nothing measures it, or too little is known",
        "not_started": "work has not begun",
        "on_hold": "work rests",
        "done": "it is closed",
    },
    JobKind: {
        "import": "a file is checked, or written into the tree",
        "export": "a list is written into a file",
        "recomputation": "figures are computed anew",
        "reversal": "an import is taken back",
    },
    JobState: {
        "queued": "it waits for a worker",
        "running": "a worker is at it, or one died at it and the next will take it up",
        "done": "it came to its end",
        "failed": "it was refused or given up; nothing was written",
        "cancelled": "somebody stopped it; nothing was written",
    },
    FileFormat: {
        "xlsx": "an Excel workbook of typed cells",
        "csv": "text with commas in UTF-8, with the mark that spreadsheets need",
        "jsonl": "JSON Lines: each row as the API answers it",
    },
    EventKind: {
        "health.changed": "the health of a component is another than before",
        "benefit.measured": "a benefit was measured; the value is not told",
        "project.state_changed": "a component of any kind is in another state",
        "import.finished": "an import of the owner's ended; administrators are told of all",
        "rollup.incident": "stored figures differ from what was computed again",
        "webhook.test": "somebody tries the receiver; nothing has happened",
    },
    DeliveryState: {
        "waiting": "it is to be sent, or to be sent again",
        "delivered": "the receiver has answered that it has it",
        "failed": "it is not sent any more, unless it is replayed",
        "withheld": "the owner does not see the component any more, so it was not sent",
    },
    Nature: {
        "project": "a project of its own",
        "activity": "work that a program does itself",
        "operation": "lasting work, kept beside projects for its cost",
    },
    EarningMethod: {
        "zero_hundred": "nothing is earned before the task is complete, then all of its budget",
        "fifty_fifty": "half is earned when it starts, the rest when it is complete",
        "weighted_milestones": "each accomplished milestone earns its share",
        "physical_percent": "the reported percent of the budget is earned",
        "level_of_effort": "what is planned is earned as time goes by; nothing is reported",
    },
    ScheduleConstraint: {
        "asap": "as soon as its predecessors let it",
        "alap": "as late as its successors let it",
        "snet": "starts no earlier than the date",
        "snlt": "starts no later than the date",
        "fnet": "finishes no earlier than the date",
        "fnlt": "finishes no later than the date",
        "mso": "starts on the date",
        "mfo": "finishes on the date",
    },
    Link: {
        "FS": "the successor starts after the predecessor has finished",
        "SS": "the successor starts after the predecessor has started",
        "FF": "the successor finishes after the predecessor has finished",
        "SF": "the successor finishes after the predecessor has started",
    },
    Verdict: {
        "met": "its success criteria were met",
        "partly": "some of them were met",
        "missed": "they were not met",
    },
    CostKind: {
        "actual": "spent",
        "commitment": "promised, such as by an order",
    },
    Expense: {
        "capex": "capital: it becomes an asset",
        "opex": "operating: it is used up",
    },
    Risk.Response: {
        "none": "nothing is done yet",
        "avoid": "the plan is changed so that it cannot happen",
        "transfer": "somebody else bears it, such as an insurer",
        "mitigate": "it is made less likely or less bad",
        "accept": "it is borne",
        "escalate": "somebody above decides what is done",
    },
    IssueSeverity: {
        "critical": "the objectives cannot be met until it is solved",
        "major": "cost, dates or scope suffer",
        "minor": "it is a nuisance",
    },
    ChangeStatus: {
        "draft": "it is being written",
        "submitted": "it waits for an answer",
        "approved": "it was agreed, and is still to be done",
        "rejected": "it was not agreed",
        "implemented": "it was agreed and done",
    },
    Outcome: {
        "approved": "yes",
        "rejected": "no",
    },
    PortfolioRule: {
        "mean_with_floor": "the mean of the components by budget; with a red one never green",
        "worst_of": "the worst component decides",
        "count_based": "the share of green components decides",
    },
    BenefitCategory: {
        "cashable": "money that is saved or earned; it counts in the return",
        "non_cashable": "worth money, without money coming in",
        "quantified": "measured, not in money",
        "qualitative": "described only",
    },
    BenefitSign: {
        "benefit": "wanted",
        "dis_benefit": "unwanted: its amounts are entered positive and count negative",
    },
    MeasureKind: {
        "flow": "what comes in each period adds up",
        "level": "the newest measurement counts",
    },
    Direction: {
        "higher": "more is better",
        "lower": "less is better",
    },
    LinkMode: {
        "additive": "the project contributes a share, by weight",
        "essential": "nothing of the benefit comes without the project",
    },
    Role: {
        "viewer": "sees everything, changes nothing",
        "contributor": "reports progress, keeps risks, issues and changes; sees no money",
        "project_manager": "plans and reports projects",
        "program_manager": "that, and keeps programs and benefits",
        "portfolio_manager": "that, and keeps portfolios and policies, and decides",
        "resource_manager": "sees the work without its money, changes nothing yet",
        "finance": "books costs, keeps estimates and benefits",
        "governance": "decides, keeps policies, reports and the register",
        "auditor": "sees everything, changes nothing",
    },
    Subject: {
        "portfolio": "portfolios, their objectives and budgets",
        "program": "programs",
        "project": "projects and their closure",
        "work": "tasks, dependencies, baselines and lessons",
        "progress": "progress and milestones",
        "money": "costs, estimates and closed months",
        "benefit": "benefits, their plans, links and measurements",
        "register": "risks, issues and changes",
        "report": "status reports, and requests for a change of state",
        "policy": "health policies, and who holds which role",
        "decision": "decisions, and rulings on overrides",
    },
}
