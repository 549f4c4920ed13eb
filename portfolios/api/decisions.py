"""Changes of state in the API: foretold, asked for, decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from portfolios.api.consequences import ConsequenceField, ConsequenceSerializer, amount
from portfolios.deciding import (
    Actor,
    RefusedError,
    answer,
    ask,
    decide,
    foretell,
    obstacles,
    told,
)
from portfolios.rehearsal import Consequence
from ppm.core.api.viewsets import FactViewSet, MayChange, check_references
from ppm.core.authentication import HasScope
from ppm.core.filters import DecisionFilter, StateRequestFilter
from ppm.core.lifecycle import REMOVALS, subject_of, successors
from ppm.core.models import Component, Decision, Outcome, StateRequest, Subject, rights_on
from ppm.core.parameters import understood
from ppm.core.problems import Conflict, ParameterError
from ppm.core.serializers import RECORDED, FactSerializer, ScopedPrimaryKeyRelatedField
from ppm.core.signin.recency import MayDecide

NOT_YOURS = "You may see this component, but not decide about that. Ask: POST /state-requests/."


@contextmanager
def refusals() -> Iterator[None]:
    """Answer a refusal with its sentences."""
    try:
        yield
    except RefusedError as error:
        sentences = list(error.sentences)
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: sentences}) from error


class StateRequestSerializer(FactSerializer[StateRequest]):
    """That somebody asks for a change of state, and why."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REPORT)
    decision = serializers.PrimaryKeyRelatedField[Decision](read_only=True, allow_null=True)
    consequence = ConsequenceField(read_only=True)

    class Meta:
        model = StateRequest
        fields = (
            *("id", "component", "before", "after", "reason", "date"),
            *("consequence", "decision", *RECORDED),
        )
        read_only_fields = ("before", "date")

    def row_with(self, attrs: dict[str, Any]) -> Any:
        """Build the request, of a component as it is."""
        return super().row_with({**attrs, "before": attrs["component"].state})

    def create(self, validated_data: dict[str, Any]) -> StateRequest:
        """Ask."""
        by = Actor.of(self.context["request"])
        with refusals():
            return ask(
                validated_data["component"],
                validated_data["after"],
                by=by,
                reason=validated_data["reason"],
            )


class StateRequestViewSet(FactViewSet[StateRequest]):
    """State requests: who asks for a change of state, and why. They wait for a decision."""

    serializer_class = StateRequestSerializer
    filterset_class = StateRequestFilter
    is_one_at_a_time = True

    def get_queryset(self) -> Any:
        """Return what the user may see, with the decisions."""
        return super().get_queryset().select_related("decision")

    def perform_create(self, serializer: BaseSerializer[StateRequest]) -> None:
        """Ask; who does so, when and in which request is the verb's to write down."""
        serializer.save()
        check_references()


