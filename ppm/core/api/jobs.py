"""Jobs in the API: what was asked for, how far it has come, and what came of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ppm.core.api.once import once
from ppm.core.api.operations import ONCE
from ppm.core.api.viewsets import ReadOnlyViewSet
from ppm.core.authentication import HasScope
from ppm.core.exporting import FileFormat, ask_for_export, send_file
from ppm.core.exporting.asking import Asked
from ppm.core.filters import JobFilter
from ppm.core.jobs import JobRefusedError
from ppm.core.models import Job, JobRow
from ppm.core.parameters import NO_SUCH
from ppm.core.problems import Conflict, ParameterError
from ppm.core.serializers import KnownFields, StrictSerializer

OF_PAGES = {"limit", "cursor"}
OVER = "This job is over: there is nothing to cancel."
NO_FILE = "This job has no file for you: only a finished export has one, for whoever asked for it."


class Gone(APIException):
    """What was there is not kept any more."""

    status_code = HTTPStatus.GONE
    default_code = "gone"
    default_detail = "The file was kept for a day and is gone. Export again."


class JobSerializer(StrictSerializer[Job]):
    """A job, as pages and the API tell of it."""

    asked = serializers.DictField(
        read_only=True, help_text="What was asked for, as it was understood."
    )
    report = serializers.DictField(
        read_only=True, allow_null=True, help_text="What came of it; null before it ends."
    )
    file = serializers.SerializerMethodField(
        help_text="Where the file of an export is fetched; null without one, or after a day."
    )
    rows = serializers.SerializerMethodField(
        help_text="Where the reasons for failed rows are listed."
    )

    class Meta:
        model = Job
        fields = (
            *("id", "kind", "title", "asked", "owner", "state", "message", "done", "total"),
            *("rows_ok", "rows_skipped", "rows_failed", "rows", "report", "file"),
            *("request_id", "created_at", "started_at", "finished_at"),
        )
        read_only_fields = fields

    def get_file(self, job: Job) -> str | None:
        """Tell where the file is."""
        is_owner = job.owner_id == self.context["request"].user.pk
        has_file = is_owner and job.has_file(now=timezone.now())
        return self._address("file", job) if has_file else None

    def get_rows(self, job: Job) -> str:
        """Tell where the rows are."""
        return self._address("rows", job)

    def _address(self, name: str, job: Job) -> str:
        request = self.context.get("request")
        return str(reverse(f"api:jobs-{name}", args=[job.pk], request=request))


class JobRowSerializer(serializers.ModelSerializer[JobRow]):
    """Why a row was not taken. Rows count as in a spreadsheet: the heading is row 1."""

    class Meta:
        model = JobRow
        fields = ("id", "row", "column", "reason")
        read_only_fields = fields


def accepted(job: Job, request: Request) -> Response:
    """Answer that a job waits, and where it is asked about."""
    body = JobSerializer(job, context={"request": request}).data
    place = reverse("api:jobs-detail", args=[job.pk], request=request)
    return Response(body, status=HTTPStatus.ACCEPTED, headers={"Location": place})


POSTED: dict[str, Any] = {"http_method_names": ["post", "options"], "filter_backends": []}
"""What is done to a job, that else is only read."""
ACCEPTED = {HTTPStatus.ACCEPTED.value: JobSerializer}


class JobViewSet(ReadOnlyViewSet[Job]):
    """Jobs: imports, exports, recomputations. One's own, and for administrators those of all."""

    serializer_class = JobSerializer
    filterset_class = JobFilter
    ordering = ("-id",)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"], **POSTED)
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """Take a job from the queue, or ask its worker to stop: nothing of it is written then.

        A job that runs stops at its next step; ask again until it is cancelled. One that is over
        is a conflict.
        """
        job = self.get_object()
        if not job.cancel(now=timezone.now()):
            raise Conflict(OVER)
        return Response(self.get_serializer(job).data)

    @extend_schema(responses=JobRowSerializer(many=True), filters=False)
    @action(detail=True, filter_backends=[])
    def rows(self, request: Request, pk: str) -> Response:
        """List the rows that a job did not take, each with column and reason."""
        if unknown := request.query_params.keys() - OF_PAGES:
            raise ParameterError({name: [NO_SUCH] for name in sorted(unknown)})
        rows: Any = JobRow.objects.filter(job=self.get_object()).order_by("row", "id")
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(JobRowSerializer(page, many=True).data)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)}
    )
    @action(detail=True, filter_backends=[])
    def file(self, request: Request, pk: str) -> StreamingHttpResponse:
        """Fetch the file of an export: for a day, and only for whoever asked for it."""
        job = self.get_object()
        if not Job.objects.fetchable_by(request.user).filter(pk=job.pk).exists():
            raise NotFound(NO_FILE)
        if not job.has_file(now=timezone.now()):
            raise Gone
        return send_file(job)


class ExportSerializer(KnownFields):
    """What is to be exported."""

    collection = serializers.RegexField(
        r"^[a-z]+(-[a-z]+)*$", max_length=50, help_text="A list of the API, such as `projects`."
    )
    query = serializers.CharField(
        max_length=4_000,
        allow_blank=True,
        default="",
        help_text="The parameters of that list as they stand in its address, such as "
        "`state=executing&ordering=-budget`.",
    )
    format = serializers.ChoiceField(choices=FileFormat.choices)
    # A field of the serializer, not the property of that name.
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=100),
        default=list,
        max_length=500,
        help_text="The fields to write, such as `code` or `snapshot.cpi`; all without it.",
    )


class ExportView(APIView):
    """Exports of lists."""

    permission_classes = (IsAuthenticated, HasScope)

    @extend_schema(
        operation_id="exports_create",
        parameters=[ONCE],
        request=ExportSerializer,
        responses=ACCEPTED,
    )
    @once
    def post(self, request: Request) -> Response:
        """Write any list of the API into a file, as you may see it; answer with the job."""
        given = ExportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = Asked(given.data["collection"], given.data["query"], given.data["fields"])
        try:
            job = ask_for_export(asked, given.data["format"], by=request.user)
        except JobRefusedError as error:
            raise Conflict(str(error)) from error
        return accepted(job, request)
