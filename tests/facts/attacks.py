"""What each named constraint must refuse: the model, the constraint, and the wrong values.

Values that need the world are functions of it. Of a unique constraint the values are those of a
second row that otherwise equals the first.
"""

from typing import Any

from django.contrib.auth.models import Group
from django.db import models

from portfolios.models import (
    BudgetEnvelope,
    ImportRun,
    Objective,
    ObjectiveContribution,
    Portfolio,
)
from ppm.core.models import (
    AnsweredCall,
    ApiToken,
    AuditEvent,
    AuditSeal,
    CalendarDay,
    ChangeAssessment,
    CostEntry,
    Decision,
    Estimate,
    HealthPolicy,
    Heartbeat,
    IssueAssessment,
    Job,
    JobPart,
    MonthClose,
    OverrideRuling,
    RiskAssessment,
    RoleAssignment,
    RollupFailure,
    RollupIncident,
    Snapshot,
    StateRequest,
    StatusReport,
    Webhook,
    WebhookDelivery,
)
from ppm.core.models.health import FRACTIONS
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan
from projects.models import (
    Baseline,
    BaselineCurve,
    BaselineMilestone,
    BaselineTask,
    ClosureEvaluation,
    Dependency,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from tests.factories import FINISH, START
from tests.rows import REASON, TOO_EARLY, TOO_LATE

Attack = tuple[type[models.Model], str, dict[str, Any]]

UNKNOWN = "?"
ROOT = {"parent": None, "currency": "EUR", "time_zone": "UTC"}
FACTS: list[type[models.Model]] = [
    CostEntry,
    Estimate,
    RiskAssessment,
    IssueAssessment,
    ChangeAssessment,
    StatusReport,
    Progress,
    MilestoneAccomplishment,
    BenefitMeasurement,
    StateRequest,
    Decision,
    OverrideRuling,
]

ATTACKS: list[Attack] = [
    *(
        (fact, f"{fact._meta.db_table}_date_within_calendar", {"date": day})
        for fact in FACTS
        for day in (TOO_EARLY, TOO_LATE)
    ),
    (MonthClose, "core_monthclose_once", {}),
    (RoleAssignment, "core_roleassignment_role_is_known", {"role": UNKNOWN}),
    (RoleAssignment, "core_roleassignment_names_a_user_or_a_group", {"user": None}),
    (
        RoleAssignment,
        "core_roleassignment_names_a_user_or_a_group",
        {"group": lambda _: Group.objects.create(name="Board")},
    ),
    (RoleAssignment, "core_roleassignment_is_given_once", {}),
    (ApiToken, "core_apitoken_scopes_are_known", {"scopes": ["everything"]}),
    (ApiToken, "core_apitoken_scopes_are_known", {"scopes": []}),
    (Webhook, "core_webhook_events_are_known", {"events": ["everything"]}),
    (Webhook, "core_webhook_events_are_known", {"events": []}),
    (WebhookDelivery, "core_webhookdelivery_state_is_known", {"state": UNKNOWN}),
    (AnsweredCall, "core_answeredcall_one_a_key", {}),
    (CalendarDay, "core_calendarday_one_a_day", {}),
    (
        CalendarDay,
        "core_calendarday_cumulative_minutes_is_not_negative",
        {"cumulative_minutes": -1},
    ),
    (Project, "core_component_state_is_known", {"state": UNKNOWN}),
    (Project, "core_component_start_date_within_calendar", {"start_date": TOO_EARLY}),
    (Project, "core_component_start_date_within_calendar", {"start_date": TOO_LATE}),
    (Project, "core_component_finish_date_within_calendar", {"finish_date": TOO_EARLY}),
    (Project, "core_component_finish_date_within_calendar", {"finish_date": TOO_LATE}),
    (Project, "core_component_status_date_within_calendar", {**ROOT, "status_date": TOO_LATE}),
    (
        Project,
        "core_component_finishes_after_it_starts",
        {"start_date": FINISH, "finish_date": START},
    ),
    (Project, "core_component_state_fits_the_kind", {"state": "active"}),
    (Portfolio, "core_component_state_fits_the_kind", {"state": "executing"}),
    (Project, "core_component_root_carries_the_tree_settings", {"currency": "EUR"}),
    (Project, "core_component_root_carries_the_tree_settings", {"status_date": START}),
    (HealthPolicy, "core_healthpolicy_rule_is_known", {"rule": UNKNOWN}),
    (HealthPolicy, "core_healthpolicy_one_row_a_version", {}),
    (HealthPolicy, "core_healthpolicy_half_life_is_positive", {"half_life_days": 0}),
    *(
        (HealthPolicy, "core_healthpolicy_green_is_stricter_than_amber", {threshold: value})
        for threshold, value in {
            "schedule_index_green": "0.8",
            "slip_green": "0.2",
            "milestone_slip_green_days": 91,
            "cost_green": "1.2",
            "scope_green": "0.3",
            "risk_green": "0.2",
            "contingency_green": "0.7",
            "benefits_green": "0.7",
            "index_green": "1.3",
            "count_green": "0.7",
        }.items()
    ),
    *(
        (HealthPolicy, f"core_healthpolicy_{share}_is_a_fraction", {share: "1.0001"})
        for share in FRACTIONS
    ),
    (CostEntry, "core_costentry_kind_is_known", {"kind": UNKNOWN}),
    (CostEntry, "core_costentry_expense_is_known", {"expense": UNKNOWN}),
    (CostEntry, "core_costentry_amount_is_not_zero", {"amount": 0}),
    (Estimate, "core_estimate_forecast_finish_within_calendar", {"forecast_finish": TOO_LATE}),
    (
        Estimate,
        "core_estimate_estimate_to_complete_is_not_negative",
        {"estimate_to_complete": "-0.0001"},
    ),
    (RiskAssessment, "core_riskassessment_probability_is_a_fraction", {"probability": "1.0001"}),
    (RiskAssessment, "core_riskassessment_probability_is_a_fraction", {"probability": "-0.0001"}),
    (RiskAssessment, "core_riskassessment_fits_the_matrix", {"likelihood": 6}),
    (RiskAssessment, "core_riskassessment_fits_the_matrix", {"severity": 0}),
    (IssueAssessment, "core_issueassessment_due_date_within_calendar", {"due_date": TOO_LATE}),
    (IssueAssessment, "core_issueassessment_severity_is_known", {"severity": UNKNOWN}),
    (ChangeAssessment, "core_changeassessment_status_is_known", {"status": UNKNOWN}),
    (StatusReport, "core_statusreport_health_is_known", {"health": "unknown"}),
    (
        StatusReport,
        "core_statusreport_override_has_reason_and_end",
        {"override_reason": "Too short.", "valid_until": FINISH},
    ),
    (StatusReport, "core_statusreport_override_has_reason_and_end", {"override_reason": REASON}),
    (StatusReport, "core_statusreport_override_has_reason_and_end", {"valid_until": FINISH}),
    (
        StatusReport,
        "core_statusreport_override_has_reason_and_end",
        {"health": "", "override_reason": REASON, "valid_until": FINISH},
    ),
    (
        StatusReport,
        "core_statusreport_override_ends_within_35_days",
        {"override_reason": REASON, "valid_until": TOO_LATE},
    ),
    (
        StatusReport,
        "core_statusreport_override_ends_within_35_days",
        {"override_reason": REASON, "valid_until": TOO_EARLY},
    ),
    *(
        (model, f"{model._meta.db_table}_{field}_is_known", {field: UNKNOWN})
        for model in (StateRequest, Decision)
        for field in ("before", "after")
    ),
    *(
        (model, f"{model._meta.db_table}_changes_the_state", {"after": "executing"})
        for model in (StateRequest, Decision)
    ),
    (StateRequest, "core_staterequest_reason_is_told", {"reason": "Because."}),
    (Decision, "core_decision_rationale_is_told", {"rationale": "Because."}),
    (Decision, "core_decision_outcome_is_known", {"outcome": UNKNOWN}),
    (
        Decision,
        "core_decision_only_requests_are_rejected",
        {"outcome": "rejected", "state_request": None},
    ),
    (OverrideRuling, "core_overrideruling_outcome_is_known", {"outcome": UNKNOWN}),
    (
        RollupIncident,
        "core_rollupincident_is_settled_by_somebody",
        {"settled_by": lambda world: world.user},
    ),
    (Heartbeat, "core_heartbeat_heart_is_known", {"heart": "other"}),
    (AuditEvent, "core_auditevent_operation_is_known", {"operation": "other"}),
    (AuditSeal, "core_auditseal_seals_something", {"up_to_id": 0}),
    (Snapshot, "core_snapshot_one_a_day", {}),
    (Snapshot, "core_snapshot_coverage_is_a_fraction", {"coverage": "1.000001"}),
    (RollupFailure, "core_rollupfailure_has_been_tried", {"tries": 0}),
    (Project, "projects_project_nature_is_known", {"nature": UNKNOWN}),
    (Project, "projects_project_budget_is_not_negative", {"budget": -1}),
    (Project, "projects_project_contingency_is_not_negative", {"contingency": -1}),
    (ClosureEvaluation, "projects_closureevaluation_verdict_is_known", {"verdict": UNKNOWN}),
    (Task, "projects_task_wbs_is_unique", {}),
    (
        Task,
        "projects_task_earning_method_is_known",
        {"budget": 1, "earning_method": UNKNOWN},
    ),
    (
        Task,
        "projects_task_schedule_constraint_is_known",
        {"schedule_constraint": UNKNOWN, "constraint_date": START},
    ),
    (Task, "projects_task_start_date_within_calendar", {"start_date": TOO_EARLY}),
    (Task, "projects_task_finish_date_within_calendar", {"finish_date": TOO_LATE}),
    (Task, "projects_task_finishes_after_it_starts", {"start_date": FINISH, "finish_date": START}),
    (
        Task,
        "projects_task_budget_is_not_negative",
        {"budget": -1, "earning_method": "zero_hundred"},
    ),
    (Task, "projects_task_budget_has_a_method", {"budget": 1}),
    (Task, "projects_task_budget_has_a_method", {"earning_method": "zero_hundred"}),
    (Task, "projects_task_milestone_has_one_date", {"duration_minutes": 0}),
    (Task, "projects_task_key_is_a_milestone", {"is_key": True, "duration_minutes": 60}),
    (Task, "projects_task_key_is_a_milestone", {"is_key": True}),
    (Task, "projects_task_constraint_has_its_date", {"schedule_constraint": "mso"}),
    (Task, "projects_task_constraint_has_its_date", {"constraint_date": START}),
    (
        WeightedMilestone,
        "projects_weightedmilestone_planned_date_within_calendar",
        {"planned_date": TOO_LATE},
    ),
    (WeightedMilestone, "projects_weightedmilestone_weight_is_positive", {"weight": 0}),
    (Dependency, "projects_dependency_link_is_known", {"link": UNKNOWN}),
    (Dependency, "projects_dependency_one_a_pair", {}),
    (
        Dependency,
        "projects_dependency_links_two_tasks",
        {"predecessor": lambda world: world.task},
    ),
    (
        Baseline,
        "projects_baseline_finishes_after_it_starts",
        {"start_date": FINISH, "finish_date": START},
    ),
    (Baseline, "projects_baseline_number_is_unique", {"is_current": False}),
    (Baseline, "projects_baseline_one_is_current", {"number": 1}),
    (
        BaselineTask,
        "projects_baselinetask_earning_method_is_known",
        {"earning_method": UNKNOWN},
    ),
    (BaselineTask, "projects_baselinetask_budget_is_not_negative", {"budget": -1}),
    (
        BaselineTask,
        "projects_baselinetask_finishes_after_it_starts",
        {"start_date": FINISH, "finish_date": START},
    ),
    (BaselineTask, "projects_baselinetask_once_a_baseline", {}),
    (BaselineTask, "projects_baselinetask_once_a_baseline", {"task": None}),
    (BaselineMilestone, "projects_baselinemilestone_once_a_baseline", {}),
    (BaselineCurve, "projects_baselinecurve_one_a_day", {}),
    (BaselineCurve, "projects_baselinecurve_planned_value_is_not_negative", {"planned_value": -1}),
    (Progress, "projects_progress_percent_within_0_and_100", {"percent": "100.01"}),
    (Progress, "projects_progress_percent_within_0_and_100", {"percent": "-0.01"}),
    (Benefit, "programs_benefit_category_is_known", {"category": UNKNOWN}),
    (Benefit, "programs_benefit_sign_is_known", {"sign": UNKNOWN}),
    (
        Benefit,
        "programs_benefit_measure_kind_is_known",
        {"category": "quantified", "measure_kind": UNKNOWN},
    ),
    (
        Benefit,
        "programs_benefit_direction_is_known",
        {"category": "quantified", "direction": UNKNOWN},
    ),
    (Benefit, "programs_benefit_baseline_date_within_calendar", {"baseline_date": TOO_EARLY}),
    (Benefit, "programs_benefit_target_date_within_calendar", {"target_date": TOO_LATE}),
    (Benefit, "programs_benefit_money_flows", {"measure_kind": "level"}),
    (Benefit, "programs_benefit_money_flows", {"direction": "lower"}),
    (Benefit, "programs_benefit_money_flows", {"category": "non_cashable", "target_value": -1}),
    (Benefit, "programs_benefit_unit_value_is_positive", {"unit_value": 0}),
    (
        Benefit,
        "programs_benefit_target_fits_an_amount",
        {"unit_value": 1000, "target_value": 10**12},
    ),
    (Benefit, "programs_benefit_money_flows", {"target_value": None}),
    (
        BenefitLink,
        "programs_benefitlink_delivery_confidence_is_a_fraction",
        {"delivery_confidence": "1.01"},
    ),
    (BenefitLink, "programs_benefitlink_one_a_pair", {}),
    (BenefitLink, "programs_benefitlink_additive_has_a_weight", {"mode": UNKNOWN}),
    (BenefitLink, "programs_benefitlink_additive_has_a_weight", {"weight": None}),
    (BenefitLink, "programs_benefitlink_additive_has_a_weight", {"weight": 0}),
    (BenefitLink, "programs_benefitlink_additive_has_a_weight", {"mode": "essential"}),
    (BenefitPlan, "programs_benefitplan_period_end_within_calendar", {"period_end": TOO_LATE}),
    (BenefitPlan, "programs_benefitplan_one_a_period", {}),
    (
        Portfolio,
        "portfolios_portfolio_discount_rate_is_above_minus_one",
        {"discount_rate": -1},
    ),
    (
        BudgetEnvelope,
        "portfolios_budgetenvelope_start_date_within_calendar",
        {"start_date": TOO_EARLY},
    ),
    (
        BudgetEnvelope,
        "portfolios_budgetenvelope_finish_date_within_calendar",
        {"finish_date": TOO_LATE},
    ),
    (
        BudgetEnvelope,
        "portfolios_budgetenvelope_finishes_after_it_starts",
        {"start_date": FINISH, "finish_date": START},
    ),
    (BudgetEnvelope, "portfolios_budgetenvelope_amount_is_not_negative", {"amount": -1}),
    (BudgetEnvelope, "portfolios_budgetenvelope_one_a_period", {}),
    (Objective, "portfolios_objective_weight_is_a_fraction", {"weight": "1.0001"}),
    (Objective, "portfolios_objective_name_is_unique", {}),
    (
        ObjectiveContribution,
        "portfolios_objectivecontribution_weight_is_a_fraction",
        {"weight": "-0.0001"},
    ),
    (ObjectiveContribution, "portfolios_objectivecontribution_one_a_pair", {}),
    (Job, "core_job_kind_is_known", {"kind": UNKNOWN}),
    (Job, "core_job_state_is_known", {"state": UNKNOWN}),
    (JobPart, "core_jobpart_once_a_number", {}),
    (ImportRun, "portfolios_importrun_as_of_within_calendar", {"as_of": TOO_EARLY}),
]

TRIED_ELSEWHERE = {
    "programs_benefitlink_mode_is_known": "an unknown mode has no weight either, which is named",
    "core_component_kind_is_known": "tests/tree: the model sets the kind, a trigger keeps it",
    "core_component_is_not_too_deep": "tests/tree: it needs a tree of ten levels",
    "projects_task_is_not_its_own_parent": "test_guards: it needs the row's own id",
}
