"""Reading: every table whole, a dictionary a row, looked up in plain Python."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from ppm.core.models import CalendarDay, Component, HealthPolicy

Row = dict[str, Any]
Figures = dict[str, Any]
ZERO = Decimal()


class Facts:
    """All rows as they are now. Nothing is computed here but which date each tree stands on."""

    def __init__(self, now: datetime) -> None:
        """Find each tree's status date; everything else is read when it is asked for."""
        self._indexes: dict[tuple[type[Model], str], dict[Any, list[Row]]] = {}
        self._minutes: dict[tuple[int, date], int | None] = {}
        self.status_dates = {c.pk: c.status_on(now) for c in Component.objects.roots()}

    def of(self, model: type[Model], **key: Any) -> list[Row]:
        """List the rows with one value of one column, the oldest first."""
        ((column, value),) = key.items()
        if (model, column) not in self._indexes:
            index = self._indexes[model, column] = defaultdict(list)
            for row in model._default_manager.order_by("pk").values():
                index[row[column]].append(row)
        return self._indexes[model, column].get(value, [])

    def one(self, model: type[Model], pk: int) -> Row:
        """Return the row of an id."""
        return self.of(model, id=pk)[0]

    def all(self, model: type[Model]) -> list[Row]:
        """List all rows."""
        self.of(model, id=None)
        return [row for rows in self._indexes[model, "id"].values() for row in rows]

    def working_minutes(self, calendar_id: int, day: date) -> int | None:
        """Working minutes of a calendar through the end of a day; `None` beyond its days."""
        key = calendar_id, day
        if key not in self._minutes:
            days = CalendarDay.objects.filter(calendar=calendar_id, day=day)
            self._minutes[key] = days.values_list("cumulative_minutes", flat=True).first()
        return self._minutes[key]

    def policy(self, component: Row) -> HealthPolicy:
        """The newest policy of the nearest component at or above; else the newest default."""
        for owner in (*reversed(component["path"]), None):
            versions = self.of(HealthPolicy, component_id=owner)
            if versions:
                return HealthPolicy(**max(versions, key=lambda row: row["version"]))
        raise LookupError("There is no default policy.")


def newest(rows: list[Row], as_of: date) -> Row | None:
    """The row that counts: of those dated by then, the latest by date, then id."""
    known = [row for row in rows if row["date"] <= as_of]
    return max(known, key=lambda row: (row["date"], row["id"]), default=None)


def total(*amounts: Decimal | None) -> Decimal | None:
    """Add what is known; `None` where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def without_nulls(value: Any) -> Any:
    """Leave out of dictionaries what is null, as reasons do."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value
