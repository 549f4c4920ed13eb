"""What a change would do to the figures: it is done, rolled up, read, and taken back.

The statements that compute the figures are those of a real change, so what is foretold is what
will be, to the last decimal (docs/adr/0009). Trees wait for it as they wait for a roll-up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from django.db import connection, transaction

from portfolios.achievement import achievement
from portfolios.models import Objective, ObjectiveContribution
from portfolios.rollup import settle
from ppm.core.explanation import policy_of
from ppm.core.figures import Figures, figures_of
from ppm.core.locks import lock_trees
from ppm.core.models import AnyUser, Component, Snapshot
from ppm.core.reach import unscoped
from programs.benefits import Achievement
from programs.models import Benefit, BenefitLink, LinkMode
from programs.outlook import BenefitOutlook, outlooks
from projects.models import Dependency

ZERO = Decimal()
LONGEST_WAIT = "5s"
"""A page gives up rather than wait longer for a tree that is being computed."""


@dataclass(frozen=True)
class Effect:
    """What becomes of the figures of one component."""

    component: Component
    before: Figures
    after: Figures


@dataclass(frozen=True)
class BenefitEffect:
    """What becomes of a benefit; `is_broken` where it cannot come at all without the work."""

    before: BenefitOutlook
    after: BenefitOutlook
    is_broken: bool
    currency: str

    @property
    def change(self) -> Decimal | None:
        """How much more is forecast afterwards; negative is lost."""
        if self.before.forecast is None or self.after.forecast is None:
            return None
        return self.after.forecast - self.before.forecast


@dataclass(frozen=True)
class ObjectiveEffect:
    """What becomes of the achievement of an objective."""

    objective: Objective
    before: Achievement
    after: Achievement


@dataclass(frozen=True)
class Consequence:
    """What a change does, as far as the user sees it, the component itself first.

    `hidden` is how many benefits it touches that the user may not see; `orphans` are the waiting
    tasks of other projects.
    """

    as_of: date
    currency: str
    effects: list[Effect]
    benefits: list[BenefitEffect]
    objectives: list[ObjectiveEffect]
    orphans: list[Dependency]
    hidden: int
    termination_cost: Decimal = ZERO

    @property
    def avoided(self) -> Decimal | None:
        """What need not be spent any more on the component; None where that is not shown."""
        own = self.effects[0]
        if not own.before.shows_amounts:
            return None
        return _amount(own.before.snapshot, "etc") - _amount(own.after.snapshot, "etc")

    @property
    def lost(self) -> Decimal | None:
        """The money that the benefits are forecast to bring less.

        None in several currencies, and where not all of the benefits are seen with their amounts.
        """
        if self.hidden:
            return None
        counted = [effect for effect in self.benefits if effect.before.is_money]
        if any(effect.currency != self.currency for effect in counted):
            return None
        if not all(effect.before.shows_amounts for effect in counted):
            return None
        return -sum((effect.change or ZERO for effect in counted), ZERO)

    @property
    def balance(self) -> Decimal | None:
        """What is saved from now on, less what is lost from now on."""
        if self.lost is None or self.avoided is None:
            return None
        return self.avoided - self.lost - self.termination_cost


class UncomputableError(Exception):
    """The figures cannot be computed, so nothing can be foretold; the sentence names what."""


def rehearse(
    component: Component,
    change: Callable[[], object],
    *,
    user: AnyUser,
    now: datetime,
    target: Component | None = None,
    termination_cost: Decimal = ZERO,
) -> Consequence:
    """Tell what `change` would do; `target` is where the component would move to.

    Raises `OperationalError` where a tree stays busy for too long, `UncomputableError` where
    figures cannot be computed before or after the change.
    """
    scene = _scene(component, target, user)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
        lock_trees(scene.anchors)
        before = _observe(scene, user=user, now=now)
        change()
        after = _observe(scene, user=user, now=now)
        transaction.set_rollback(True)
    own = before.figures[component.pk]
    return Consequence(
        as_of=own.as_of,
        currency=own.currency,
        effects=[Effect(c, before.figures[c.pk], after.figures[c.pk]) for c in scene.watched],
        benefits=_benefit_effects(scene, before, after),
        objectives=_objective_effects(scene, before, after),
        orphans=scene.orphans,
        hidden=scene.hidden,
        termination_cost=termination_cost,
    )


@dataclass(frozen=True)
class _Scene:
    """Whom a change may touch: read beforehand, for a move changes the paths."""

    watched: list[Component]
    homes: list[Component]
    anchors: list[int]
    touched: set[int]
    essential: set[int]
    contributions: dict[Objective, list[ObjectiveContribution]]
    orphans: list[Dependency]
    hidden: int


@unscoped("what is hidden is counted")
def _scene(component: Component, target: Component | None, user: AnyUser) -> _Scene:
    links = BenefitLink.objects.filter(project__in=Component.objects.within(component))
    served = Benefit.objects.filter(pk__in=links.values("benefit"))
    seen = set(served.visible_to(user).values_list("pk", flat=True))
    contributions = _contributions(seen, user)
    known = {c.benefit_id for group in contributions.values() for c in group} | seen
    visible = Component.objects.visible_to(user)
    homes = list(visible.filter(pk__in=Benefit.objects.filter(pk__in=known).values("component")))
    served_homes = set(served.values_list("component", flat=True))
    paths = [component.path, *(home.path for home in homes if home.pk in served_homes)]
    watched = visible.filter(pk__in=set(chain(*paths, target.path if target else ())))
    return _Scene(
        watched=sorted(watched, key=lambda c: (c.pk != component.pk, -len(c.path), c.pk)),
        homes=homes,
        anchors=[component.pk, *served_homes, *([target.pk] if target else [])],
        touched=seen,
        essential=set(links.filter(mode=LinkMode.ESSENTIAL).values_list("benefit", flat=True)),
        contributions=contributions,
        orphans=_orphans(component, user),
        hidden=served.count() - len(seen),
    )


@unscoped("an index weighs all that carries an objective")
def _contributions(
    benefits: set[int], user: AnyUser
) -> dict[Objective, list[ObjectiveContribution]]:
    """Read the objectives that the benefits carry, each with all that carry it."""
    objectives = Objective.objects.visible_to(user).filter(contributions__benefit__in=benefits)
    rows = ObjectiveContribution.objects.filter(objective__in=objectives)
    by_objective: dict[Objective, list[ObjectiveContribution]] = {}
    for row in rows.select_related("objective__portfolio").order_by("objective__name", "pk"):
        by_objective.setdefault(row.objective, []).append(row)
    return by_objective


def _orphans(component: Component, user: AnyUser) -> list[Dependency]:
    """Read which tasks elsewhere wait for something in the component."""
    inside = Component.objects.within(component)
    waiting = Dependency.objects.visible_to(user).filter(predecessor__project__in=inside)
    rows = waiting.exclude(successor__project__in=inside).select_related(
        "predecessor__project", "successor__project"
    )
    return list(rows.order_by("successor__start_date", "pk"))


@dataclass(frozen=True)
class _Observed:
    """What the figures are at a moment."""

    figures: dict[int, Figures]
    outlooks: dict[int, BenefitOutlook] = field(default_factory=dict)


@unscoped("components that the scene names, once more")
def _observe(scene: _Scene, *, user: AnyUser, now: datetime) -> _Observed:
    settle(scene.anchors, now=now)
    # Read anew: a move has changed the paths, and with them the trees.
    current = Component.objects.filter(pk__in={c.pk for c in (*scene.watched, *scene.homes)})
    figures = figures_of(current, user=user, now=now)
    failed = [component.name for component in current if figures[component.pk].failed_since]
    if failed:
        raise UncomputableError(f"The figures of “{failed[0]}” cannot be computed.")
    found: dict[int, BenefitOutlook] = {}
    for home in scene.homes:
        known = figures[home.pk].known
        for outlook in outlooks(home, user=user, known=known, policy=policy_of(home)):
            found[outlook.benefit.pk] = outlook
    return _Observed(figures, found)


def _benefit_effects(scene: _Scene, before: _Observed, after: _Observed) -> list[BenefitEffect]:
    """Compare the benefits that the component's projects serve, those that lose most first."""
    effects = [
        BenefitEffect(
            before=before.outlooks[pk],
            after=after.outlooks[pk],
            is_broken=pk in scene.essential,
            currency=before.figures[before.outlooks[pk].benefit.component_id].currency,
        )
        for pk in scene.touched & before.outlooks.keys() & after.outlooks.keys()
    ]
    return sorted(effects, key=lambda effect: (effect.change or ZERO, effect.before.benefit.pk))


def _objective_effects(
    scene: _Scene, before: _Observed, after: _Observed
) -> list[ObjectiveEffect]:
    return [
        ObjectiveEffect(
            objective, achievement(rows, before.outlooks), achievement(rows, after.outlooks)
        )
        for objective, rows in scene.contributions.items()
    ]


def _amount(snapshot: Snapshot | None, name: str) -> Decimal:
    return (getattr(snapshot, name) if snapshot else None) or ZERO
