"""The models of a program."""

from programs.models.benefit import (
    Benefit,
    BenefitCategory,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    BenefitSign,
    Direction,
    LinkMode,
    MeasureKind,
)
from programs.models.program import Program

__all__ = [
    "Benefit",
    "BenefitCategory",
    "BenefitLink",
    "BenefitMeasurement",
    "BenefitPlan",
    "BenefitSign",
    "Direction",
    "LinkMode",
    "MeasureKind",
    "Program",
]
