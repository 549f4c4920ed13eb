"""Addresses of programs and benefits."""

from django.urls import path

from ppm.core.editing import addresses
from programs import views
from programs.forms import BenefitForm, BenefitLinkForm, BenefitMeasurementForm, BenefitPlanForm

urlpatterns = [
    path("programs/", views.program_list, name="program-list"),
    path("programs/<str:code>/", views.program_detail, name="program-detail"),
    path("programs/<str:code>/<slug:tab>/", views.program_detail, name="program-tab"),
    path("projects/<str:code>/benefits/", views.project_benefits, name="project-benefits"),
    path("benefits/", views.benefit_list, name="benefit-list"),
    path("benefits/<int:pk>/plan/", views.plan_grid, name="benefit-plan-grid"),
    path("benefit-links/projects/", views.project_offers, name="project-offers"),
    *addresses(BenefitForm),
    *addresses(BenefitLinkForm),
    *addresses(BenefitPlanForm),
    *addresses(BenefitMeasurementForm),
]
