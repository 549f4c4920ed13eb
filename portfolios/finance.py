"""Return on investment of a portfolio and of its parts.

Pure: no framework, no input or output, no clock. Money is `Decimal` in the currency of the
tree; costs are positive. Rates are fractions: 0.1 is 10 %. Undefined is `None`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from projects.evm import exact, ratio

ONE = Decimal(1)


@exact
def return_on_investment(*, benefit: Decimal, cost: Decimal) -> Decimal | None:
    """ROI over the whole life, undiscounted: (benefit - cost) / cost, from totals only."""
    return ratio(benefit - cost, cost)


@exact
def go_forward_return(
    *, remaining_benefit: Decimal, estimate_to_complete: Decimal
) -> Decimal | None:
    """ROI of going on: what is still to gain against what is still to pay; sunk cost is out."""
    return ratio(remaining_benefit - estimate_to_complete, estimate_to_complete)


@exact
def benefit_cost_ratio(*, benefit: Decimal, cost: Decimal) -> Decimal | None:
    """Benefit for each unit of cost."""
    return ratio(benefit, cost)


@exact
def gap_to_target(*, target: Decimal, benefit: Decimal, cost: Decimal) -> Decimal:
    """Money of benefit that is missing to reach the target ROI; negative when it is passed."""
    return (ONE + target) * cost - benefit


@exact
def contribution_to_target(*, target: Decimal, benefit: Decimal, cost: Decimal) -> Decimal:
    """What a component adds towards the target ROI; over all components it is minus the gap."""
    return benefit - (ONE + target) * cost


@exact
def net_present_value(*, rate: Decimal, flows: Sequence[Decimal]) -> Decimal:
    """NPV of one flow a period; the first is now and undiscounted, `rate` is per period."""
    return sum((flow / (ONE + rate) ** period for period, flow in enumerate(flows)), Decimal(0))
