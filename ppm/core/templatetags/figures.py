"""Figures as people read them. What is not known shows a dash and, in words, why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from ppm.core import explanation
from ppm.core.amounts import NOT_SHOWN
from ppm.core.explanation import ESTIMATE_METHODS, absence
from ppm.core.health_scale import EXACT, WORST_FIRST
from ppm.core.measures import as_days
from ppm.core.models import Component, Health, Snapshot, State
from ppm.core.models.snapshot import total

register = template.Library()

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

# From, divided by, decimals, name.
SCALES = (
    (Decimal(1_000_000_000), 2, "bn"),
    (Decimal(1_000_000), 2, "m"),
    (Decimal(10_000), 1, "k"),
)


def rounded(number: Decimal, decimals: int) -> str:
    """Round half-up and separate the thousands; a true minus sign, but never before zero."""
    exponent = Decimal(1).scaleb(-decimals)
    with localcontext(EXACT):
        return format(number.quantize(exponent) + 0, ",").replace("-", MINUS)


def short_amount(amount: Decimal) -> str:
    """Write an amount with three or four leading digits: 74.12 bn, 12.35 m, 18.2 k, 950.00."""
    for floor, decimals, name in SCALES:
        if abs(amount) >= floor:
            unit = Decimal(1000) if name == "k" else floor
            return f"{rounded(amount / unit, decimals)} {name}"
    return rounded(amount, 2)


@register.filter
def amount(value: Decimal | None) -> str:
    """Write an amount in full, with cents; a dash where it is not shown."""
    return DASH if value is None else rounded(value, 2)


def missing(reason: str) -> SafeString:
    """Show a dash, and the reason to those who point at it or listen."""
    return format_html(
        '<span class="missing" title="{}">{}<span class="visually-hidden"> {}</span></span>',
        reason,
        DASH,
        reason,
    )


@register.simple_tag
def money(value: Decimal | None, currency: str = "", reason: str = "not known") -> SafeString:
    """Show an amount in short, the full one in its title; a dash with the reason when null."""
    if value is None:
        return missing(reason)
    full = f"{currency} {rounded(value, 2)}".strip()
    return format_html('<data value="{}" title="{}">{}</data>', value, full, short_amount(value))


@register.simple_tag
def amount_of(
    told: Any, name: str, currency: str = "", reason: str = "not known", *, shown: bool = True
) -> SafeString:
    """Show an amount of something that tells whether its amounts are shown, or why there is none.

    `shown` is said where the thing itself does not tell.
    """
    if not (shown and getattr(told, "shows_amounts", True)):
        return missing(NOT_SHOWN)
    return money(getattr(told, name), currency, reason)


@register.simple_tag
def figure(snapshot: Snapshot | None, name: str, currency: str = "") -> SafeString:
    """Show an amount of a snapshot, or why there is none."""
    value = getattr(snapshot, name) if snapshot else None
    return money(value, currency, absence(snapshot, name))


@register.simple_tag
def budget(snapshot: Snapshot | None, currency: str = "") -> SafeString:
    """Show the money planned for what is under way, done or on hold."""
    value = total(snapshot.bac, snapshot.held) if snapshot else None
    return money(value, currency, absence(snapshot, "bac"))


@register.simple_tag
def variance(snapshot: Snapshot, currency: str = "") -> str:
    """Say how far the forecast cost is from the budget."""
    if snapshot.vac is None:
        return missing(absence(snapshot, "vac"))
    if not snapshot.vac:
        return "on budget"
    word = "over" if snapshot.vac < 0 else "under"
    return format_html("{} {} budget", money(abs(snapshot.vac), currency), word)


def without_forecast(snapshot: Snapshot | None) -> Decimal:
    """Tell how much more budget has no forecast than forecast has no budget.

    The variance is of the work that has both: forecast and variance make its budget. Where there
    are gaps of both kinds, each is larger than what this tells.
    """
    whole = total(snapshot.bac, snapshot.held) if snapshot else None
    if snapshot is None or whole is None or snapshot.eac is None or snapshot.vac is None:
        return Decimal()
    return Decimal(whole - snapshot.eac - snapshot.vac)


@register.filter
def uncovered(snapshot: Snapshot | None) -> str:
    """Say what the forecast leaves out, so that nobody holds it against the whole budget."""
    net = without_forecast(snapshot)
    if net < 0:
        return f"at least {short_amount(-net)} of it has no budget"
    return f"at least {short_amount(net)} has no forecast" if net else ""


@register.filter
def coverage(snapshot: Snapshot) -> str:
    """Say what the variance leaves out; empty where nothing is known to be."""
    part = uncovered(snapshot)
    return f"where both are known; {part}" if part else ""


@register.simple_tag
def index(snapshot: Snapshot | None, name: str) -> SafeString:
    """Show an index such as CPI with two decimals, or why there is none."""
    return _ratio(snapshot, name, Decimal(1), "")


@register.simple_tag
def rate(snapshot: Snapshot | None, name: str) -> SafeString:
    """Show a fraction such as ROI as percent, or why there is none."""
    return _ratio(snapshot, name, Decimal(100), " %")


def _ratio(snapshot: Snapshot | None, name: str, factor: Decimal, unit: str) -> SafeString:
    value = getattr(snapshot, name) if snapshot else None
    if value is None:
        return missing(absence(snapshot, name))
    decimals = 1 if unit else 2
    return format_html(
        '<data value="{}">{}{}</data>', value, rounded(value * factor, decimals), unit
    )


@register.filter
def percent(value: Decimal | None) -> str:
    """Write a fraction as percent with one decimal."""
    return DASH if value is None else f"{rounded(value * 100, 1)} %"


@register.filter
def moved(change: Decimal | None) -> str:
    """Show how an amount changed; nothing where it did not."""
    return _change(change, short_amount(change)) if change else ""


@register.filter
def moved_points(change: Decimal | None) -> str:
    """Show how a fraction changed, in points of a hundred; nothing where it did not."""
    return _change(change, f"{rounded(change * 100, 1)} points") if change else ""


def _change(change: Decimal, text: str) -> SafeString:
    return format_html(' <span class="muted">{}{}</span>', "+" if change > 0 else "", text)


@register.simple_tag
def change(amount: Decimal) -> SafeString:
    """Show by how much an amount moved, with its sign; a word where it did not."""
    if not amount:
        return format_html('<span class="muted">{}</span>', "none")
    sign = "+" if amount > 0 else ""
    full = f"{sign}{rounded(amount, 2)}"
    return format_html(
        '<data value="{}" title="{}">{}{}</data>', amount, full, sign, short_amount(amount)
    )


@register.filter
def gap(snapshot: Snapshot | None, name: str) -> str:
    """Say why a figure is missing; empty where it is there."""
    is_known = snapshot is not None and getattr(snapshot, name) is not None
    return "" if is_known else absence(snapshot, name)


def projects_address(health: Health, component: Component | None = None) -> str:
    """Link to the projects of a health: all that one sees, or those below a component."""
    place = f"below={component.pk}&" if component else ""
    return f"{reverse('project-list')}?{place}health={health}"


@register.filter
def answer(sum_: Snapshot) -> str:
    """Answer in one sentence whether anything is red; what calls for attention is a link."""
    counts = {health: getattr(sum_, f"count_{health}") for health in WORST_FIRST}
    running = sum(counts[health] for health in WORST_FIRST[:4])
    if not running:
        return "No project is in delivery"
    red, amber, unknown = (counts[health] for health in WORST_FIRST[:3])
    if not (red or amber or unknown):
        return f"All {running:,} projects in delivery are on track"
    whole = (
        f"{red:,} of {running:,} {'project' if running == 1 else 'projects'} in delivery off track"
    )
    parts = ((red, whole), (amber, f"{amber:,} at risk"), (unknown, f"{unknown:,} not rated"))
    return format_html_join(
        ", ",
        "{}",
        (
            (format_html('<a href="{}">{}</a>', projects_address(health), text) if n else text,)
            for health, (n, text) in zip(WORST_FIRST, parts, strict=False)
        ),
    )


@register.filter
def short_reason(snapshot: Snapshot | None) -> str:
    """Name in a few words what put the work off track."""
    return explanation.short_reason(snapshot)


@register.filter
def estimate_method(snapshot: Snapshot) -> str:
    """Say how the forecast cost was made; empty for sums."""
    return ESTIMATE_METHODS.get(str(snapshot.reasons.get("eac")), "")


@register.filter
def day(value: date | None) -> SafeString:
    """Write a date as 31 Aug 2012."""
    if value is None:
        return missing("no date")
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), f"{value.day} {value:%b %Y}"
    )


@register.filter
def lateness(days: int) -> str:
    """Say how many days late, or early where below zero."""
    return f"{as_days(Decimal(abs(days)))} {'early' if days < 0 else 'late'}"


@register.filter
def ago(value: datetime) -> SafeString:
    """Say how long ago a moment was, the moment itself in the title."""
    distance = timesince(value, depth=1)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        f"{value.day} {value:%b %Y %H:%M} UTC",
        "just now" if distance.startswith("0") else f"{distance} ago",
    )


@register.filter
def is_stopped(state: str) -> bool:
    """Tell whether work was given up: it is done with, and to say "Done" of it would mislead."""
    return state in (State.TERMINATED, State.REJECTED)


@register.inclusion_tag("components/health_chip.html")
def health_chip(health: str) -> dict[str, str]:
    """Show a health by colour, shape and word."""
    return {"health": health, "word": Health(health).label}


@dataclass(frozen=True)
class Segment:
    """A part of the status bar, in hundredths of its width."""

    health: Health
    count: int
    start: float
    width: float

    @property
    def words(self) -> str:
        """The count in words."""
        return f"{self.count:,} {self.health.label.lower()}"


CONCERNS = (Health.RED, Health.AMBER, Health.UNKNOWN)


@register.inclusion_tag("components/status_bar.html")
def status_bar(snapshot: Snapshot | None, component: Component | None = None) -> dict[str, Any]:
    """Show how many projects have which health, as a bar and in words."""
    parts = segments(snapshot) if snapshot else []
    return {
        "segments": parts,
        "words": concerns(parts, component),
        "all_words": ", ".join(part.words for part in parts),
    }


def concerns(parts: list[Segment], component: Component | None = None) -> SafeString:
    """Say how many projects call for attention, of how many, and link to them."""
    whole = f"{sum(part.count for part in parts):,}"
    worries = [part for part in parts if part.health in CONCERNS]
    if not worries:
        return format_html("none of {} off track", whole)
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((projects_address(part.health, component), part.words) for part in worries),
    )
    return format_html("{} of {}", links, whole)


def segments(snapshot: Snapshot) -> list[Segment]:
    """Divide the bar by the counts of a snapshot, worst first."""
    counts = [(health, getattr(snapshot, f"count_{health}")) for health in WORST_FIRST]
    whole = sum(count for _, count in counts)
    parts: list[Segment] = []
    for health, count in counts:
        if count:
            start = parts[-1].start + parts[-1].width if parts else 0.0
            parts.append(Segment(health, count, round(start, 3), round(100 * count / whole, 3)))
    return parts
