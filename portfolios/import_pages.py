"""Pages that import a file: upload it, say what its columns mean, check it, import it.

A worker does the work; the pages only ask for it and show how far it has come.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portfolios.columns_form import ColumnsForm
from portfolios.import_forms import CheckForm, ImportForm, UploadForm
from portfolios.importing.access import may_import
from portfolios.importing.jobs import LINKED
from portfolios.importing.preview import Preview
from portfolios.importing.reverting import NOT_REVERTIBLE, ask_to_revert, may_be_reverted
from portfolios.models import ImportRun, ImportRunQuerySet, ImportState
from ppm.core.job_pages import rows_as_csv, told
from ppm.core.jobs import JobRefusedError
from ppm.core.models import Component, JobRow, Kind

PAGE_SIZE = 25
NAMED = 200
"""How many rejected rows a page names; the file of all of them has no limit."""
KINDS = {**dict(Kind.choices), "task": "Task"}


STEPS = ("File", "Columns", "Check", "Import")
STEP_OF = {
    ImportState.UPLOADED: 3,
    ImportState.CHECKING: 3,
    ImportState.FAILED: 3,
    ImportState.CHECKED: 4,
    ImportState.IMPORTING: 4,
    ImportState.DONE: 5,
}


@login_required
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """List the user's imports, the newest first."""
    runs = _runs(request).select_related("owner", "job").defer("content", "preview", "mapping")
    page = Paginator(runs.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "may_import": may_import(request.user)}
    return render(request, "portfolios/import_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Take a file."""
    if not may_import(request.user):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        run = form.save(owner=request.user)
        return redirect(run if run.mapping else "import-columns", pk=run.pk)
    context = {"form": form, "steps": STEPS, "step": 1}
    return render(request, "portfolios/import_new.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the mapping: which column of the file fills which field."""
    run, preview, kind = _file_of(request, pk)
    form = ColumnsForm(request.POST or None, kind=kind, preview=preview, user=request.user)
    if not run.is_open:
        return redirect(run)
    if request.method == "POST" and form.is_valid():
        run.map_by(form.mapping())
        return redirect(run)
    context = {"run": run, "preview": preview, "form": form, "kind": kind, "kinds": KINDS}
    context |= {"steps": STEPS, "step": 2}
    return render(request, "portfolios/import_columns.html", context)


@login_required
@require_safe
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an import has come, and what can be done next."""
    run = get_object_or_404(_runs(request).select_related("owner", "job").defer("content"), pk=pk)
    return _show(request, run, CheckForm(instance=run))


@login_required
@require_POST
def import_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a worker check the file, or import it after a check."""
    locked = _runs(request).defer("content").select_for_update(of=("self",))
    run = get_object_or_404(locked, pk=pk)
    form_class = CheckForm if "mapping" in request.POST else ImportForm
    form = form_class(request.POST, instance=run)
    if run.is_open and not form.is_valid():
        return _show(request, run, form)
    if run.is_open:
        with told(request):
            form.start()
    return redirect(run)


@login_required
@require_POST
def import_revert(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a worker take an import back."""
    run = get_object_or_404(_runs(request).select_related("job").defer("content"), pk=pk)
    with told(request):
        if run.job is None:
            raise JobRefusedError(NOT_REVERTIBLE)
        return redirect(ask_to_revert(run.job, by=request.user))
    return redirect(run)


@login_required
@require_safe
def import_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the mapping as a file, to be kept and used again."""
    run = get_object_or_404(_runs(request).only("mapping", "file_name"), pk=pk)
    return _download(run.mapping, f"{run.file_name}.toml", "application/toml")


@login_required
@require_safe
def import_rejections(request: HttpRequest, pk: int) -> HttpResponse:
    """Send every rejected row as a file for a spreadsheet."""
    run = get_object_or_404(_runs(request).only("job", "file_name"), pk=pk)
    return _download(rows_as_csv(_rejections(run)), f"{run.file_name} rejected.csv", "text/csv")


def _runs(request: HttpRequest) -> ImportRunQuerySet:
    return ImportRun.objects.visible_to(request.user)


def _file_of(request: HttpRequest, pk: int) -> tuple[ImportRun, Preview, str]:
    """Find an import, what is known of its file, and what its rows are taken for."""
    run = get_object_or_404(_runs(request).select_related("job").defer("content"), pk=pk)
    kind = request.GET.get("kind", "")
    return run, Preview(**run.preview), kind if kind in KINDS else "project"


def _rejections(run: ImportRun) -> QuerySet[JobRow]:
    """Read what the newest job rejected; nothing before there is one."""
    return JobRow.objects.filter(job__import_run=run).order_by("row", "pk")


def _show(request: HttpRequest, run: ImportRun, start: CheckForm | ImportForm) -> HttpResponse:
    rejections = list(_rejections(run)[:NAMED])
    linked = Component.objects.visible_to(request.user).filter(pk__in=run.component_ids)
    context = {
        "run": run,
        "preview": Preview(**run.preview),
        "start": start,
        "form": start if isinstance(start, CheckForm) else CheckForm(instance=run),
        "rejections": rejections,
        "number_of_rejections": _rejections(run).count() if rejections else 0,
        "is_revertible": bool(run.job and may_be_reverted(run.job)),
        "linked": linked.order_by("path") if run.component_ids else [],
        "most_linked": LINKED,
        "steps": STEPS,
        "step": STEP_OF[ImportState(run.state)] if run.mapping else 2,
    }
    return render(request, "portfolios/import_detail.html", context)


def _download(text: str, name: str, content_type: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        text,
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": disposition or "attachment"},
    )
