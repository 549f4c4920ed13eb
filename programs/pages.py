"""The tabs of programs and portfolios, and the benefits of a project."""

from __future__ import annotations

from typing import Any

from ppm.core.common_tabs import COMMON
from ppm.core.explanation import policy_of
from ppm.core.models import Component
from ppm.core.outline import SORTS, listed, sort_in
from ppm.core.tabs import Matter, Reader, Tab
from programs.outlook import counted, outlooks


def overview(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect nothing more: the explanation and the tiles say it."""
    return {}


def components(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect what the component is made of."""
    children = Component.objects.visible_to(reader.user).filter(parent=matter.component)
    sort = sort_in(reader.query)
    page, rows = listed(children, sort=sort, page=reader.page, now=reader.now)
    own = counted(matter.component, as_of=matter.as_of)
    return {"page": page, "rows": rows, "sort": sort, "sorts": SORTS, "own": own}


def benefits(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the benefits at home here, and what each rests on."""
    component, policy = matter.component, policy_of(matter.component)
    return {"benefits": outlooks(component, user=reader.user, as_of=matter.as_of, policy=policy)}


TABS = {
    "": Tab("programs/overview.html", overview),
    "components": Tab("tabs/components.html", components),
    "benefits": Tab("tabs/benefits.html", benefits),
    **COMMON,
}
