"""Forms of projects and their work."""

from __future__ import annotations

from ppm.core.component_form import ComponentForm, component_fields
from projects.models import Project


class ProjectForm(ComponentForm[Project]):
    """A project."""

    class Meta:
        model = Project
        fields = component_fields(
            *("nature", "priority", "budget", "contingency", "calendar"),
            *("objectives", "scope", "deliverables"),
        )
        help_texts = {
            "budget": "Counts while the project has no tasks; then the tasks' budgets do.",
            "contingency": "What is left of the reserve for known risks.",
            "priority": "A number; the lower, the more important.",
        }
