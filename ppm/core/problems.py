"""What the API answers when it refuses: problem details (RFC 9457) for every kind of refusal.

The database is the last guard, so its refusals are translated too: a constraint or a trigger
speaks to the caller in the sentence written beside it, and the request's transaction is undone.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, JsonResponse
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import Error, ErrorResponse, ExceptionHandlerContext
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:ppm:problem:"

# SQLSTATE codes of PostgreSQL, by what they mean to the caller.
BUSY, TIMED_OUT = ("40001", "40P01", "55P03"), "57014"
GONE = "Somebody has deleted this row. Read again."
CHECK, UNIQUE, REFERENCE, OUT_OF_RANGE = "23514", "23505", "23503", "22003"


class Conflict(APIException):
    """The request fits no longer, or not yet, to what others have written."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"
    default_detail = "This contradicts what is stored."


class TookTooLong(APIException):
    """The database gave the request up: it waited for others, or asked for too much at once."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "time_out"
    default_detail = "This took too long, and nothing was written. Try again."


class Unavailable(APIException):
    """The database does not answer: it is restarting, or out of reach."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "The database does not answer, and nothing was written. Try again."
    wait = 5
    """Seconds, for the header `Retry-After`."""


class RefusedRowsError(ValidationError):
    """Some of many rows were refused, and so none was written. `entries` are those of all."""

    def __init__(self, entries: list[dict[str, str]]) -> None:
        """Keep what was refused."""
        super().__init__("Some rows were refused.")
        self.entries = entries


class ParameterError(ValidationError):
    """A query parameter is unknown or has a wrong value. `detail` is by parameter."""


