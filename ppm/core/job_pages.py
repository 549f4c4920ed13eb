"""Pages of jobs: what somebody asked for, how far it has come, and its file; and the export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ValidationError

from ppm.core.exporting import FileFormat, ask_for_export, send_file
from ppm.core.exporting.asking import Asked, List
from ppm.core.jobs import JobRefusedError
from ppm.core.models import AnyUser, Job, JobRow
from ppm.core.spreadsheet import MARK, harmless

PAGE_SIZE = 25
NAMED = 200
"""How many failed rows a page names; the file of all of them has no limit."""
OVER = "This job was over already. Nothing was changed."


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """List the user's jobs, the newest first."""
    jobs = Job.objects.visible_to(request.user).select_related("owner").defer("report")
    page = Paginator(jobs.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "jobs/list.html", {"page": page})


@login_required
@require_safe
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a job has come, and what came of it."""
    job = _job(request, pk)
    rows = job.rows.order_by("row", "pk")
    is_owner = job.owner_id == request.user.pk
    context = {
        "job": job,
        "rows": rows[:NAMED],
        "number_of_rows": rows.count(),
        "has_file": is_owner and job.has_file(now=timezone.now()),
        "format": FileFormat(job.asked["format"]).label if "format" in job.asked else "",
    }
    return render(request, "jobs/detail.html", context)


@login_required
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a job from the queue, or ask its worker to stop."""
    job = _job(request, pk)
    if not job.cancel(now=timezone.now()):
        messages.error(request, OVER)
    return redirect(job)


@login_required
@require_safe
def job_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file of an export, for a day and to whoever asked for it."""
    job = get_object_or_404(Job.objects.fetchable_by(request.user), pk=pk)
    if not job.has_file(now=timezone.now()):
        raise Http404
    return send_file(job)


@login_required
@require_safe
def job_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Send every row that was not taken as a file for a spreadsheet."""
    job = _job(request, pk)
    name = f"{job.title} not taken.csv"
    return HttpResponse(
        rows_as_csv(job.rows.order_by("row", "pk")),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: HttpRequest) -> HttpResponse:
    """Ask in which form a list is wanted, and queue its export."""
    given = request.POST if request.method == "POST" else request.GET
    form = ExportForm(given or None, user=request.user)
    is_sound = form.is_valid()
    if request.method == "POST" and is_sound:
        with told(request):
            return redirect(form.start())
    context = {"form": form, "is_sound": is_sound, "formats": FileFormat}
    return render(request, "jobs/export_new.html", context)


class ExportForm(forms.Form):
    """A list, as its page was narrowed, and the form in which it is wanted."""

    collection = forms.SlugField(max_length=50, widget=forms.HiddenInput())
    query = forms.CharField(max_length=4_000, required=False, widget=forms.HiddenInput())
    format = forms.ChoiceField(
        label="Form", choices=FileFormat.choices, initial=FileFormat.XLSX, required=False
    )

    def __init__(self, *args: Any, user: AnyUser, **options: Any) -> None:
        """Keep who asks."""
        super().__init__(*args, **options)
        self.user = user

    def clean(self) -> None:
        """Refuse what the list does not understand."""
        try:
            given = (self.cleaned_data.get(name, "") for name in ("collection", "query"))
            self.asked = Asked(*given)
            List(self.asked, self.user)
        except ValidationError as error:
            details: Any = error.detail
            for reason in chain(*details.values()):
                self.add_error(None, str(reason))

    def parameters(self) -> Iterator[tuple[str, str]]:
        """List by what the list is narrowed, in words."""
        for name, values in self.asked.parameters.lists():
            yield name.replace("__", " ").replace("_", " "), ", ".join(values)

    def start(self) -> Job:
        """Queue the export."""
        file_format = self.cleaned_data["format"] or FileFormat.XLSX
        return ask_for_export(self.asked, file_format, by=self.user)


@contextmanager
def told(request: HttpRequest) -> Iterator[None]:
    """Tell on the next page why a job was not taken."""
    try:
        yield
    except JobRefusedError as error:
        messages.error(request, str(error))


def rows_as_csv(rows: Iterable[JobRow]) -> str:
    """Write the rows that a job did not take, for a spreadsheet."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["row", "column", "reason"])
    writer.writerows([row.row, harmless(row.column), harmless(row.reason)] for row in rows)
    return MARK + text.getvalue()


def _job(request: HttpRequest, pk: int) -> Job:
    jobs = Job.objects.visible_to(request.user).select_related("owner")
    return get_object_or_404(jobs, pk=pk)
