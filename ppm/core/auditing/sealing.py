"""The chain over the audit trail: seals, written after the events, so that no writer waits.

A chain at the moment of writing would need each writer to wait for the one before to commit. So a
task seals what is committed, in blocks, every minute, or once the oldest writer has ended; what is
not sealed yet has only the grants and the triggers around it. Whoever could rewrite all events and
all seals is found out by the log, which has the digest of the newest seal: keep it elsewhere.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from ppm.core.auditing.triggers import unaudited_tables
from ppm.core.locks import try_lock_sealing
from ppm.core.models import AuditEvent, AuditSeal, broken_decisions
from ppm.core.sql import column

logger = structlog.stdlib.get_logger(__name__)

BLOCK = 1000
"""How many events a seal covers at most: where something was changed is told to the block."""

# Of an event everything, in a form that no setting of a session changes.
_CONTENT = (
    "jsonb_build_array(e.id, extract(epoch FROM e.at), e.actor_id, e.request_id, e.database_role, "
    "e.table_name, e.row_id, e.component_id, e.operation, e.before, e.after)::text"
)
_DIGEST = (
    "encode(sha256(convert_to("
    f"coalesce(string_agg({_CONTENT}, chr(10) ORDER BY e.id), ''), 'UTF8')), 'hex')"
)


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole trail found.

    `unsealed` events are too new for a seal. `head` is the digest of the newest seal.
    """

    events: int
    unsealed: int
    breaks: list[str]
    head: str


def seal(*, patience: float = 20) -> int:
    """Seal all events that are committed; return how many there were.

    Events get their ids before they are committed, so one with a low id may appear late. Those up
    to the id that was drawn last are complete when every transaction has ended that has written
    events and is under way now; for this it waits some seconds, then leaves the rest to the next
    time.
    """
    # In this order: whoever drew one of these ids is under way, or has ended.
    [drawn] = column("SELECT last_value FROM core_auditevent_id_seq")
    writers = _writers()
    deadline = time.monotonic() + patience
    while writers & _writers():
        if time.monotonic() > deadline:
            return 0
        time.sleep(0.05)
    with transaction.atomic():
        if not try_lock_sealing():
            return 0
        return _seal_up_to(drawn)


def _seal_up_to(last_id: int) -> int:
    newest = AuditSeal.objects.order_by("-number").first()
    number, after_id = (newest.number, newest.up_to_id) if newest else (0, 0)
    digest, sealed = newest.digest if newest else "", 0
    seals = []
    for up_to_id, count, content in _blocks(after_id, last_id):
        number += 1
        digest = _chained(digest, number, after_id, up_to_id, content)
        seals.append(AuditSeal(number=number, after_id=after_id, up_to_id=up_to_id, digest=digest))
        after_id, sealed = up_to_id, sealed + count
    AuditSeal.objects.bulk_create(seals)
    if seals:
        logger.info("sealed", seal=number, digest=digest, events=sealed)
    return sealed


def _blocks(after_id: int, last_id: int) -> list[tuple[int, int, str]]:
    """Cut the events into blocks: the last id, the number, and the digest of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(e.id), count(*), {_DIGEST} FROM (SELECT *, (row_number() OVER "  # noqa: S608
            "(ORDER BY id) - 1) / %s AS block FROM core_auditevent WHERE id > %s AND id <= %s) "
            "AS e GROUP BY block ORDER BY block",
            [BLOCK, after_id, last_id],
        )
        return list(cursor.fetchall())


def _chained(previous: str, number: int, after_id: int, up_to_id: int, content: str) -> str:
    """Make the digest of a seal from the one before, its own place, and its events."""
    text = f"{previous} {number} {after_id} {up_to_id} {content}"
    return hashlib.sha256(text.encode()).hexdigest()


def _writers() -> set[str]:
    """Name the transactions that have drawn ids of events and not ended.

    Whoever inserts an event holds a lock of the table, from before its id is drawn to the end.
    """
    query = (
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        "AND relation = 'core_auditevent'::regclass AND mode = 'RowExclusiveLock' "
        "AND granted AND pid <> pg_backend_pid()"
    )
    return set(column(query))


def verify() -> Verdict:
    """Compute every seal again, and compare; see also that everything is still being audited."""
    breaks: list[str] = []
    digest, after_id = "", 0
    for place, (number, after, up_to, stored, content) in enumerate(_sealed(), start=1):
        if (number, after) != (place, after_id):
            breaks.append(f"seal {number}: it does not follow the one before")
        if _chained(digest, number, after, up_to, content) != stored:
            breaks.append(f"events {after + 1} to {up_to}: they are not as they were sealed")
        digest, after_id = stored, up_to
    breaks += [f"decision {pk}: it is not as it was taken" for pk in broken_decisions()]
    breaks += [f"table {table}: its changes are not audited" for table in unaudited_tables()]
    unsealed = AuditEvent.objects.filter(pk__gt=after_id).count()
    return Verdict(AuditEvent.objects.count(), unsealed, breaks, digest)


def _sealed() -> list[tuple[int, int, int, str, str]]:
    """Read the seals, each with the digest of its events as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.number, s.after_id, s.up_to_id, s.digest, now_is.digest "  # noqa: S608
            f"FROM core_auditseal AS s, LATERAL (SELECT {_DIGEST} FROM core_auditevent AS e "
            "WHERE e.id > s.after_id AND e.id <= s.up_to_id) AS now_is (digest) ORDER BY s.number"
        )
        return list(cursor.fetchall())
