"""The REST API: every resource of version 1, its OpenAPI description, and a page to try it."""

from __future__ import annotations

from typing import Any

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from portfolios.api import decisions, jobs
from portfolios.api import views as portfolios
from ppm.core.api import ledger, past, register, rules, schema, views, webhooks
from ppm.core.api.access import SightView
from ppm.core.api.comparison import ComparisonView
from ppm.core.api.jobs import ExportView
from programs.api import views as programs
from projects.api import views as projects

SUBJECTS: dict[str, dict[str, type[ViewSetMixin]]] = {
    "The tree and its figures": {
        "components": views.ComponentViewSet,
        "portfolios": portfolios.PortfolioViewSet,
        "programs": programs.ProgramViewSet,
        "projects": projects.ProjectViewSet,
        "snapshots": views.SnapshotViewSet,
    },
    "The past": {
        "moves": past.MoveViewSet,
        "month-closes": past.MonthCloseViewSet,
        "restatements": past.RestatementViewSet,
    },
    "Strategy and money of portfolios": {
        "objectives": portfolios.ObjectiveViewSet,
        "objective-contributions": portfolios.ObjectiveContributionViewSet,
        "budget-envelopes": portfolios.BudgetEnvelopeViewSet,
    },
    "Benefits": {
        "benefits": programs.BenefitViewSet,
        "benefit-links": programs.BenefitLinkViewSet,
        "benefit-plans": programs.BenefitPlanViewSet,
        "benefit-measurements": programs.BenefitMeasurementViewSet,
    },
    "Work": {
        "tasks": projects.TaskViewSet,
        "weighted-milestones": projects.WeightedMilestoneViewSet,
        "dependencies": projects.DependencyViewSet,
        "baselines": projects.BaselineViewSet,
        "progress": projects.ProgressViewSet,
        "milestone-accomplishments": projects.MilestoneAccomplishmentViewSet,
        "lessons": projects.LessonViewSet,
        "closure-evaluations": projects.ClosureEvaluationViewSet,
    },
    "Costs and reports": {
        "costs": ledger.CostEntryViewSet,
        "estimates": ledger.EstimateViewSet,
        "status-reports": ledger.StatusReportViewSet,
        "override-rulings": ledger.OverrideRulingViewSet,
    },
    "Decisions": {
        "state-requests": decisions.StateRequestViewSet,
        "decisions": decisions.DecisionViewSet,
    },
    "Risks, issues and changes": {
        "risks": register.RiskViewSet,
        "risk-assessments": register.RiskAssessmentViewSet,
        "issues": register.IssueViewSet,
        "issue-assessments": register.IssueAssessmentViewSet,
        "changes": register.ChangeViewSet,
        "change-assessments": register.ChangeAssessmentViewSet,
    },
    "Long work": {
        "jobs": jobs.EveryJobViewSet,
    },
    "Rules and people": {
        "health-policies": rules.HealthPolicyViewSet,
        "calendars": rules.WorkCalendarViewSet,
        "calendar-days": rules.CalendarDayViewSet,
        "role-assignments": rules.RoleAssignmentViewSet,
        "users": views.UserViewSet,
    },
    "Webhooks": {
        "webhooks": webhooks.WebhookViewSet,
        "webhook-deliveries": webhooks.WebhookDeliveryViewSet,
    },
}

ASKED_FOR = {
    "exports": ExportView,
    "imports": jobs.ImportView,
    "recomputations": jobs.RecomputationView,
}
"""What is only asked for; what comes of it is a job."""

router = SimpleRouter()
for viewsets in SUBJECTS.values():
    for name, viewset in viewsets.items():
        router.register(name, viewset, basename=name)

collections = tuple(name for name, _, _ in router.registry)
kinds: dict[Any, str] = {
    view.serializer_class.Meta.model: name  # type: ignore[attr-defined]
    for name, view, _ in router.registry
}

app_name = "api"
urlpatterns = [
    path("v1/", views.IndexView.as_view(collections=collections), name="index"),
    path("v1/components/<int:pk>/removal/", decisions.RemovalView.as_view(), name="removal"),
    path("v1/components/<int:pk>/access/", SightView.as_view()),
    path("v1/components/<int:pk>/comparison/", ComparisonView.as_view(kinds=kinds)),
    *(path(f"v1/{name}/", view.as_view(), name=name) for name, view in ASKED_FOR.items()),
    path("v1/webhook-deliveries/<int:pk>/replay/", webhooks.ReplayView.as_view()),
    path("v1/", include(router.urls)),
    path("schema/", schema.description, name="schema"),
    path("docs/", schema.page, name="docs"),
    re_path("", views.NotFoundView.as_view()),
]
