"""What a change of state does to the figures, as the API tells it, as far as a reader sees it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ppm.core.models import Component, Health, ScopedQuerySet
from ppm.core.models.decision import without_amounts
from ppm.core.values import NumberField
from programs.models import Benefit


def amount(said: str, **options: Any) -> NumberField:
    """Describe an amount of money."""
    options = {"allow_null": True, "read_only": True, **options}
    return NumberField(max_digits=19, decimal_places=4, help_text=said, **options)


class ForetoldSerializer(serializers.Serializer[Any]):
    """Some columns of a snapshot."""

    bac = amount("Budget at completion.")
    eac = amount("Estimate at completion.")
    etc = amount("Estimate to complete.")
    sunk = amount("Actual cost of terminated projects.")
    held = amount("The budget of work on hold.")
    benefit_forecast = amount("What is expected of the benefits.")
    roi = serializers.DecimalField(
        max_digits=None, decimal_places=6, allow_null=True, help_text="Return on investment."
    )
    health = serializers.ChoiceField(choices=Health.choices)


class FigureEffectSerializer(serializers.Serializer[Any]):
    """What becomes of a component's figures; null where it had none."""

    component = serializers.IntegerField()
    before = ForetoldSerializer(allow_null=True)
    after = ForetoldSerializer(allow_null=True)


class BenefitEffectSerializer(serializers.Serializer[Any]):
    """What becomes of the forecast of a benefit, in its unit."""

    benefit = serializers.IntegerField()
    before = amount("The forecast before.")
    after = amount("The forecast after.")
    is_broken = serializers.BooleanField(help_text="Nothing of it can come without the work.")


class ConsequenceSerializer(serializers.Serializer[Any]):
    """What a change of state does, the component itself first."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    figures = FigureEffectSerializer(many=True)
    benefits = BenefitEffectSerializer(many=True)
    avoided = amount("What need not be spent any more.")
    lost = amount("What the benefits bring less; null in several currencies.")
    termination_cost = amount("What the end itself costs.")
    balance = amount("Avoided, less what is lost, less what the end costs.")


@extend_schema_field(ConsequenceSerializer(allow_null=True))
class ConsequenceField(serializers.JSONField):
    """A consequence as it was foretold to whoever asked or decided.

    Other readers may see less of the tree: components and benefits that they do not see are left
    out, and then also the sums that benefits are a part of.
    """

    def to_representation(self, value: Any) -> Any:
        """Write what the reader may know."""
        value = without_amounts(
            value,
            lambda pk: self._components.get(pk, True),
            lambda pk: self._benefits.get(pk, True),
        )
        figures = [entry for entry in value["figures"] if entry["component"] in self._components]
        benefits = [entry for entry in value["benefits"] if entry["benefit"] in self._benefits]
        is_whole = len(benefits) == len(value["benefits"])
        sums = {} if is_whole else {"lost": None, "balance": None}
        return {**value, "figures": figures, "benefits": benefits, **sums}

    @cached_property
    def _components(self) -> dict[int, bool]:
        return self._visible(Component.objects.all(), "figures", "component")

    @cached_property
    def _benefits(self) -> dict[int, bool]:
        return self._visible(Benefit.objects.all(), "benefits", "benefit")

    def _visible(self, rows: ScopedQuerySet[Any], part: str, key: str) -> dict[int, bool]:
        """Ask once for all rows that are being written; tell of each whether it shows amounts."""
        written: Any = self.root.instance
        told = [row.consequence for row in (written if isinstance(written, list) else [written])]
        named = {entry[key] for consequence in told if consequence for entry in consequence[part]}
        visible = rows.visible_to(self.context["request"].user).filter(pk__in=named)
        return {row.pk: row.shows_amounts for row in visible}