def exception_handler(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Answer an error of an API view; the setting `EXCEPTION_HANDLER` names this function."""
    return ProblemHandler(error, context).run()


class ProblemHandler(ExceptionHandler):
    """Also knows the database's refusals, and the media type of problems."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Translate what the caller can do something about."""
        if isinstance(exc, ProtectedError | RestrictedError):
            return still_used(exc)
        if is_gone(exc):
            return Conflict(GONE, code="gone")
        if isinstance(exc, DatabaseError | InterfaceError):
            return refusal_of(exc) or (Unavailable() if is_outage(exc) else exc)
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        """Write the problem."""
        problem: dict[str, Any] = ProblemFormatter(exc, self.context, self.exc).run()
        return problem

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        """Answer with the problem."""
        response = super().get_response(exc, data)
        response.content_type = CONTENT_TYPE
        for name, value in getattr(self.exc, "headers", {}).items():
            response[name] = value
        return response


class ProblemFormatter(ExceptionFormatter):
    """Lays errors out as RFC 9457 says; `errors` lists each value that was refused."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Lay the answer out."""
        is_validation = isinstance(self.exc, ValidationError)
        first = error_response.errors[0]
        entries = [self.entry(error) for error in error_response.errors] if is_validation else []
        entries = getattr(self.exc, "entries", entries)
        several = len(entries) > 1
        details = [entry["detail"] for entry in entries] or [first.detail]
        request: Any = self.context["request"]
        return problem_of(
            request._request,
            status=HTTPStatus(self.exc.status_code),
            code="validation_error" if is_validation else first.code,
            detail=f"{len(entries)} values were refused." if several else details[0],
            errors=entries,
        )

    def entry(self, error: Error) -> dict[str, str]:
        """Say where the error is: a JSON pointer into the body, or a query parameter."""
        name = error.attr or api_settings.NON_FIELD_ERRORS_KEY
        if isinstance(self.exc, ParameterError):
            place = {"parameter": name}
        elif name == api_settings.NON_FIELD_ERRORS_KEY:
            place = {"pointer": "#"}
        else:
            place = {"pointer": "#/" + name.replace("~", "~0").replace("/", "~1")}
        sentence = error.detail
        # DRF does not say which field it means, and `detail` may stand alone.
        if sentence.startswith("This field "):
            sentence = f"{name}: t{sentence[1:]}"
        return {**place, "code": error.code, "detail": sentence}


def entries_of(error: Exception, view: Any, place: str) -> list[dict[str, str]]:
    """List what was refused of a part of the body, which a pointer leads to; raise a defect."""
    handler = ProblemHandler(error, {"view": view, "request": view.request})  # type: ignore[typeddict-item]
    known = handler.convert_known_exceptions(error)
    if not isinstance(known, APIException):
        raise error
    problem = handler.format_exception(known)
    whole = {"pointer": "#", "code": problem["type"].rpartition(":")[2].replace("-", "_")}
    entries = problem["errors"] or [{**whole, "detail": problem["detail"]}]
    return [{**entry, "pointer": place + entry["pointer"][1:]} for entry in entries]


def problem_of(
    request: HttpRequest,
    *,
    status: HTTPStatus,
    code: str,
    detail: str,
    errors: list[dict[str, str]],
) -> dict[str, Any]:
    """Write the problem of a request."""
    return {
        "type": TYPE + code.replace("_", "-"),
        "title": status.phrase,
        "status": status.value,  # a plain number: the API's description is written as YAML
        "detail": detail,
        "instance": request.path,
        "request_id": str(request.id),  # type: ignore[attr-defined]
        "errors": errors,
    }


def problem_response(request: HttpRequest, error: APIException) -> JsonResponse:
    """Answer a request of the API that did not come as far as a view."""
    status = HTTPStatus(error.status_code)
    code, detail = error.get_codes(), str(error.detail)
    problem = problem_of(request, status=status, code=str(code), detail=detail, errors=[])
    wait = getattr(error, "wait", None)
    headers = None if wait is None else {"Retry-After": str(wait)}
    return JsonResponse(problem, status=status, content_type=CONTENT_TYPE, headers=headers)


def is_api(request: HttpRequest) -> bool:
    """Tell whether the caller expects problems, not pages."""
    return request.path.startswith("/api/")


def is_outage(error: Exception) -> bool:
    """Tell whether the database is out of reach, which is nobody's defect."""
    return isinstance(error, OperationalError | InterfaceError) or is_cut_off(error)


def is_cut_off(error: Exception) -> bool:
    """Tell whether the connection broke amid an answer: psycopg2 has no class or code for that."""
    cause = error.__cause__
    is_bare = type(error) is DatabaseError and cause is not None
    return is_bare and getattr(cause, "pgcode", None) is None


def is_gone(error: Exception) -> bool:
    """Tell whether a row to be saved is not there any more; this error is Django's own."""
    return type(error) is DatabaseError and error.__cause__ is None


def refusal_of(error: Exception) -> APIException | None:
    """Translate an error of PostgreSQL; None for one that is a defect of ours."""
    cause = error.__cause__
    state = getattr(cause, "pgcode", None)
    if state == OUT_OF_RANGE:
        return ValidationError("A number is too large.", code="out_of_range")
    if state in BUSY:
        return Conflict("Somebody else is changing the same rows. Try again.", code="busy")
    if state == TIMED_OUT:
        return TookTooLong()
    if state not in (CHECK, UNIQUE, REFERENCE):
        return None
    diagnosis = cause.diag  # type: ignore[union-attr]
    name = diagnosis.constraint_name or "refused"
    # What a trigger raises names no table, and its message is the sentence for the user.
    is_raised = diagnosis.table_name is None
    sentence = diagnosis.message_primary if is_raised else sentences().get(name)
    if state == REFERENCE and sentence is None:
        return Conflict("Something that this row refers to is gone. Read again.", code=name)
    return ValidationError(
        {api_settings.NON_FIELD_ERRORS_KEY: [sentence or "Another row has these values."]},
        code=name,
    )


def sentences_of(error: Exception) -> list[str]:
    """Tell in sentences why PostgreSQL refused; none for what is a defect of ours."""
    refusal = refusal_of(error)
    if refusal is None:
        return [GONE] if is_gone(error) else []
    detail: Any = refusal.detail
    found = detail.values() if isinstance(detail, dict) else [[detail]]
    return [str(sentence) for entries in found for sentence in entries]


@cache
def sentences() -> dict[str, str]:
    """Map the name of each constraint to the sentence the user reads."""
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message != constraint.default_violation_error_message
    }


def still_used(error: ProtectedError | RestrictedError) -> Conflict:
    """Say what kind of rows stand in the way of a deletion."""
    if isinstance(error, ProtectedError):
        rows = error.protected_objects
    else:
        rows = error.restricted_objects
    kinds = sorted({str(row._meta.verbose_name_plural) for row in rows})
    return Conflict(f"It cannot be deleted: it still has {', '.join(kinds)}.", code="in_use")
