"""A thousand times fifty random steps, compared with a model that knows only what was written.

The suite makes the same few runs each time; here they are new ones. `PPM_SEED` repeats those of
a seed that was printed.
"""

import os
import traceback
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import Queue, get_context
from operator import sub
from secrets import randbelow
from typing import NamedTuple

import django
from django.db import connection
from django.test.utils import setup_test_environment

from tests.proofs.result import Result
from tests.proofs.stack import Stack

BATCHES = 125
PROCESSES = 2


class Explored(NamedTuple):
    """What one batch of runs did, and how it failed."""

    runs: int
    steps: int
    figures: int
    failure: str
    is_difference: bool


def prove(stack: Stack) -> Result:
    """Let machines run in two processes, each in a database of its own."""
    result = Result()
    first = int(os.environ.get("PPM_SEED") or randbelow(1_000_000))
    result.note("seed", first)
    context = get_context("spawn")
    databases: Queue[str] = context.Queue()
    for number in range(PROCESSES):
        databases.put(_copied(stack.environment["DATABASE_URL"], f"model_{number}"))
    with ProcessPoolExecutor(PROCESSES, context, _start, (databases,)) as pool:
        explored = []
        for batch in pool.map(explore, range(first, first + BATCHES)):
            explored.append(batch)
            if len(explored) % 10 == 0:
                print(f"  … {len(explored)} of {BATCHES} batches", flush=True)
    for name in ("runs", "steps", "figures"):
        result.note(name, sum(getattr(batch, name) for batch in explored))
    failed = [batch for batch in explored if batch.failure]
    differing = sum(batch.is_difference for batch in failed)
    result.note("differences", differing, most=0)
    result.note("errors", len(failed) - differing, most=0)
    for batch in failed:
        print(batch.failure)
    return result


def explore(number: int) -> Explored:
    """Run one batch."""
    machine = import_module("tests.rollup.machine")
    before = machine.TALLY.counted()
    failure, is_difference = "", False
    try:
        machine.run_batch(number)
    except Exception as error:
        failure = f"PPM_SEED={number}\n" + "".join(traceback.format_exception(error))
        is_difference = isinstance(error, AssertionError)
    runs, steps, figures = map(sub, machine.TALLY.counted(), before)
    return Explored(runs, steps, figures, failure, is_difference)


def _copied(address: str, name: str) -> str:
    """Copy the migrated database; return the address of the copy."""
    with connection.cursor() as cursor:
        source = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
    return f"{address.rsplit('/', 1)[0]}/{name}"


def _start(databases: "Queue[str]") -> None:
    """Begin a process; models can be read only now."""
    os.environ["DATABASE_URL"] = databases.get()
    django.setup()
    setup_test_environment(debug=False)  # the host of the client that asks the API is known
