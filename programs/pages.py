"""The tabs of programs and portfolios, and the benefits of a project."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ppm.core.common_tabs import COMMON
from ppm.core.explanation import policy_of
from ppm.core.models import Kind
from ppm.core.outline import PAGE_SIZE, LevelPaginator, listed, ordered, rows_of, sort_in, sorts
from ppm.core.reach import unscoped
from ppm.core.tabs import Matter, Reader, Tab, parts_of
from programs.dependence import Contributor
from programs.models import Benefit, BenefitLink
from programs.outlook import Placed, counted, outlooks, placed

ZERO = Decimal()


def overview(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect nothing more: the explanation and the tiles say it."""
    return {}


def components(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect what the component is made of."""
    sort = sort_in(reader.query)
    page, rows = listed(
        parts_of(matter, reader),
        sort=sort,
        page=reader.page,
        user=reader.user,
        now=reader.now,
        as_of=reader.as_of,
    )
    shows_amounts = matter.figures.shows_amounts
    return {
        "page": page,
        "rows": rows,
        "sort": sort,
        "sorts": sorts(shows_amounts=shows_amounts),
        "own": counted(matter.component, known=matter.known, shows_amounts=shows_amounts),
    }


def benefits(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the benefits at home here, what each rests on, and those of the level below."""
    component, policy = matter.component, policy_of(matter.component)
    homes = parts_of(matter, reader).exclude(kind=Kind.PROJECT)
    homes = ordered(homes, "budget", now=reader.now, as_of=reader.as_of)
    page = LevelPaginator(homes, PAGE_SIZE).get_page(reader.page)
    return {
        "benefits": outlooks(component, user=reader.user, known=matter.known, policy=policy),
        "own": counted(component, known=matter.known, shows_amounts=matter.figures.shows_amounts),
        "page": page,
        "rows": rows_of(page.object_list, user=reader.user, now=reader.now, as_of=reader.as_of),
    }


@dataclass(frozen=True)
class Served:
    """A benefit that rests on a project, and what the project is to it."""

    placed: Placed
    contributor: Contributor

    @property
    def rank(self) -> tuple[bool, Decimal, str]:
        """Its place in a list: money before units, what would lose most first."""
        outlook, loss = self.placed.outlook, self.contributor.loss
        return not outlook.is_money, loss.now if loss else ZERO, outlook.benefit.name


@unscoped("what is hidden is counted")
def served(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the benefits that rest on a project, and how many more the reader may not see."""
    links = BenefitLink.objects.filter(project=matter.component)
    seen = Benefit.objects.visible_to(reader.user).filter(pk__in=links.values("benefit"))
    found = [
        Served(one, contributor)
        for one in placed(seen, user=reader.user, now=reader.now, as_of=reader.as_of)
        for contributor in one.outlook.contributors
        if contributor.project and contributor.project.pk == matter.component.pk
    ]
    return {
        "served": sorted(found, key=lambda one: one.rank),
        "hidden": links.exclude(benefit__in=seen).count(),
    }


TABS = {
    "": Tab("programs/overview.html", overview),
    "components": Tab("tabs/components.html", components),
    "benefits": Tab("tabs/benefits.html", benefits),
    **COMMON,
}
OF_PROJECTS = {"benefits": Tab("programs/project_benefits.html", served)}
