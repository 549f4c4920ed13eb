"""R1: twenty thousand requests made up from the API's description, by four callers.

The suite makes up a thousand, the same each time; here they are new ones, asked of the whole
product, and afterwards every figure must be right. `PPM_SEED` repeats those of a printed seed.
"""

import os
from secrets import randbelow

from django.test.utils import setup_test_environment

from tests.chaos._quiet import compute_all, converge
from tests.fuzz.callers import callers
from tests.fuzz.running import Run, Tally
from tests.proofs.result import Result
from tests.proofs.stack import Stack

LEAST = 20_000
SLOWEST = 1.0
"""Seconds within which 99 of 100 answers come."""
EXAMPLES = 10
TO_ITS_EDGES = "manager"
"""Who also tries every edge of every value; who sees and may change most of one tree."""


def prove(stack: Stack) -> Result:
    """Ask, count, and compare all figures."""
    result = Result()
    seed = int(os.environ.get("PPM_SEED") or randbelow(1_000_000))
    result.note("seed", seed)
    setup_test_environment(debug=False)  # the host of the client that tells the story is known
    tokens = callers()
    stack.start_worker()
    compute_all()
    tally = ask_all(tokens, stack.start_web()[1], seed)
    result.note("cases", tally.cases)
    for name, number in tally.figures().items():
        result.note(name, number, most=0)
    result.note("seconds_of_99_in_100", tally.slowest(0.01), most=SLOWEST)
    for finding in tally.findings:
        print(f"\n{finding}")
    if tally.cases < LEAST:
        result.fail(f"{tally.cases} cases, fewer than {LEAST}")
    converge(result)
    return result


def ask_all(tokens: dict[str, str], address: str, seed: int) -> Tally:
    """Let each caller ask in turn."""
    tally = Tally()
    for caller, token in tokens.items():
        phases = ["examples", "fuzzing", "stateful"]
        phases += ["coverage"] if caller == TO_ITS_EDGES else []
        Run(caller, token, phases, EXAMPLES, seed).into(tally, address)
        print(f"  … {tally.cases:,} after the {caller}", flush=True)
    return tally
