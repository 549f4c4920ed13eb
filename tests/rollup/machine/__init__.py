"""A machine that writes what people write, in any order, and knows what must come of it.

Each step goes the product's own way (the API or the rows, the verb of a decision, the import, a
sweep) and into the memory of `model`. What one refuses the other must refuse. After every sweep
all columns must be equal, to the last decimal.
"""

from tests.rollup.machine.running import TALLY, run_batch

__all__ = ["TALLY", "run_batch"]
