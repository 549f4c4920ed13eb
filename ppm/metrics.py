"""`/metrics`: everything that is watched, for Prometheus. `docs/operations.md` explains each.

What web processes count comes from their files; what workers count, from the broker; all else is
read from the database at this moment, so it is right with any number of processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from ppm.core import counters
from ppm.core.condition import LIMITS, Condition, condition
from ppm.core.models import Job, JobKind, JobState
from ppm.core.tally import BOUNDS, Tally, tally

MEASURES = {
    "database_down": "1: the database does not answer.",
    "migrations_missing": "Migrations of this release that the database has not seen.",
    "broker_down": "1: the broker does not answer.",
    "rollup_lag_seconds": "Age of the oldest change that is in no figure yet.",
    "rollup_quarantined": "Components that cannot be computed and are tried no more.",
    "rollup_incidents": "Stored figures found wrong by an audit, not settled.",
    "rollup_canary_seconds": "Since a worker took a canary of the queue of the roll-up.",
    "jobs_canary_seconds": "Since a worker took a canary of the queue of long jobs.",
    "audit_seconds": "Since an audit came to its end.",
    "unsealed_seconds": "Age of the oldest event of the audit trail that no seal covers.",
}


@never_cache
@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics to who has the token; for all others there is nothing here."""
    wanted, sent = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if not (wanted and constant_time_compare(sent, f"Bearer {wanted}")):
        raise Http404
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(Everything()), content_type=content_type)


class Everything(Collector):
    """All metrics, of all processes."""

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        found = condition(now=timezone.now())
        yield from counters.registry().collect()
        yield from of_condition(found)
        if sums := tally():
            yield from of_workers(sums)
        if not found.measures["database_down"]:
            yield of_jobs()


def of_condition(found: Condition) -> Iterator[Metric]:
    """Yield the measures, and whether each is a problem by the limits of `/readyz`."""
    for name, measure in found.measures.items():
        if measure is not None:
            yield GaugeMetricFamily(f"ppm_{name}", MEASURES[name], measure)
    if found.marks is not None:
        yield GaugeMetricFamily("ppm_rollup_marks", "Marks that wait for a roll-up.", found.marks)
    problem = GaugeMetricFamily("ppm_problem", "1: beyond its limit.", labels=["measure"])
    for name in LIMITS:
        problem.add_metric([name], name in found.problems)
    yield problem


def of_workers(sums: Tally) -> Iterator[Metric]:
    """Yield what all workers together have done."""
    yield HistogramMetricFamily(
        "ppm_rollup_seconds",
        "Seconds of roll-ups, a tree each.",
        buckets=[(floatToGoString(b), n) for b, n in zip(BOUNDS, sums.within, strict=True)],
        sum_value=sums.seconds,
    )
    yield CounterMetricFamily(
        "ppm_rollup_components", "Marked components that were rolled up.", sums.components
    )
    yield CounterMetricFamily(
        "ppm_rollup_snapshots", "Snapshots written by roll-ups.", sums.snapshots
    )


def of_jobs() -> Metric:
    """Return how many jobs there are of each kind in each state; most go after 90 days."""
    jobs = GaugeMetricFamily("ppm_jobs", "Jobs by kind and state.", labels=["kind", "state"])
    counts = Job.objects.values_list("kind", "state").annotate(number=Count("pk"))
    numbers = {(kind, state): number for kind, state, number in counts}
    for kind, state in product(JobKind, JobState):
        jobs.add_metric([kind, state], numbers.get((kind, state), 0))
    return jobs
