"""Who can see a component, in the API: the same answer as on its page."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ppm.core.authentication import HasScope
from ppm.core.filters.kinds import LONGEST_SEARCH
from ppm.core.models import Component, Role, Subject
from ppm.core.parameters import understood
from ppm.core.sight import MOST, Holding, Sight, who_sees


class HoldingSerializer(serializers.Serializer[Holding]):
    """A role that lets somebody see the component."""

    role = serializers.ChoiceField(choices=Role.choices)
    component = serializers.IntegerField(
        source="place.pk",
        default=None,
        allow_null=True,
        help_text="Where it was given; null above your sight.",
    )
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null: it holds for good.")
    sees_money = serializers.BooleanField(help_text="Whether it shows amounts.")
    changes = serializers.ListField(
        child=serializers.ChoiceField(choices=Subject.choices),
        help_text="What it lets somebody change.",
    )
    group = serializers.SerializerMethodField()

    def get_group(self, holding: Holding) -> int | None:
        """The group that has the role; null where there is none, or none that you know."""
        return holding.group[0] if holding.group else None


class PersonSerializer(HoldingSerializer):
    """A person, and a role that lets them see the component."""

    user = serializers.IntegerField(source="person.pk")
    name = serializers.CharField(source="person.__str__")
    is_through_group = serializers.BooleanField(
        source="is_of_group", help_text="Whether a group has the role, and not the person."
    )


class GroupSerializer(HoldingSerializer):
    """A group, and a role that lets its members see the component."""

    name = serializers.SerializerMethodField()
    members = serializers.IntegerField()

    def get_name(self, holding: Holding) -> str | None:
        """What the group is called; null of one that you do not know."""
        return holding.group[1] if holding.group else None


class SightSerializer(serializers.Serializer[Sight]):
    """Who can see a component; administrators, who see all, are not listed."""

    people = PersonSerializer(source="people.lines", many=True, help_text="By name.")
    more_people = serializers.IntegerField(
        source="people.more", help_text="How many more lines than `limit` there are."
    )
    groups = GroupSerializer(source="groups.lines", many=True, help_text="By name.")
    more_groups = serializers.IntegerField(
        source="groups.more", help_text="How many more lines than `limit` there are."
    )


class SightQuery(serializers.Serializer[Any]):
    """What is asked about who sees a component."""

    search = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_SEARCH,
        help_text="Words, each of which must stand in the name of the person or the group.",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=MOST, help_text="How many lines of each are listed."
    )


class SightView(APIView):
    """Who can see a component, through which role, given where, and until when."""

    permission_classes = (IsAuthenticated, HasScope)

    @extend_schema(
        operation_id="components_access", parameters=[SightQuery], responses=SightSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        """Tell who can see a component: people and groups with a role on it or above it.

        A person has a line for each role, also for those that groups of theirs have.
        """
        user: Any = request.user
        component = get_object_or_404(Component.objects.visible_to(user), pk=pk)
        asked = understood(SightQuery(data=request.query_params))
        sight = who_sees(component, user=user, search=asked["search"], most=asked["limit"])
        return Response(SightSerializer(sight).data)
