"""The kernel's models."""

from ppm.core.models.access import (
    CHANGES,
    SEES_MONEY,
    AnyUser,
    Role,
    RoleAssignment,
    ScopedQuerySet,
    Subject,
    User,
    is_money,
    may_give,
    places_held,
    rights_on,
    roles_that_change,
    roles_to_give,
)
from ppm.core.models.answered_call import AnsweredCall
from ppm.core.models.attempt import Attempts
from ppm.core.models.audit import AuditEvent, AuditSeal, Operation
from ppm.core.models.calendar import CalendarDay, WorkCalendar
from ppm.core.models.calendar_feed import CalendarFeed
from ppm.core.models.calls import Calls, Quota
from ppm.core.models.component import Component, ComponentQuerySet, Kind, State
from ppm.core.models.decision import (
    Decision,
    Outcome,
    OverrideRuling,
    StateRequest,
    broken_decisions,
)
from ppm.core.models.fact import Fact, Known
from ppm.core.models.health import Health, HealthPolicy, PortfolioRule
from ppm.core.models.heartbeat import Heart, Heartbeat
from ppm.core.models.job import Job, JobKind, JobPart, JobRow, JobState
from ppm.core.models.ledger import CostEntry, CostKind, Estimate, Expense
from ppm.core.models.past import MonthClose, Move, Restatement
from ppm.core.models.register import (
    Change,
    ChangeAssessment,
    ChangeStatus,
    Issue,
    IssueAssessment,
    IssueSeverity,
    Likelihood,
    Risk,
    RiskAssessment,
    RiskSeverity,
)
from ppm.core.models.report import StatusReport
from ppm.core.models.snapshot import DayTurn, DirtyMark, RollupFailure, RollupIncident, Snapshot
from ppm.core.models.token import ApiToken, TokenScope
from ppm.core.models.versioned import Versioned
from ppm.core.models.webhook import EVENTS, DeliveryState, EventKind, Webhook, WebhookDelivery

__all__ = [
    "CHANGES",
    "EVENTS",
    "SEES_MONEY",
    "AnsweredCall",
    "AnyUser",
    "ApiToken",
    "Attempts",
    "AuditEvent",
    "AuditSeal",
    "CalendarDay",
    "CalendarFeed",
    "Calls",
    "Change",
    "ChangeAssessment",
    "ChangeStatus",
    "Component",
    "ComponentQuerySet",
    "CostEntry",
    "CostKind",
    "DayTurn",
    "Decision",
    "DeliveryState",
    "DirtyMark",
    "Estimate",
    "EventKind",
    "Expense",
    "Fact",
    "Health",
    "HealthPolicy",
    "Heart",
    "Heartbeat",
    "Issue",
    "IssueAssessment",
    "IssueSeverity",
    "Job",
    "JobKind",
    "JobPart",
    "JobRow",
    "JobState",
    "Kind",
    "Known",
    "Likelihood",
    "MonthClose",
    "Move",
    "Operation",
    "Outcome",
    "OverrideRuling",
    "PortfolioRule",
    "Quota",
    "Restatement",
    "Risk",
    "RiskAssessment",
    "RiskSeverity",
    "Role",
    "RoleAssignment",
    "RollupFailure",
    "RollupIncident",
    "ScopedQuerySet",
    "Snapshot",
    "State",
    "StateRequest",
    "StatusReport",
    "Subject",
    "TokenScope",
    "User",
    "Versioned",
    "Webhook",
    "WebhookDelivery",
    "WorkCalendar",
    "broken_decisions",
    "is_money",
    "may_give",
    "places_held",
    "rights_on",
    "roles_that_change",
    "roles_to_give",
]
