#!/usr/bin/env python3
"""Set up, try, test and check the product. Needs Linux, Python 3.11 and pip; nothing else.

python3 run.py demo [--port 8000] [--check]   the product on this machine, with its own services
python3 run.py test [PYTEST ARGS…]            the tests, against services of their own
python3 run.py chaos [NAME…] [--json FILE]    break it on purpose; afterwards every figure is right
python3 run.py bench [NAME…] [--json FILE]    how fast it is, and how that grows
python3 run.py check                          linters, types, import contracts, migrations
python3 run.py manage ARGS…                   a management command on the demo's database
python3 run.py lock                           compile the requirements files again
"""

import argparse
import sys

from ops import checks, demo, environment, proofs, suite
from ops.processes import OpsError, end_on_signals


def parser() -> argparse.ArgumentParser:
    """Describe the command line; what follows `test` and `manage` is passed on as it is."""
    commands = argparse.ArgumentParser(
        prog="run.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subcommands = commands.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demonstration = subcommands.add_parser("demo", help="run the product on this machine")
    demonstration.add_argument("--port", type=port, default=8000, help="default 8000")
    demonstration.add_argument(
        "--check", action="store_true", help="start, request the home page, end with 0 or 1"
    )
    for name in ("test", "chaos", "bench", "manage", "check", "lock"):
        subcommands.add_parser(name, add_help=False)
    return commands


def port(text: str) -> int:
    """Read the number of a port."""
    if not (text.isdecimal() and 0 < int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"“{text}” is not a port: write 1 to 65535")
    return int(text)


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if arguments[:1] == ["test"]:
        return suite.test(arguments[1:])
    if arguments[:1] in (["chaos"], ["bench"]):
        return proofs.prove(arguments[0], arguments[1:])
    if arguments[:1] == ["manage"]:
        return demo.manage(arguments[1:])
    options = parser().parse_args(arguments)
    if options.command == "demo":
        return demo.demo(port=options.port, is_check=options.check)
    if options.command == "check":
        return checks.check()
    return environment.lock()


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (this line is for those who have an older one)
        sys.exit("run.py needs Python 3.11 or newer.")
    end_on_signals()
    try:
        sys.exit(main(sys.argv[1:]))
    except OpsError as failure:
        sys.exit(f"run.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
