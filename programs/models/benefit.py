"""Benefits: what they are, which projects deliver them, what was planned and measured."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Case, F, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.lookups import LessThan
from django.urls import reverse

from ppm.core.announcing import announces_insert
from ppm.core.constraints import fraction, known, money, within_calendar
from ppm.core.models import (
    AnyUser,
    Component,
    Fact,
    Known,
    ScopedQuerySet,
    Subject,
    User,
    Versioned,
)
from ppm.core.triggers import counts_changes, guard, kept, marks
from projects.models import Project

OF_BENEFIT = (
    "SELECT b.component_id FROM {rows} AS r JOIN programs_benefit AS b ON b.id = r.benefit_id"
)

OF_LINKED_PROJECT = "SELECT project_id FROM {rows}"


class BenefitCategory(models.TextChoices):
    """How a benefit counts: in financial return, in economic return, or in objectives only."""

    CASHABLE = "cashable", "Cashable"
    NON_CASHABLE = "non_cashable", "Non-cashable"
    QUANTIFIED = "quantified", "Quantified"
    QUALITATIVE = "qualitative", "Qualitative"


class BenefitSign(models.TextChoices):
    """Whether it is wanted."""

    BENEFIT = "benefit", "Benefit"
    DIS_BENEFIT = "dis_benefit", "Dis-benefit"


class MeasureKind(models.TextChoices):
    """Whether measurements add up over time or describe a state."""

    FLOW = "flow", "Flow: adds up over time"
    LEVEL = "level", "Level: the newest counts"


class Direction(models.TextChoices):
    """Which way is better."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"


LARGEST = Value(Decimal(10) ** 15, models.DecimalField())
MONETARY = (BenefitCategory.CASHABLE, BenefitCategory.NON_CASHABLE)

_HOMELESS = """
    SELECT 1 FROM new_rows AS r JOIN core_component AS c ON c.id = r.component_id
    WHERE c.kind = 'project'
"""


GRACE = timedelta(days=30)
"""How long after the end of a planned period its measurement may take."""


class BenefitQuerySet(ScopedQuerySet["Benefit"]):
    """Benefits."""

    subject = Subject.BENEFIT

    def shows_amounts_to(self, user: AnyUser) -> Q:
        """Show also the values that are no money."""
        return super().shows_amounts_to(user) | ~Q(category__in=MONETARY)

    def with_course(self, known: Known) -> Self:
        """Annotate how far plan and measurement have come, by what is known.

        `due`: planned to come by then; `first_end`: when the first planned period ends;
        `measured_on`: the date of the newest measurement; `overdue_since`: see `overdue`.
        """
        due = Sum("plan__value", filter=Q(plan__period_end__lte=known.day))
        return self.annotate(
            due=due,
            first_end=Min("plan__period_end"),
            measured_on=_newest(known),
            overdue_since=_missed(known.day),
        )

    def overdue(self, as_of: date) -> Self:
        """Keep those whose last planned period to end, the grace ago, was never measured.

        Where nothing is planned by period the target date is when to measure.
        """
        measured_on = _newest(Known(as_of))
        return self.annotate(measured_on=measured_on, overdue_since=_missed(as_of)).exclude(
            overdue_since=None
        )


def _newest(known: Known) -> Subquery:
    """Find the date of the newest measurement."""
    measurements = BenefitMeasurement.objects.filter(known.facts, benefit=OuterRef("pk"))
    return Subquery(measurements.order_by("-date").values("date")[:1])


def _missed(as_of: date) -> Case:
    """Find the end of the last period to end, if nothing was measured in it or after it."""
    plan = BenefitPlan.objects.filter(benefit=OuterRef("pk"))
    ended = plan.filter(period_end__lte=as_of - GRACE).order_by("-period_end").values("period_end")
    last, before = Subquery(ended[:1]), Subquery(ended[1:2])
    at_the_end = Q(~models.Exists(plan), target_date__lte=as_of - GRACE, measured_on=None)
    return Case(
        When(at_the_end, then="target_date"),
        When(Q(measured_on=None) | Q(measured_on__lte=before), then=last),
    )


