"""What the API has done by workers beside exports: imports, reversals and recomputations."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolios.import_forms import UploadForm
from portfolios.importing.access import may_import
from portfolios.importing.reverting import ask_to_revert
from portfolios.importing.shipped import is_name, shipped, shipped_names
from portfolios.models import ImportRun
from portfolios.recomputing import ask_to_recompute, recomputable_by
from ppm.core.api.jobs import ACCEPTED, POSTED, JobViewSet, accepted
from ppm.core.api.once import once
from ppm.core.api.operations import ONCE
from ppm.core.authentication import HasScope
from ppm.core.jobs import JobRefusedError
from ppm.core.models import Component
from ppm.core.models.component import IS_CODE
from ppm.core.problems import Conflict
from ppm.core.serializers import DayField, KnownFields, ScopedPrimaryKeyRelatedField

NOTHING_TO_IMPORT_INTO = "There is nothing that you may add to or change by an import."
NOT_YOURS = "Who may change the policies of a component has it computed anew."


class EveryJobViewSet(JobViewSet):
    """Jobs: imports, exports, recomputations. One's own, and for administrators those of all."""

    @extend_schema(request=None, responses=ACCEPTED)
    @action(detail=True, methods=["post"], **POSTED)
    @once
    def revert(self, request: Request, pk: str) -> Response:
        """Take an import back: what it added goes, what it changed gets its former values.

        All or nothing. Where a row was changed since, the job that answers fails, and its rows
        name what stands in the way.
        """
        try:
            job = ask_to_revert(self.get_object(), by=request.user)
        except JobRefusedError as error:
            raise Conflict(str(error)) from error
        return accepted(job, request)


@extend_schema_field({"type": "string"})
class MappingField(serializers.Field[Any, Any, Any, Any]):
    """A mapping: TOML as a file or as text, or the name of one that comes along."""

    def to_internal_value(self, data: Any) -> Any:
        """Return it as a file would come."""
        if isinstance(data, UploadedFile):
            return data
        text = str(data)
        if is_name(text) and not shipped(text):
            names = ", ".join(shipped_names())
            raise ValidationError(f"No mapping of this name comes along; there are {names}.")
        return ContentFile((shipped(text) or text).encode(), "mapping.toml")


class ImportSerializer(KnownFields):
    """A file to be imported, and how."""

    file = serializers.FileField(
        max_length=250, help_text="CSV in UTF-8 or an Excel workbook, up to 10 MB."
    )
    mapping = MappingField(
        help_text="What the columns mean: TOML, as a file or as text, or the name of a mapping "
        "that comes along, such as `federal_it_dashboard`."
    )
    sheet = serializers.CharField(
        required=False, max_length=100, help_text="Of a workbook, if it is not the first one."
    )
    # Of the serializer's own attributes two are called like fields.
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False,
        max_length=60,
        validators=[IS_CODE],
        help_text="The code of the component below which all stands, instead of what the mapping "
        "says of its first level.",
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Check the file, tell all, and write nothing."
    )
    partial = serializers.BooleanField(  # type: ignore[assignment]
        default=False, help_text="Write the sound rows though others are refused."
    )
    as_of = DayField(
        required=False, help_text="The date that the file is about; facts are dated so."
    )
    sets_status_date = serializers.BooleanField(
        default=False, help_text="Make it the status date of the trees, too."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read file and mapping as the page does."""
        sent: Any = {name: attrs[name] for name in ("file", "mapping")}
        self.form = UploadForm({"sheet": attrs.get("sheet", "")}, sent)
        if not self.form.is_valid():
            raise ValidationError({name: [*e] for name, e in self.form.errors.items()})
        return attrs

    def save(self, **options: Any) -> ImportRun:
        """Keep the file with its options."""
        run = self.form.save(owner=self.context["request"].user)
        run.parent_code = self.validated_data.get("parent", "")
        run.as_of = self.validated_data.get("as_of")
        run.sets_status_date = self.validated_data["sets_status_date"]
        run.is_partial = self.validated_data["partial"]
        run.save()
        return run


class ImportView(APIView):
    """Imports of files."""

    permission_classes = (IsAuthenticated, HasScope)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="imports_create",
        parameters=[ONCE],
        request=ImportSerializer,
        responses=ACCEPTED,
    )
    @once
    def post(self, request: Request) -> Response:
        """Import a table into the tree, or check it; answer with the job.

        It is all or nothing unless `partial`. What one may import, and how a mapping is written,
        is told in docs/importing.md.
        """
        if not may_import(request.user):
            raise PermissionDenied(NOTHING_TO_IMPORT_INTO)
        given = ImportSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        try:
            job = given.save().start(dry_run=given.validated_data["dry_run"])
        except JobRefusedError as error:
            raise Conflict(str(error)) from error
        return accepted(job, request)


class RecomputationSerializer(KnownFields):
    """What is to be computed anew."""

    component = ScopedPrimaryKeyRelatedField(
        Component, help_text="The component; what stands below it is computed too."
    )


class RecomputationView(APIView):
    """Recomputations of figures."""

    permission_classes = (IsAuthenticated, HasScope)

    @extend_schema(
        operation_id="recomputations_create",
        parameters=[ONCE],
        request=RecomputationSerializer,
        responses=ACCEPTED,
    )
    @once
    def post(self, request: Request) -> Response:
        """Compute the figures of a component and of all below it anew; answer with the job."""
        given = RecomputationSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        component = given.validated_data["component"]
        if not recomputable_by(request.user).filter(pk=component.pk).exists():
            raise PermissionDenied(NOT_YOURS)
        try:
            job = ask_to_recompute(component, by=request.user)
        except JobRefusedError as error:
            raise Conflict(str(error)) from error
        return accepted(job, request)
