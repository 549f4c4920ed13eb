"""The comparison of two dates in the API: what moved, because of what, and which facts are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ppm.core.api.serializers import RatioField
from ppm.core.authentication import HasScope
from ppm.core.comparison import MEASURES, Comparison, Moved, Part, compare, together
from ppm.core.constraints import check_reached
from ppm.core.figures import Figures, figures_of
from ppm.core.models import Component, Health
from ppm.core.news import News, new_facts, told
from ppm.core.outline import LevelPaginator
from ppm.core.pagination import CursorPagination
from ppm.core.parameters import understood
from ppm.core.problems import ParameterError
from ppm.core.serializers import DayField

NO_PERIOD = "The first date must be before the second, and that is the status date at the latest."


class AmountField(serializers.DecimalField):
    """An amount in the tree's currency; null where it is not known."""

    def __init__(self, **options: Any) -> None:
        """Only shown."""
        super().__init__(
            max_digits=None, decimal_places=4, read_only=True, allow_null=True, **options
        )


class MovedSerializer(serializers.Serializer[Any]):
    """An amount on both dates, and by how much it moved; what is not known adds nothing."""

    before = AmountField()
    after = AmountField()
    change = AmountField()


class PartSerializer(MovedSerializer):
    """What a component below did to an amount; null on a date when it did not stand here."""

    component = serializers.IntegerField()
    code = serializers.CharField()


class MovedFigureSerializer(MovedSerializer):
    """A figure, and what moved it: parts, more, what is out of sight, itself make the change."""

    parts = PartSerializer(many=True, help_text="What moved below it, the most first.")
    more_parts = serializers.IntegerField(help_text="How many more than `limit` moved it.")
    more_change = AmountField(help_text="The change of these.")
    out_of_sight = AmountField(help_text="The change of what has moved out of your sight.")
    itself = AmountField(help_text="The change that comes of the facts of this level.")


class MovedFiguresSerializer(serializers.Serializer[Any]):
    """All figures that add up over the tree."""

    def get_fields(self) -> dict[str, Any]:
        """Have one for each."""
        return {
            name: MovedFigureSerializer(help_text=f"{label}.") for name, label in MEASURES.items()
        }


class StandSerializer(serializers.Serializer[Figures]):
    """What was known on one of the dates, besides amounts."""

    as_of = serializers.DateField(help_text="The date that the figures are about.")
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="When they were computed; null where nothing was known."
    )
    stale = serializers.BooleanField(
        source="is_stale", help_text="Whether they are waiting to change."
    )
    degraded = serializers.BooleanField(
        source="is_degraded", help_text="Whether something could not be computed."
    )
    health = serializers.ChoiceField(
        source="snapshot.health", choices=Health.choices, default=Health.UNKNOWN, read_only=True
    )
    cpi = RatioField(source="snapshot.cpi")
    spi = RatioField(source="snapshot.spi")
    roi = RatioField(source="snapshot.roi")


class NewFactSerializer(serializers.Serializer[Any]):
    """A fact that counts on the second date and did not on the first."""

    kind = serializers.CharField(help_text="The collection that it is in, such as `costs`.")
    id = serializers.IntegerField()
    date = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    amount = AmountField(help_text="Its money, where it is money.")


class ComparisonSerializer(serializers.Serializer[Any]):
    """What moved between two dates."""

    component = serializers.IntegerField(source="component.pk")
    currency = serializers.CharField(source="after.currency")
    before = StandSerializer()
    after = StandSerializer()
    figures = MovedFiguresSerializer()
    facts = NewFactSerializer(
        many=True, help_text="What was recorded about the component itself, the newest first."
    )
    more_facts = serializers.IntegerField(help_text="How many more than `limit` there are.")


