"""Triggers that announce to webhooks what a statement did, in its transaction.

Whoever writes, and however many rows: what is announced is committed with what it tells, or not at
all. Where nobody has subscribed, a statement costs one look at the small table of webhooks.
"""

from __future__ import annotations

import pgtrigger

from ppm.core.triggers import NEW, OLD

_ANNOUNCED = """
    IF EXISTS (SELECT FROM core_webhook WHERE is_active AND events @> ARRAY['KIND'::varchar]) THEN
        INSERT INTO core_webhookdelivery (webhook_id, kind, component_id, lane, data)
        SELECTED;
    END IF;
    RETURN NULL;
"""

_TO_WEBHOOKS_ABOVE = """
        SELECT w.id, 'KIND', c.id, c.id, event.data || jsonb_build_object(
            'component', jsonb_build_object(
                'id', c.id, 'code', c.code, 'kind', c.kind,
                'url', '/api/v1/components/' || c.id || '/'
            )
        )
        FROM (EVENTS) AS event (component_id, data)
        JOIN core_component AS c ON c.id = event.component_id
        JOIN core_webhook AS w ON w.component_id = ANY (c.path)
            AND w.is_active AND w.events @> ARRAY['KIND'::varchar]
"""


def announces_insert(kind: str, events: str) -> pgtrigger.Trigger:
    """Announce inserts: `events`, a query over `new_rows`, yields components and data."""
    return _announces(kind, pgtrigger.Insert, _above(events))


def announces_update(kind: str, events: str) -> pgtrigger.Trigger:
    """Announce changes: `events` is a query over `old_rows` and `new_rows`."""
    return _announces(kind, pgtrigger.Update, _above(events))


def announces_update_to(kind: str, deliveries: str) -> pgtrigger.Trigger:
    """Announce a change of what stands on no component: `deliveries` finds the webhooks itself."""
    return _announces(kind, pgtrigger.Update, deliveries)


def _above(events: str) -> str:
    return _TO_WEBHOOKS_ABOVE.replace("EVENTS", events)


def _announces(kind: str, operation: pgtrigger.Operation, selected: str) -> pgtrigger.Trigger:
    is_update = operation == pgtrigger.Update
    return pgtrigger.Trigger(
        name=f"announce_{'update' if is_update else 'insert'}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=OLD if is_update else None, new=NEW),
        func=_ANNOUNCED.replace("SELECTED", selected).replace("KIND", kind),
    )
