"""The portfolio: what it wants, and the money it may spend on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ppm.core.constraints import (
    finishes_after_it_starts,
    fraction,
    money,
    not_negative,
    within_calendar,
)
from ppm.core.models import Component, ComponentQuerySet, Kind, ScopedQuerySet, Subject
from ppm.core.tree_triggers import kind_guard
from programs.models import Benefit


class PortfolioQuerySet(ComponentQuerySet["Portfolio"]):
    """Portfolios."""


class Portfolio(Component):
    """Work selected and governed together for strategic objectives.

    `target_roi` and `discount_rate` are fractions; `governance_body` names who decides.
    """

    KIND: ClassVar[Kind] = Kind.PORTFOLIO

    target_roi = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    discount_rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    governance_body = models.CharField(max_length=250, blank=True)

    objects = PortfolioQuerySet.as_manager()  # type: ignore[misc]  # the plugin takes it for an attribute

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_rate__gt=-1),
                name="%(app_label)s_%(class)s_discount_rate_is_above_minus_one",
                violation_error_message="The discount rate must be above minus 100 percent.",
            )
        ]
        triggers = [kind_guard("portfolio")]


class BudgetEnvelopeQuerySet(ScopedQuerySet["BudgetEnvelope"]):
    """Budget envelopes."""

    component = "portfolio"
    subject = Subject.PORTFOLIO


class BudgetEnvelope(models.Model):
    """The money a portfolio may spend in a period."""

    portfolio = models.ForeignKey(Portfolio, models.CASCADE, related_name="budget_envelopes")
    start_date = models.DateField()
    finish_date = models.DateField()
    amount = money()

    objects = BudgetEnvelopeQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("start_date"),
            within_calendar("finish_date"),
            finishes_after_it_starts("period"),
            not_negative("amount"),
            models.UniqueConstraint(
                fields=["portfolio", "start_date", "finish_date"],
                name="%(app_label)s_%(class)s_one_a_period",
                violation_error_message="This portfolio has an envelope for that period already.",
            ),
        ]

    def __str__(self) -> str:
        """Show period and amount."""
        return f"{self.start_date} to {self.finish_date}: {self.amount}"


class ObjectiveQuerySet(ScopedQuerySet["Objective"]):
    """Objectives."""

    component = "portfolio"
    subject = Subject.PORTFOLIO


class Objective(models.Model):
    """What a portfolio is for; the weight (0 to 1) says how much it matters."""

    portfolio = models.ForeignKey(Portfolio, models.CASCADE, related_name="objectives")
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    weight = models.DecimalField(max_digits=5, decimal_places=4)

    objects = ObjectiveQuerySet.as_manager()

    class Meta:
        constraints = [
            fraction("weight"),
            models.UniqueConstraint(
                fields=["portfolio", "name"],
                name="%(app_label)s_%(class)s_name_is_unique",
                violation_error_message="This portfolio has an objective of that name already.",
            ),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class ObjectiveContributionQuerySet(ScopedQuerySet["ObjectiveContribution"]):
    """Contributions."""

    component = "objective__portfolio"
    subject = Subject.PORTFOLIO


class ObjectiveContribution(models.Model):
    """How much of an objective a benefit carries (0 to 1)."""

    objective = models.ForeignKey(Objective, models.CASCADE, related_name="contributions")
    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="contributions")
    weight = models.DecimalField(max_digits=5, decimal_places=4)

    objects = ObjectiveContributionQuerySet.as_manager()

    class Meta:
        constraints = [
            fraction("weight"),
            models.UniqueConstraint(
                fields=["objective", "benefit"],
                name="%(app_label)s_%(class)s_one_a_pair",
                violation_error_message="This benefit contributes to the objective already.",
            ),
        ]

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.benefit} → {self.objective}"
