"""Forms of programs and benefits."""

from __future__ import annotations

from ppm.core.component_form import ComponentForm, component_fields
from programs.models import Program


class ProgramForm(ComponentForm[Program]):
    """A program."""

    class Meta:
        model = Program
        fields = component_fields("sponsor", "vision")
