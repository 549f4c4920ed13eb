"""The filters of lists, for pages and API alike."""

from ppm.core.filters.days import known_days, status_day, until_of
from ppm.core.filters.decisions import (
    DecisionFilter,
    OverrideRulingFilter,
    StateRequestFilter,
)
from ppm.core.filters.figures import NewestFilter
from ppm.core.filters.jobs import JobFilter
from ppm.core.filters.kinds import (
    ChoicesFilter,
    CodeFilter,
    DayFilter,
    HasFilter,
    IdFilter,
    SearchFilter,
    TruthFilter,
    among,
)
from ppm.core.filters.ledger import CostEntryFilter, EstimateFilter, StatusReportFilter
from ppm.core.filters.past import MonthCloseFilter, MoveFilter, RestatementFilter
from ppm.core.filters.register import (
    ChangeAssessmentFilter,
    ChangeFilter,
    IssueAssessmentFilter,
    IssueFilter,
    RiskAssessmentFilter,
    RiskFilter,
)
from ppm.core.filters.rows import RowFilter
from ppm.core.filters.tree import (
    CalendarDayFilter,
    ComponentFilter,
    HealthPolicyFilter,
    KindFilter,
    RoleAssignmentFilter,
    SnapshotFilter,
    UserFilter,
    WorkCalendarFilter,
)
from ppm.core.filters.webhooks import WebhookDeliveryFilter, WebhookFilter

__all__ = [
    "CalendarDayFilter",
    "ChangeAssessmentFilter",
    "ChangeFilter",
    "ChoicesFilter",
    "CodeFilter",
    "ComponentFilter",
    "CostEntryFilter",
    "DayFilter",
    "DecisionFilter",
    "EstimateFilter",
    "HasFilter",
    "HealthPolicyFilter",
    "IdFilter",
    "IssueAssessmentFilter",
    "IssueFilter",
    "JobFilter",
    "KindFilter",
    "MonthCloseFilter",
    "MoveFilter",
    "NewestFilter",
    "OverrideRulingFilter",
    "RestatementFilter",
    "RiskAssessmentFilter",
    "RiskFilter",
    "RoleAssignmentFilter",
    "RowFilter",
    "SearchFilter",
    "SnapshotFilter",
    "StateRequestFilter",
    "StatusReportFilter",
    "TruthFilter",
    "UserFilter",
    "WebhookDeliveryFilter",
    "WebhookFilter",
    "WorkCalendarFilter",
    "among",
    "known_days",
    "status_day",
    "until_of",
]
