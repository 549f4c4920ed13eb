"""Facts in the admin: recorded and read, never changed or deleted by anybody."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.http import HttpRequest
from django.utils import timezone

from ppm.core.governance.scoped import ScopedAdmin, record
from ppm.core.models import Fact

F = TypeVar("F", bound=Fact)

RECORDED = ("recorded_at", "recorded_by", "request_id")


class FactAdmin(ScopedAdmin[F]):
    """Facts of one kind. `fields` are those that are recorded; who and when is added."""

    may_be_changed: ClassVar[bool] = False
    may_be_deleted: ClassVar[bool] = False
    date_hierarchy = "date"
    ordering = ("-date", "-pk")

    def get_fields(self, request: HttpRequest, obj: F | None = None) -> Any:
        """Show of a recorded fact also who recorded it, when and in which request."""
        fields = self.fields or ()
        return fields if obj is None else (*fields, *RECORDED)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer today."""
        return {"date": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Write into the fact who records it."""
        fact = super().save_form(request, form, change)
        record(request, fact)
        return fact
