"""Programs and benefits as the API shows and takes them."""

from __future__ import annotations

from ppm.core.api.serializers import COMPONENT, FIGURES, FiguredList, KindSerializer
from ppm.core.models import Component, Subject
from ppm.core.serializers import (
    RECORDED,
    ConstrainedSerializer,
    FactSerializer,
    ForeignReferenceField,
    ScopedPrimaryKeyRelatedField,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.models import Project


class ProgramSerializer(KindSerializer[Program]):
    """A program."""

    class Meta:
        model = Program
        fields = (*COMPONENT, "sponsor", "vision", *FIGURES)
        list_serializer_class = FiguredList


class BenefitSerializer(ConstrainedSerializer[Benefit]):
    """A measurable gain."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.BENEFIT)

    class Meta:
        model = Benefit
        fields = (
            *("id", "component", "name", "description", "owner"),
            *("category", "sign", "measure_kind", "direction", "measure", "unit"),
            *("unit_value", "baseline_value", "baseline_date", "target_value", "target_date"),
            "version",
        )


class BenefitLinkSerializer(ConstrainedSerializer[BenefitLink]):
    """A project's contribution to a benefit. The project may stand in any program or tree."""

    benefit = ScopedPrimaryKeyRelatedField(Benefit, Subject.BENEFIT)
    project = ForeignReferenceField(Project)

    class Meta:
        model = BenefitLink
        fields = ("id", "benefit", "project", "mode", "weight", "delivery_confidence", "version")


class BenefitPlanSerializer(ConstrainedSerializer[BenefitPlan]):
    """What is planned to come in a period."""

    benefit = ScopedPrimaryKeyRelatedField(Benefit, Subject.BENEFIT)

    class Meta:
        model = BenefitPlan
        fields = ("id", "benefit", "period_end", "value", "version")


class BenefitMeasurementSerializer(FactSerializer[BenefitMeasurement]):
    """What was measured."""

    benefit = ScopedPrimaryKeyRelatedField(Benefit, Subject.BENEFIT)

    class Meta:
        model = BenefitMeasurement
        fields = ("id", "benefit", "date", "value", "evidence", *RECORDED)