class Benefit(Versioned):
    """A measurable gain that a program or portfolio exists to deliver.

    `component` is its home, where it counts once, however many projects share it. For a flow
    `target_value` is the sum over its lifetime; `unit_value` turns the unit into money. The
    amounts of a dis-benefit are entered positive and count negative. Of what is not counted in
    money the values are shown to whoever sees no amounts, too.
    """

    shows_amounts = True
    """Whether the reader sees its values; told by `visible_to`."""

    component = models.ForeignKey(Component, models.PROTECT, related_name="benefits")
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        User, models.SET_NULL, related_name="owned_benefits", null=True, blank=True
    )

    category = models.CharField(
        max_length=12, choices=BenefitCategory, default=BenefitCategory.CASHABLE
    )
    sign = models.CharField(max_length=11, choices=BenefitSign, default=BenefitSign.BENEFIT)
    measure_kind = models.CharField(max_length=5, choices=MeasureKind, default=MeasureKind.FLOW)
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.HIGHER)
    measure = models.CharField(max_length=250, blank=True)
    unit = models.CharField(max_length=40, blank=True)

    unit_value = money(default=1)
    baseline_value = money(null=True, blank=True)
    baseline_date = models.DateField(null=True, blank=True)
    target_value = money(null=True, blank=True)
    target_date = models.DateField(null=True, blank=True)

    objects = BenefitQuerySet.as_manager()

    class Meta:
        constraints = [
            known("category", BenefitCategory),
            known("sign", BenefitSign),
            known("measure_kind", MeasureKind),
            known("direction", Direction),
            within_calendar("baseline_date"),
            within_calendar("target_date"),
            models.CheckConstraint(
                condition=~Q(category__in=MONETARY)
                | Q(
                    measure_kind="flow",
                    direction="higher",
                    target_value__isnull=False,
                    target_value__gte=0,
                ),
                name="%(app_label)s_%(class)s_money_flows",
                violation_error_message="A benefit counted in money is a flow, higher is better, "
                "and has a target that is not negative.",
            ),
            models.CheckConstraint(
                condition=LessThan(F("target_value") * F("unit_value"), LARGEST),
                name="%(app_label)s_%(class)s_target_fits_an_amount",
                violation_error_message="Target times unit value must stay below 10^15.",
            ),
            models.CheckConstraint(
                condition=Q(unit_value__gt=0),
                name="%(app_label)s_%(class)s_unit_value_is_positive",
                violation_error_message="The value of a unit must be more than zero.",
            ),
        ]
        triggers = [
            counts_changes(),
            *marks("SELECT component_id FROM {rows}"),
            guard(
                "home_insert",
                where=_HOMELESS,
                constraint="programs_benefit_home_is_no_project",
                message="A benefit belongs to a program or a portfolio.",
            ),
            kept(
                "home_kept",
                "component_id",
                constraint="programs_benefit_home_is_kept",
                message="A benefit stays with its program or portfolio.",
            ),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name

    def get_absolute_url(self) -> str:
        """Link to the page of the benefit."""
        return reverse("benefit-detail", args=[self.pk])


class LinkMode(models.TextChoices):
    """How a project bears on a benefit."""

    ADDITIVE = "additive", "Contributes a share"
    ESSENTIAL = "essential", "Nothing without it"


class BenefitLinkQuerySet(ScopedQuerySet["BenefitLink"]):
    """Links, reached from the benefit's home."""

    component = "benefit__component"
    subject = Subject.BENEFIT


class BenefitLink(Versioned):
    """A project's contribution to a benefit. The project may stand in any program or tree.

    Additive weights are normalised over the benefit's links. `delivery_confidence` (0 to 1) is
    what the owner expects of an active project; left empty, its health decides.
    """

    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="links")
    project = models.ForeignKey(Project, models.PROTECT, related_name="benefit_links")
    mode = models.CharField(max_length=9, choices=LinkMode, default=LinkMode.ADDITIVE)
    weight = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    delivery_confidence = models.DecimalField(
        max_digits=5, decimal_places=4, null=True, blank=True
    )

    objects = BenefitLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            known("mode", LinkMode),
            fraction("delivery_confidence"),
            models.UniqueConstraint(
                fields=["benefit", "project"],
                name="%(app_label)s_%(class)s_one_a_pair",
                violation_error_message="This project is linked to the benefit already.",
            ),
            models.CheckConstraint(
                condition=Q(mode="additive", weight__gt=0, weight__isnull=False)
                | Q(mode="essential", weight__isnull=True),
                name="%(app_label)s_%(class)s_additive_has_a_weight",
                violation_error_message="A contribution has a weight above zero; an essential "
                "project has none.",
            ),
        ]
        # The project too: its roll-up may be under way and know nothing of this link yet.
        triggers = [counts_changes(), *marks(f"{OF_BENEFIT} UNION ALL {OF_LINKED_PROJECT}")]

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.project} → {self.benefit}"


