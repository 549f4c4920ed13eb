"""The tables of docs/api.md: every resource with its methods and its filters, in short signs."""

from collections.abc import Iterable, Iterator
from typing import Any

from ppm.api import SUBJECTS
from ppm.core.filters import ComponentFilter

SIGNS = {
    frozenset({"", "gte", "lte"}): "range",
    frozenset({"gte", "lte"}): "limits",
    frozenset({"gte", "lt"}): "since",
}
METHODS = {
    "get": "list",
    "post": "create",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}
LOOKUPS = ("gte", "lte", "lt", "isnull", "code")
FACT = ("date", "recorded_at", "recorded_by", "request_id", "as_of")


def tables() -> str:
    """Write all tables."""
    return "\n".join([*sets(), *(line for subject in SUBJECTS for line in table(subject)), ""])


def sets() -> Iterator[str]:
    """Write the sets of filters that many lists have."""
    figures = ", ".join(signed(ComponentFilter.of_newest()))
    yield from ("", "| set | filters |", "|---|---|")
    yield (
        "| *place* of `x` | `below` code: what belongs to a component or to anything below it; "
        "`x` code, `x__state`, `x__manager`, and `x__kind` where it may be of any kind |"
    )
    yield (
        "| *fact* | `date` range, `recorded_at` since, `recorded_by`, `request_id`, "
        "`as_of`: what was known on that date |"
    )
    yield f"| *figures* | by the newest snapshot, or that of `as_of`: {figures} |"


def table(subject: str) -> Iterator[str]:
    """Write the table of a subject."""
    yield from ("", f"**{subject}**", "", "| resource | methods | filters |", "|---|---|---|")
    for name, viewset in SUBJECTS[subject].items():
        view: Any = viewset
        names = {m: verb for m, verb in METHODS.items() if m in view.http_method_names}
        methods = [method.upper() for method, verb in names.items() if hasattr(view, verb)]
        filters = "; ".join(described(view.filterset_class))
        yield f"| `{name}` | {' '.join(methods)} | {filters} |"


def described(filterset: Any) -> Iterator[str]:
    """Write the filters of a list: the sets that it has, then the rest."""
    left = dict(filterset.base_filters)
    place = filterset.place()
    if place:
        yield f"*place* of `{next(name for name in place if not name.startswith('below'))}`"
        left = {name: left[name] for name in left if name not in place}
    if {"date__gte", "recorded_at__gte"} <= left.keys():
        yield "*fact*"
        left = {name: left[name] for name in left if base_of(name) not in FACT}
    figures = set(ComponentFilter.of_newest())
    if figures <= left.keys():
        yield "*figures*"
        left = {name: left[name] for name in left if name not in figures}
    if left:
        yield ", ".join(signed(left))


def base_of(name: str) -> str:
    """Drop the lookup from the name of a parameter."""
    base, _, lookup = name.rpartition("__")
    return base if base and lookup in LOOKUPS else name


def signed(names: Iterable[str]) -> Iterator[str]:
    """Write parameters, those of one column together."""
    names = list(names)
    for base in dict.fromkeys(map(base_of, names)):
        lookups = {
            name.removeprefix(base).removeprefix("__") for name in names if base_of(name) == base
        }
        comparing = frozenset(lookups - {"isnull", "code"})
        words = [SIGNS[comparing]] if comparing in SIGNS else []
        words += ["empty"] if "isnull" in lookups else []
        words += ["code"] if "code" in lookups else []
        yield " ".join([f"`{base}`", *words])
