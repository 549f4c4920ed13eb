"""The demo: a utility and the maker of meters that it bought, over two years, with its logins.

What it tells stands in `portfolios/demo/content`; the rest of the package makes dated facts of
it. All dates count from the date of the demo, so that its figures are the same whenever it is
made. Colours are never written: the roll-up finds them in the facts.
"""

from portfolios.demo.people import logins
from portfolios.demo.seeding import seed

__all__ = ["logins", "seed"]