class BenefitPlanQuerySet(ScopedQuerySet["BenefitPlan"]):
    """Planned values."""

    component = "benefit__component"
    subject = Subject.BENEFIT

    def shows_amounts_to(self, user: AnyUser) -> Q:
        """Show also the values that are no money."""
        return super().shows_amounts_to(user) | ~Q(benefit__category__in=MONETARY)


class BenefitPlan(Versioned):
    """What is planned to come in the period that ends on a day, in the benefit's unit."""

    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="plan")
    period_end = models.DateField()
    value = money()

    objects = BenefitPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("period_end"),
            models.UniqueConstraint(
                fields=["benefit", "period_end"],
                name="%(app_label)s_%(class)s_one_a_period",
                violation_error_message="This benefit has a plan for that period already.",
            ),
        ]
        triggers = [counts_changes(), *marks(OF_BENEFIT)]

    def __str__(self) -> str:
        """Show period and value."""
        return f"{self.period_end}" if self.value is None else f"{self.period_end}: {self.value}"


class BenefitMeasurementQuerySet(ScopedQuerySet["BenefitMeasurement"]):
    """Measurements."""

    component = "benefit__component"
    subject = Subject.BENEFIT

    def shows_amounts_to(self, user: AnyUser) -> Q:
        """Show also the values that are no money."""
        return super().shows_amounts_to(user) | ~Q(benefit__category__in=MONETARY)

    def newest(self) -> Self:
        """Keep of each benefit and date the newest, in the order of the dates."""
        return self.order_by("benefit", "date", "-pk").distinct("benefit", "date")


# Without the value: it may be money, which not everybody sees.
_MEASURED = """
    SELECT b.component_id, jsonb_build_object(
        'benefit', jsonb_build_object('id', b.id, 'url', '/api/v1/benefits/' || b.id || '/'),
        'measurement', jsonb_build_object(
            'id', n.id, 'date', n.date, 'url', '/api/v1/benefit-measurements/' || n.id || '/'
        )
    ) FROM new_rows AS n JOIN programs_benefit AS b ON b.id = n.benefit_id ORDER BY n.id
"""


class BenefitMeasurement(Fact):
    """What was measured, in the benefit's unit.

    Of a flow: what came in the period that ends on `date`; another one for the same date replaces
    it. Of a level: the state on that date.
    """

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="measurements")
    value = money()
    evidence = models.CharField(max_length=250, blank=True)

    objects = BenefitMeasurementQuerySet.as_manager()

    class Meta:
        constraints = [within_calendar("date")]
        indexes = [
            models.Index(
                fields=["benefit", "-date", "-id"],
                include=["value"],
                name="programs_measurement_newest",
            )
        ]
        triggers = [
            *marks(OF_BENEFIT, append_only=True),
            announces_insert("benefit.measured", _MEASURED),
        ]

    def __str__(self) -> str:
        """Show date and value."""
        return f"{self.date}" if self.value is None else f"{self.date}: {self.value}"
