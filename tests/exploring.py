"""On how many examples a property is tried.

In the suite on few, the same each time, so that it fails for a change and not for bad luck;
`run.py chaos properties` tries many more, new ones each time, as `PPM_EXAMPLES` says.
"""

import os

from hypothesis import settings

FACTOR = int(os.environ.get("PPM_EXAMPLES", "1"))


def choose_profile() -> None:
    """Set what holds for all properties. How fast an example runs says nothing here."""
    settings.register_profile("same", deadline=None, derandomize=True)
    settings.register_profile("new", deadline=None, max_examples=100 * FACTOR, print_blob=True)
    settings.load_profile("same" if FACTOR == 1 else "new")


def tried_on(number: int) -> settings:
    """Try a property on so many examples, or on many times as many."""
    return settings(max_examples=number * FACTOR)
