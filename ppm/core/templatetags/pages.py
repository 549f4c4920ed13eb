"""Addresses of the pages of components, in templates."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from ppm.core.forms import address_of
from ppm.core.models import Component
from ppm.core.time_travel import asked_day

register = template.Library()

TAB_OF_FACTS = {
    "tasks": "tasks",
    "costs": "money",
    "estimates": "money",
    "risks": "risks",
    "issues": "risks",
    "changes": "risks",
    "benefits": "benefits",
    "components": "components",
}
"""The tab on which each sort of facts stands."""
OF_PAGES = ("page", "sort", "open", "costs", "estimates")
"""Parameters by which a page shows a list, and that do not narrow it."""


@register.simple_tag
def tab(component: Component, name: str = "") -> str:
    """Write the address of a tab."""
    return address_of(component, name)


@register.simple_tag
def work(component: Component, name: str) -> str:
    """Write where a figure of the work comes from: a project's tasks, else the tab."""
    return address_of(component, "tasks" if component.kind == "project" else name)


@register.simple_tag
def facts(component: Component, sort: str) -> str:
    """Write the address of a sort of facts of the component.

    Estimates are of projects; above them those of the components are the facts. Of the tasks
    those that are furthest behind say most.
    """
    if sort == "estimates" and component.kind != "project":
        sort = "components"
    order = "?sort=behind" if sort == "tasks" else ""
    return f"{address_of(component, TAB_OF_FACTS[sort])}{order}#{sort}"


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, number: int, parameter: str = "") -> str:
    """Write the address of a page of a list; `parameter` names it where there are several."""
    query = context["request"].GET.copy()
    query[parameter or "page"] = number
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def export_address(context: template.Context, collection: str, **narrowed: object) -> str:
    """Write where a list is exported as the page shows it: narrowed, and on the same day."""
    request = context["request"]
    query = request.GET.copy()
    for name in [name for name in query if name in OF_PAGES or not any(query.getlist(name))]:
        del query[name]
    for name, value in narrowed.items():
        query[name] = str(value)
    if day := asked_day(request):
        query["as_of"] = day.isoformat()
    # The page of exports is one of the present, whatever day the list is about.
    address = re.sub("/on/[^/]+/", "/", reverse("export-new"))
    return f"{address}?{urlencode({'collection': collection, 'query': query.urlencode()})}"