class DecisionSerializer(FactSerializer[Decision]):
    """What was decided about a state, and on what grounds.

    Give `component` and `after` to decide at once, or `state_request` and `outcome` to answer
    what somebody else asked for.
    """

    component = ScopedPrimaryKeyRelatedField(Component, required=False)
    state_request = ScopedPrimaryKeyRelatedField(StateRequest, required=False, allow_null=True)
    termination_cost = amount(
        "What the end itself costs; it is booked with it.",
        write_only=True,
        read_only=False,
        allow_null=False,
        required=False,
        min_value=0,
    )
    consequence = ConsequenceField(read_only=True)

    class Meta:
        model = Decision
        fields = (
            *("id", "component", "state_request", "before", "after", "outcome", "rationale"),
            *("termination_cost", "date", "snapshot", "consequence"),
            *("previous_digest", "digest", *RECORDED),
        )
        read_only_fields = ("before", "date", "snapshot", "previous_digest", "digest")
        extra_kwargs = {"after": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Tell the two ways apart; what a request says already is not said again."""
        asked = attrs.get("state_request")
        if asked is None:
            missing = [name for name in ("component", "after") if name not in attrs]
            if missing:
                needed = "Needed, unless a state_request is answered."
                raise ValidationError({name: [needed] for name in missing})
        elif attrs.keys() & {"component", "after", "termination_cost"}:
            raise ValidationError("A state_request names the component and the state already.")
        else:
            attrs = {**attrs, "component": asked.component, "after": asked.after}
        return super().validate(attrs)

    def row_with(self, attrs: dict[str, Any]) -> Any:
        """Build the decision, about a component as it is."""
        kept = {name: value for name, value in attrs.items() if name != "termination_cost"}
        return super().row_with({**kept, "before": attrs["component"].state})

    def create(self, validated_data: dict[str, Any]) -> Decision:
        """Decide, or answer."""
        request: Request = self.context["request"]
        component, after = validated_data["component"], validated_data["after"]
        if subject_of(component, after) not in rights_on(component.path, request.user):
            raise PermissionDenied(NOT_YOURS)
        with refusals():
            decision = self.verb(validated_data)(Actor.of(request))
        # The database has chained it.
        decision.refresh_from_db()
        return decision

    def verb(self, given: dict[str, Any]) -> Callable[[Actor], Decision]:
        """Choose what is to be done."""
        asked, rationale = given.get("state_request"), given["rationale"]
        if asked is not None:
            outcome = given.get("outcome", Outcome.APPROVED)
            return lambda by: answer(asked, outcome, by=by, rationale=rationale)
        return lambda by: decide(
            given["component"],
            given["after"],
            by=by,
            rationale=rationale,
            termination_cost=given.get("termination_cost", Decimal()),
        )


class DecisionViewSet(FactViewSet[Decision]):
    """Decisions: changes of state, with what they did to the figures. They are never changed.

    Each carries the digest of the one before, so that none can be left out unnoticed.
    """

    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, MayDecide, MayChange)

    def perform_create(self, serializer: BaseSerializer[Decision]) -> None:
        """Decide; who does so, when and in which request is the verb's to write down."""
        serializer.save()
        check_references()


class AchievementSerializer(serializers.Serializer[Any]):
    """How far an objective will be met, and by how much of its weight that is known."""

    rate = serializers.DecimalField(max_digits=None, decimal_places=6, allow_null=True)
    coverage = serializers.DecimalField(max_digits=None, decimal_places=6, allow_null=True)


class ObjectiveEffectSerializer(serializers.Serializer[Any]):
    """What becomes of an objective."""

    objective = serializers.IntegerField(source="objective.pk")
    before = AchievementSerializer()
    after = AchievementSerializer()


class OrphanSerializer(serializers.Serializer[Any]):
    """A task elsewhere that would wait in vain."""

    dependency = serializers.IntegerField(source="pk")
    task = serializers.IntegerField(source="successor_id")
    project = serializers.IntegerField(source="successor.project_id")


class RemovalSerializer(ConsequenceSerializer):
    """What taking a component out of its program would do, if nothing else changed."""

    objectives = ObjectiveEffectSerializer(many=True)
    orphans = OrphanSerializer(many=True)
    hidden_benefits = serializers.IntegerField(
        help_text="How many more benefits it touches that you may not see."
    )
    obstacles = serializers.ListField(
        child=serializers.CharField(), help_text="What must be done first, a sentence each."
    )


class RemovalQuery(serializers.Serializer[Any]):
    """What is asked of a removal."""

    after = serializers.ChoiceField(
        choices=[(state.value, state.label) for state in REMOVALS],
        help_text="The state that it would come into.",
    )
    termination_cost = amount(
        "What the end itself would cost.",
        read_only=False,
        allow_null=False,
        required=False,
        min_value=0,
        default=Decimal(),
    )


class RemovalView(APIView):
    """The rehearsal of a removal: it is done, rolled up, read and taken back."""

    permission_classes = (IsAuthenticated, HasScope)

    @extend_schema(
        operation_id="components_removal",
        parameters=[RemovalQuery],
        responses=RemovalSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Tell the figures before and after a component is terminated or put on hold.

        A later decision has exactly this effect as long as nothing else changes.
        """
        component = get_object_or_404(Component.objects.visible_to(request.user), pk=pk)
        query = asked(request, component)
        cost = query["termination_cost"]
        try:
            by = Actor.of(request)
            consequence = foretell(component, query["after"], by=by, termination_cost=cost)
        except RefusedError as error:
            raise Conflict(str(error)) from error
        return Response(told_whole(component, query["after"], consequence))


def asked(request: Request, component: Component) -> dict[str, Any]:
    """Read what is asked; refuse what is not understood, or cannot follow."""
    values = understood(RemovalQuery(data=request.query_params))
    after = values["after"]
    if after not in successors(component):
        now = component.get_state_display().lower()
        raise ParameterError({"after": [f"What is {now} cannot become {after}."]})
    return values


def told_whole(component: Component, after: str, consequence: Consequence) -> dict[str, Any]:
    """Write all that is known of a removal."""
    return {
        **told(consequence),
        "objectives": ObjectiveEffectSerializer(consequence.objectives, many=True).data,
        "orphans": OrphanSerializer(consequence.orphans, many=True).data,
        "hidden_benefits": consequence.hidden,
        "obstacles": obstacles(component, after, as_of=consequence.as_of),
    }