class ComparisonQuery(serializers.Serializer[Any]):
    """What is asked of a comparison."""

    first = DayField(
        required=False,
        validators=[check_reached],
        help_text="The earlier date; the end of the month before `second`.",
    )
    second = DayField(
        required=False,
        validators=[check_reached],
        help_text="The later date; the status date of the tree.",
    )
    limit = serializers.IntegerField(
        min_value=1,
        max_value=CursorPagination.MAX_LIMIT,
        default=CursorPagination.DEFAULT_LIMIT,
        help_text="How many parts of a figure are listed, and how many facts.",
    )


class ComparisonView(APIView):
    """What moved between two dates. `kinds` names the collection of each model of facts."""

    permission_classes = (IsAuthenticated, HasScope)
    kinds: Mapping[type[models.Model], str] = {}

    @extend_schema(
        operation_id="components_comparison",
        parameters=[ComparisonQuery],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Tell by how much each figure moved between two dates, and because of what.

        Both are answered as they were known on their date, whatever has been recorded since.
        """
        component = get_object_or_404(Component.objects.visible_to(request.user), pk=pk)
        figures = figures_of([component], user=request.user, now=timezone.now())[component.pk]
        asked = asked_of(request, status_date=figures.as_of)
        limit = asked.pop("limit")
        found = compare(component, figures, **asked, user=request.user)
        comparison = {
            "component": component,
            "before": found.before,
            "after": found.after,
            "figures": {measure: told_of(found, measure, limit=limit) for measure in MEASURES},
            **self.told_facts(found, limit=limit),
        }
        return Response(ComparisonSerializer(comparison).data)

    def told_facts(self, found: Comparison, *, limit: int) -> dict[str, Any]:
        """Tell of the newest facts, and how many more there are."""
        user = self.request.user
        page = LevelPaginator(new_facts(found, user=user), limit).get_page(1)
        newest = told(page.object_list, found.component, user=user)
        return {
            "facts": [self.told_news(one) for one in newest],
            "more_facts": page.paginator.count - len(newest),
        }

    def told_news(self, one: News) -> dict[str, Any]:
        """Tell of a fact where it is found."""
        fact = one.fact
        return {
            "kind": self.kinds[type(fact)],
            "id": fact.pk,
            "date": fact.date,
            "recorded_at": fact.recorded_at,
            "amount": one.amount,
        }


def asked_of(request: Request, *, status_date: date) -> dict[str, Any]:
    """Read what is asked for: `first`, `second`, `limit`; refuse what is no period."""
    asked = understood(ComparisonQuery(data=request.query_params))
    second = min(asked.get("second", status_date), status_date)
    first = asked.get("first", second.replace(day=1) - timedelta(days=1))
    if first >= second:
        raise ParameterError({"first": [NO_PERIOD]})
    return {"first": first, "second": second, "limit": asked["limit"]}


def told_of(found: Comparison, measure: str, *, limit: int) -> dict[str, Any]:
    """Tell how a figure moved, and because of what; all null where it was never known."""
    whole, ranked = found.whole(measure), found.ranked(measure)
    is_known = (whole.before, whole.after) != (None, None)
    more = together(part.moved(measure) for part in ranked[limit:])
    return {
        **told_moved(whole),
        "parts": list(told_parts(ranked[:limit], measure)),
        "more_parts": len(ranked[limit:]),
        "more_change": more.change if is_known else None,
        "out_of_sight": found.out_of_sight(measure).change if is_known else None,
        "itself": found.itself(measure).change if is_known else None,
    }


def told_parts(parts: Iterable[Part], measure: str) -> Iterable[dict[str, Any]]:
    """Tell what components did to a figure."""
    for part in parts:
        component = part.component
        yield {
            "component": component.pk,
            "code": component.code,
            **told_moved(part.moved(measure)),
        }


def told_moved(moved: Moved) -> dict[str, Any]:
    """Tell how an amount moved; where it was known on neither date, that is not known either."""
    is_known = (moved.before, moved.after) != (None, None)
    change = moved.change if is_known else None
    return {"before": moved.before, "after": moved.after, "change": change}
