"""Addresses of what every component has."""

from django.urls import URLPattern, path

from ppm.core import (
    audit_tab,
    closing_form,
    job_pages,
    ledger_forms,
    ledger_pages,
    register_forms,
    register_pages,
    report_forms,
    role_form,
)
from ppm.core.editing import addresses
from ppm.core.registers import REGISTERS
from ppm.core.webhooks import pages as webhook_pages
from ppm.core.webhooks.form import WebhookForm

urlpatterns: list[URLPattern] = [
    *addresses(register_forms.RiskForm),
    *addresses(register_forms.RiskAssessmentForm),
    *addresses(register_forms.IssueForm),
    *addresses(register_forms.IssueAssessmentForm),
    *addresses(register_forms.ChangeForm),
    *addresses(register_forms.ChangeAssessmentForm),
    *addresses(ledger_forms.CostEntryForm),
    *addresses(ledger_forms.EstimateForm),
    *addresses(report_forms.StatusReportForm),
    *addresses(report_forms.OverrideRulingForm),
    *addresses(role_form.RoleAssignmentForm),
    # Its own, for it shows the secret of what was added.
    path(
        "components/<str:code>/webhooks/new/",
        webhook_pages.webhook_add,
        {"form_class": WebhookForm},
        name="webhook-add",
    ),
    *(one for one in addresses(WebhookForm) if one.name != "webhook-add"),
    path("webhooks/<int:pk>/", webhook_pages.webhook_detail, name="webhook-detail"),
    path("webhooks/<int:pk>/secret/", webhook_pages.webhook_secret, name="webhook-secret"),
    path("webhooks/<int:pk>/test/", webhook_pages.webhook_test, name="webhook-test"),
    path("webhooks/<int:pk>/replay/", webhook_pages.webhook_replay, name="webhook-replay"),
    path(
        "webhook-deliveries/<int:pk>/",
        webhook_pages.delivery_detail,
        name="webhook-delivery-detail",
    ),
    path(
        "webhook-deliveries/<int:pk>/replay/",
        webhook_pages.delivery_replay,
        name="webhook-delivery-replay",
    ),
    # A close is not changed, but taken back.
    *(one for one in addresses(closing_form.MonthCloseForm) if one.name != "month-close-change"),
    path("cost-entries/<int:pk>/reverse/", ledger_pages.reverse_entry, name="cost-entry-reverse"),
    path("jobs/", job_pages.job_list, name="job-list"),
    path("jobs/<int:pk>/", job_pages.job_detail, name="job-detail"),
    path("jobs/<int:pk>/cancel/", job_pages.job_cancel, name="job-cancel"),
    path("jobs/<int:pk>/file/", job_pages.job_file, name="job-file"),
    path("jobs/<int:pk>/rows.csv", job_pages.job_rows, name="job-rows"),
    path("exports/new/", job_pages.export_new, name="export-new"),
    path("components/<str:code>/changes.csv", audit_tab.audit_events_csv, name="audit-events-csv"),
    path(
        "components/<str:code>/costs.csv", ledger_pages.cost_entries_csv, name="cost-entries-csv"
    ),
]

for register in REGISTERS.values():
    slug, plural, options = register.slug, register.plural, {"slug": register.slug}
    urlpatterns += [
        path(f"{plural}/", register_pages.register_list, options, f"{slug}-list"),
        path(f"{plural}/<int:pk>/", register_pages.entry_detail, options, f"{slug}-detail"),
    ]
