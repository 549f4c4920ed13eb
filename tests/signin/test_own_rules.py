"""Rules about code that no linter knows: what may not be written at all."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ppm.core.models import ScopedQuerySet
from tests.rows import ROWS

ROOT = Path(__file__).parents[2]
APPS = ("ppm", "portfolios", "programs", "projects")
CODE = {
    path: ast.parse(path.read_text())
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
}
FORBIDDEN = {
    "mark_safe",
    "csrf_exempt",
    "SafeText",
    "eval",
    "exec",
    "pickle",
    "xframe_options_exempt",
}
SCOPED = {
    model.__name__ for model in ROWS if isinstance(model._default_manager.all(), ScopedQuerySet)
} | {"Component"}
BY_USER = {"visible_to", "changeable_by", "granting", "held_by"}
"""The ways to rows that ask who wants them."""
REASONED = {
    "get": "the row again that was found among the user's, such as after a lock",
    "create": "a new row, which the database's guards and the right before it allow",
    "none": "no row at all",
}


REASONED_PLACES = {
    "ppm/core/admin/policies.py get_queryset": "only whether a version is there that is newer",
    "ppm/core/governance/components.py save_model": "the row again, locked",
    "ppm/core/governance/filters.py queryset": "narrows rows that the user sees",
}


def test_nothing_switches_a_protection_off() -> None:
    used = {
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {name}"
        for path, tree in CODE.items()
        for node in ast.walk(tree)
        for name in [getattr(node, "id", None) or getattr(node, "attr", None)]
        if name in FORBIDDEN
    }
    assert used == set()


@pytest.mark.parametrize(
    "template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: p.name
)
def test_no_template_writes_what_it_was_given_as_it_is(template: Path) -> None:
    text = template.read_text()
    assert "|safe" not in text
    assert "autoescape off" not in text


def views() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Find the functions that answer a request, or help with it."""
    for path, tree in CODE.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(map(is_request, node.args.args)):
                yield path, node


def is_request(argument: ast.arg) -> bool:
    """Tell whether an argument is the request of a browser or of the API."""
    return getattr(argument.annotation, "id", "") in ("HttpRequest", "Request")


def unscoped(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """Find where a function asks a scoped model for rows without saying for whom."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
            continue
        manager = node.value
        if manager.attr not in ("objects", "_default_manager"):
            continue
        model = getattr(manager.value, "id", "")
        if model in SCOPED and node.attr not in BY_USER | REASONED.keys():
            yield node.lineno, f"{model}.objects.{node.attr}"


def test_no_view_reaches_rows_without_saying_for_whom() -> None:
    looked_at = list(views())
    assert len(looked_at) > 100
    found = {
        f"{path.relative_to(ROOT)} {function.name}"
        for path, function in looked_at
        if any(unscoped(function))
    }
    assert found == REASONED_PLACES.keys()


def test_the_rule_finds_what_it_is_for() -> None:
    rows = "Risk.objects.filter(pk=1), Risk.objects.visible_to(user)"
    source = f"def page(request: HttpRequest):\n    return {rows}"
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert list(unscoped(function)) == [(2, "Risk.objects.filter")]
