"""Addresses of portfolios, and of what concerns whole trees."""

from django.urls import path

from portfolios import decision_pages, editing, import_pages, views
from portfolios.forms import BudgetEnvelopeForm, ObjectiveContributionForm, ObjectiveForm
from ppm.core.editing import addresses

urlpatterns = [
    path("portfolios/", views.portfolio_list, name="portfolio-list"),
    path("new/portfolio/", editing.add, {"kind": "portfolio"}, name="root-add"),
    path("portfolios/<str:code>/", views.portfolio_detail, name="portfolio-detail"),
    path("portfolios/<str:code>/<slug:tab>/", views.portfolio_detail, name="portfolio-tab"),
    path("benefits/<int:pk>/", views.benefit_detail, name="benefit-detail"),
    *addresses(ObjectiveForm),
    *addresses(ObjectiveContributionForm),
    *addresses(BudgetEnvelopeForm),
    path("imports/", import_pages.import_list, name="import-list"),
    path("imports/new/", import_pages.import_new, name="import-new"),
    path("imports/<int:pk>/", import_pages.import_detail, name="import-detail"),
    path("imports/<int:pk>/columns/", import_pages.import_columns, name="import-columns"),
    path("imports/<int:pk>/start/", import_pages.import_start, name="import-start"),
    path("imports/<int:pk>/revert/", import_pages.import_revert, name="import-revert"),
    path("imports/<int:pk>/mapping.toml", import_pages.import_mapping, name="import-mapping"),
    path(
        "imports/<int:pk>/rejections.csv",
        import_pages.import_rejections,
        name="import-rejections",
    ),
    path("decisions/", decision_pages.decision_list, name="decision-list"),
    path("decisions/<int:pk>/", decision_pages.decision_detail, name="decision-detail"),
    path("state-requests/<int:pk>/answer/", decision_pages.request_answer, name="request-answer"),
    path("components/<str:code>/new/<slug:kind>/", editing.add, name="component-add"),
    path("components/<str:code>/edit/", editing.change, name="component-change"),
    path("components/<str:code>/delete/", editing.delete, name="component-delete"),
    path("components/<str:code>/move/", editing.move, name="component-move"),
    path("components/<str:code>/state/<str:after>/", editing.state_change, name="state-change"),
]
