"""The REST API: every resource of version 1, its OpenAPI description, and a page to try it."""

from __future__ import annotations

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from portfolios.api import views as portfolios
from ppm.core.api import ledger, register, schema, views
from programs.api import views as programs
from projects.api import views as projects

router = SimpleRouter()
for name, viewset in (
    ("components", views.ComponentViewSet),
    ("snapshots", views.SnapshotViewSet),
    ("users", views.UserViewSet),
    ("portfolios", portfolios.PortfolioViewSet),
    ("objectives", portfolios.ObjectiveViewSet),
    ("programs", programs.ProgramViewSet),
    ("benefits", programs.BenefitViewSet),
    ("benefit-links", programs.BenefitLinkViewSet),
    ("benefit-plans", programs.BenefitPlanViewSet),
    ("benefit-measurements", programs.BenefitMeasurementViewSet),
    ("projects", projects.ProjectViewSet),
    ("tasks", projects.TaskViewSet),
    ("weighted-milestones", projects.WeightedMilestoneViewSet),
    ("dependencies", projects.DependencyViewSet),
    ("baselines", projects.BaselineViewSet),
    ("progress", projects.ProgressViewSet),
    ("milestone-accomplishments", projects.MilestoneAccomplishmentViewSet),
    ("costs", ledger.CostEntryViewSet),
    ("estimates", ledger.EstimateViewSet),
    ("status-reports", ledger.StatusReportViewSet),
    ("risks", register.RiskViewSet),
    ("risk-assessments", register.RiskAssessmentViewSet),
    ("issues", register.IssueViewSet),
    ("issue-assessments", register.IssueAssessmentViewSet),
    ("changes", register.ChangeViewSet),
    ("change-assessments", register.ChangeAssessmentViewSet),
):
    router.register(name, viewset, basename=name)

collections = tuple(name for name, _, _ in router.registry)

app_name = "api"
urlpatterns = [
    path("v1/", views.IndexView.as_view(collections=collections), name="index"),
    path("v1/", include(router.urls)),
    path("schema/", schema.description, name="schema"),
    path("docs/", schema.page, name="docs"),
    re_path("", views.NotFoundView.as_view()),
]
