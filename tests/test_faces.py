"""Every model that a manager owns has three faces: pages, API and admin.

That each face works is shown by its own tests: `tests/pages`, `tests/api/test_access.py` and
`tests/admin`. Here stands that none is missing.
"""

from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.api import router
from ppm.core.models import (
    Change,
    ChangeAssessment,
    CostEntry,
    Decision,
    Estimate,
    Fact,
    Issue,
    IssueAssessment,
    OverrideRuling,
    Risk,
    RiskAssessment,
    RoleAssignment,
    StateRequest,
    StatusReport,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.models import (
    Baseline,
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)

CODE, ROW = {"code": "X"}, {"home": 1}
ADDED: dict[type[models.Model], tuple[str, dict[str, Any]]] = {
    Portfolio: ("component-add", {**CODE, "kind": "portfolio"}),
    Program: ("component-add", {**CODE, "kind": "program"}),
    Project: ("component-add", {**CODE, "kind": "project"}),
    BudgetEnvelope: ("budget-envelope-add", CODE),
    Objective: ("objective-add", CODE),
    ObjectiveContribution: ("objective-contribution-add", ROW),
    Benefit: ("benefit-add", CODE),
    BenefitLink: ("benefit-link-add", ROW),
    BenefitPlan: ("benefit-plan-add", ROW),
    BenefitMeasurement: ("benefit-measurement-add", ROW),
    Task: ("task-add", CODE),
    WeightedMilestone: ("weighted-milestone-add", ROW),
    MilestoneAccomplishment: ("milestone-accomplishment-add", ROW),
    Dependency: ("dependency-add", ROW),
    Progress: ("progress-add", ROW),
    Lesson: ("lesson-add", CODE),
    ClosureEvaluation: ("closure-evaluation-add", CODE),
    Baseline: ("project-baseline", CODE),
    CostEntry: ("cost-entry-add", CODE),
    Estimate: ("estimate-add", CODE),
    StatusReport: ("status-report-add", CODE),
    OverrideRuling: ("override-ruling-add", ROW),
    StateRequest: ("state-change", {**CODE, "after": "terminated"}),
    Decision: ("state-change", {**CODE, "after": "terminated"}),
    Risk: ("risk-add", CODE),
    RiskAssessment: ("risk-assessment-add", ROW),
    Issue: ("issue-add", CODE),
    IssueAssessment: ("issue-assessment-add", ROW),
    Change: ("change-add", CODE),
    ChangeAssessment: ("change-assessment-add", ROW),
    RoleAssignment: ("role-assignment-add", CODE),
}
"""The page on which a row of each model is made, and what its address needs."""

NEVER_CHANGED = {Baseline, StateRequest, Decision}
OTHERWISE_CHANGED: dict[type[models.Model], str] = {
    Portfolio: "component-change",
    Program: "component-change",
    Project: "component-change",
}


@pytest.mark.parametrize("model", ADDED, ids=lambda model: model.__name__)
class TestFaces:
    """One model at a time."""

    def test_it_is_made_on_a_page(self, model: type[models.Model]) -> None:
        name, key = ADDED[model]
        assert reverse(name, kwargs=key)

    def test_it_is_changed_on_a_page_unless_it_is_a_fact(self, model: type[models.Model]) -> None:
        if issubclass(model, Fact) or model in NEVER_CHANGED:
            return
        name = OTHERWISE_CHANGED.get(model, ADDED[model][0].replace("-add", "-change"))
        try:
            assert reverse(name, kwargs={"pk": 1})
        except NoReverseMatch:
            assert reverse(name, kwargs={"code": "X"})

    def test_the_api_has_it(self, model: type[models.Model]) -> None:
        served = {viewset.serializer_class.Meta.model for _, viewset, _ in router.registry}  # type: ignore[attr-defined]
        assert model in served

    def test_the_admin_has_it(self, model: type[models.Model]) -> None:
        assert admin.site.is_registered(model)
