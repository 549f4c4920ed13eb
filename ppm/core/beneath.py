"""How rows are narrowed to those at or below some components."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func
from django.db.models.expressions import RawSQL


class AsArray(Func):
    """The ids that a query chooses, as one array."""

    template = "ARRAY%(expressions)s"
    output_field = ArrayField(BigIntegerField())


class Empty(Func):
    """Whether a query chooses nothing."""

    template = "NOT EXISTS%(expressions)s"
    output_field = BooleanField()


class AtOrBelow(Func):
    """Whether a component is among those that a query chooses by id, or stands below one.

    It is, or its parent does. So only what can have children is compared path by path, and each
    row of a list takes two looks into a hash: of 10,000 projects and 200 components that is 2 ms,
    where `path && ARRAY(…)` of each project took 15. The planner takes this to keep three rows of
    four, and so reads lists as it does for an administrator; of the other, one in a hundred.
    """

    output_field = BooleanField()

    def __init__(self, ids: RawSQL) -> None:
        """Keep the query, which is written twice."""
        # Not the primary key, which of a project is a column of another table.
        super().__init__(F("id"), F("parent"), ids)

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # the stubs want all options by name
        """Write the condition; that of a root is false where its parent, null, is unknown."""
        own, parent, ids = (compiler.compile(source) for source in self.get_source_expressions())
        above = f"SELECT id FROM core_component WHERE kind <> 'project' AND path && ARRAY{ids[0]}"  # noqa: S608 (names of columns)
        sql = f"({own[0]} IN {ids[0]} OR {parent[0]} IN ({above})) IS TRUE"
        return sql, [*own[1], *ids[1], *parent[1], *ids[1]]
