"""What announcing costs a roll-up of 100,000 projects: with nobody to tell, and somebody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median

from django.db import connection

from portfolios.rollup import compute_tree
from ppm.core.models import Component, EventKind, WebhookDelivery
from tests.bench._organisation import AS_OF, organisation, settle_tables
from tests.bench._timing import seconds
from tests.factories import make_webhook
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, RUNS = 100_000, 3
TRIGGERS = "pgtrigger_announce_%"


def prove(stack: Stack) -> Result:
    """Compute one day after the other, in turns with and without the triggers."""
    result = Result()
    with organisation(stack, PROJECTS):
        days = (AS_OF + timedelta(days=n) for n in range(1, 100))
        root = Component.objects.get(parent=None)
        compute_tree(root.pk, as_of=next(days))
        pairs = []
        for _ in range(RUNS):
            settle_tables()
            announced = seconds(lambda: compute_tree(root.pk, as_of=next(days)))
            settle_tables()
            with _silent():
                pairs.append((announced, seconds(lambda: compute_tree(root.pk, as_of=next(days)))))
        result.note("seconds_with_nobody_to_tell", median(one for one, _ in pairs))
        result.note("seconds_without_triggers", median(other for _, other in pairs))
        result.note("ratio", median(one / other for one, other in pairs), most=1.05)
        make_webhook(root, None, EventKind.HEALTH_CHANGED)
        settle_tables()
        told = [seconds(lambda: compute_tree(root.pk, as_of=next(days))) for _ in range(RUNS)]
        result.note("seconds_with_a_webhook_on_all", median(told))
        result.note("deliveries", WebhookDelivery.objects.count())
    return result


@contextmanager
def _silent() -> Iterator[None]:
    """Switch the triggers of snapshots that announce off meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'core_snapshot'::regclass "
            "AND tgname LIKE %s",
            [TRIGGERS],
        )
        names = [name for (name,) in cursor.fetchall()]
        assert len(names) == 2
        for name in names:
            cursor.execute(f"ALTER TABLE core_snapshot DISABLE TRIGGER {name}")
    yield
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"ALTER TABLE core_snapshot ENABLE TRIGGER {name}")
