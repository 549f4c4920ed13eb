"""Choosing one of many projects: typed by code or name, some are offered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceField
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.safestring import SafeString

from ppm.core.forms import typed
from projects.models import Project
from projects.models.project import ProjectQuerySet

OFFERED = 50
LISTED = "projects-offered"


def matching(projects: ProjectQuerySet, words: str) -> ProjectQuerySet:
    """Keep the projects that the words could mean."""
    return projects.filter(Q(code__icontains=words) | Q(name__icontains=words)).order_by("code")


class ProjectInput(forms.TextInput):
    """A line for the code of a project, with a list that follows what is typed."""

    choices: Any
    """What the field may choose from; the field sets it."""

    def __init__(self) -> None:
        """Let the list be fetched anew while one types."""
        super().__init__(
            attrs={
                "list": LISTED,
                "autocomplete": "off",
                "hx-get": reverse_lazy("project-offers"),
                "hx-trigger": "input changed delay:300ms",
                "hx-target": f"#{LISTED}",
            }
        )

    def render(self, *args: Any, **options: Any) -> SafeString:
        """Write the line, and the list with the first projects."""
        projects = self.choices.queryset.order_by("code")[:OFFERED]
        offers = render_to_string("programs/project_offers.html", {"projects": projects})
        return super().render(*args, **options) + SafeString(
            f'<datalist id="{LISTED}">{offers}</datalist>'
        )


class ProjectField(ModelChoiceField[Project]):
    """A project by its code, or by a part of its name that no other has."""

    widget = ProjectInput

    def __init__(self, **options: Any) -> None:
        """Choose from all, until a form narrows that to what its user sees."""
        super().__init__(Project.objects.all(), **options)

    def to_python(self, value: Any) -> Project | None:
        """Find the project, or say which ones it could be."""
        words = typed(value)
        if not words:
            return None
        projects: Any = self.queryset
        exact = projects.filter(code=words).first()
        found = [exact] if exact else list(matching(projects, words)[:3])
        if not found:
            raise forms.ValidationError("You see no project of that code or name.")
        if len(found) > 1:
            named = ", ".join(f"{project.code} ({project.name})" for project in found)
            raise forms.ValidationError(f"Which one? Write the code: {named} …")
        return found[0]
