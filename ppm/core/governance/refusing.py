"""What a form says when a write is refused: by the database, or by a rule of ours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import DatabaseError
from django.db.models import ProtectedError, RestrictedError

from ppm.core.forms import changed_meanwhile
from ppm.core.problems import sentences_of, still_used

GONE = "Somebody has deleted this row. Read again."
MEANWHILE = "Somebody has changed this meanwhile. Read it again before you change it."


class RefusedWriteError(Exception):
    """A write that may not be. Its sentence is shown to the user, and nothing is written."""


WRITE_ERRORS = (RefusedWriteError, DatabaseError)


def require_unchanged(form: forms.ModelForm[Any]) -> None:
    """Lock the row of a form; refuse to overwrite what somebody else has written meanwhile."""
    if changed_meanwhile(form):
        raise RefusedWriteError(MEANWHILE)


def sentence_of(error: Exception) -> str | None:
    """Say why a write was refused; None for an error that is a defect or an outage."""
    if isinstance(error, RefusedWriteError):
        return str(error)
    if isinstance(error, ProtectedError | RestrictedError):
        return str(still_used(error).detail)
    if type(error) is DatabaseError and error.__cause__ is None:
        return GONE  # Django's own, of a save that found no row
    return " ".join(sentences_of(error)) or None


class RefusedForm(forms.BaseModelForm[Any]):
    """A form whose values were refused when they were written."""

    refusal = ""

    def clean(self) -> dict[str, Any] | None:
        """Say so above the form."""
        cleaned = super().clean()
        self.add_error(None, self.refusal)
        return cleaned
