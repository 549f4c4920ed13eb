"""How long the demo's company takes to be made where nothing else runs."""

from time import monotonic

from django.utils import timezone

from portfolios.demo import seed
from tests.proofs.result import Result
from tests.proofs.stack import Stack


def prove(stack: Stack) -> Result:
    """Make the demo once."""
    result, now = Result(), timezone.now()
    started = monotonic()
    seed(now=now, as_of=now.date())
    result.note("demo_seconds", monotonic() - started, most=20)
    return result
