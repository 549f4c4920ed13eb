"""Run one proof in this process: `python -m tests.proofs KIND NAME FILE`; `run.py` does."""

import json
import logging
import shutil
import sys
import time
from importlib import import_module
from pathlib import Path

import django

from ops.environment import STATE
from ops.processes import OpsError, end_on_signals
from tests.proofs.stack import running_stack


def main(kind: str, name: str, file: str) -> int:
    """Start a stack, run the proof on it, write its figures down; return 1 where it failed."""
    started = time.monotonic()
    with running_stack(is_durable=kind == "chaos") as stack:
        django.setup()
        # A proof rolls up hundreds of times; its table is what is to be read.
        logging.getLogger("ppm").setLevel(logging.WARNING)
        # The proof uses models, so that it can be read only now.
        result = import_module(f"tests.{kind}.{name}").prove(stack)
        result.note("seconds_in_all", round(time.monotonic() - started, 1))
        if result.failures:
            print(f"  logs: {kept(stack.folder, f'{kind}-{name}')}", flush=True)
    written = {"figures": result.figures, "failures": result.failures}
    Path(file).write_text(json.dumps(written))
    return bool(result.failures)


def kept(logs: Path, name: str) -> Path:
    """Keep the logs of services, which otherwise go with them."""
    place = STATE / "proofs" / name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(logs, place)
    return place


if __name__ == "__main__":
    end_on_signals()
    try:
        sys.exit(main(*sys.argv[1:]))
    except OpsError as failure:
        sys.exit(str(failure))
