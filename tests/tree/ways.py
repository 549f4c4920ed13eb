"""The ways in which a component can be put under another parent."""

from collections.abc import Callable

from django.db import connection

from ppm.core.models import Component

Way = Callable[[Component, Component | None], object]


def by_saving(component: Component, parent: Component | None) -> None:
    """Save the model with another parent."""
    component.parent = parent
    component.save()


def by_update(component: Component, parent: Component | None) -> None:
    """Update a queryset."""
    Component.objects.filter(pk=component.pk).update(parent=parent)


def by_bulk_update(component: Component, parent: Component | None) -> None:
    """Update in bulk."""
    component.parent = parent
    Component.objects.bulk_update([component], ["parent"])


def by_sql(component: Component, parent: Component | None) -> None:
    """Write SQL, past every line of Python."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_component SET parent_id = %s WHERE id = %s",
            [parent.pk if parent else None, component.pk],
        )


WAYS_TO_MOVE: list[Way] = [by_saving, by_update, by_bulk_update, by_sql, Component.move_to]


def insert_by_sql(kind: str, parent: Component, code: str) -> int:
    """Insert a bare component with a false path and return its id."""
    state = "active" if kind == "portfolio" else "executing"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_component (kind, code, name, description, parent_id, path, state, "
            "currency, time_zone, version) VALUES (%s, %s, %s, '', %s, '{7,8}', %s, '', '', 1) "
            "RETURNING id",
            [kind, code, code, parent.pk, state],
        )
        component_id: int = cursor.fetchone()[0]
    return component_id


def wrong_paths() -> list[str]:
    """List the codes whose path is not their parent's path and themselves."""
    return [
        component.code
        for component in Component.objects.select_related("parent").order_by("code")
        if component.path != [*(component.parent.path if component.parent else []), component.pk]
    ]
