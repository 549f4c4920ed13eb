"""Webhooks in the API: who is told of what, and what was sent."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ppm.core import filters
from ppm.core.api.once import once
from ppm.core.api.viewsets import MayChange, ReadOnlyViewSet, ScopedViewSet
from ppm.core.authentication import HasScope
from ppm.core.models import EVENTS, Component, Subject, Webhook, WebhookDelivery
from ppm.core.serializers import (
    ConstrainedSerializer,
    ScopedPrimaryKeyRelatedField,
    StrictSerializer,
)
from ppm.core.signin.recency import MayDecide
from ppm.core.webhooks.message import message_id
from ppm.core.webhooks.rules import objection_to


class SwitchedOff(APIException):
    """A webhook that is off sends nothing."""

    status_code = HTTPStatus.CONFLICT
    default_code = "switched_off"
    default_detail = "The webhook is switched off: set is_active first."


class WebhookSerializer(ConstrainedSerializer[Webhook]):
    """An address that is told what happens to a component and to everything below it.

    It tells what `owner` sees: whoever wrote it last. `note` says why it was switched off, where
    the system did that.
    """

    component = ScopedPrimaryKeyRelatedField(Component, Subject.POLICY)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in EVENTS]),
        allow_empty=False,
    )
    secret = serializers.SerializerMethodField(
        help_text="In the answer that adds it, or rotates it, and null ever after."
    )

    class Meta:
        model = Webhook
        fields = (
            *("id", "component", "owner", "url", "description", "events", "is_active", "note"),
            *("secret", "former_secret_until", "created_at", "version"),
        )
        read_only_fields = ("owner", "note", "former_secret_until", "created_at", "version")

    def get_secret(self, webhook: Webhook) -> str | None:
        """Return a secret that was just made."""
        return getattr(webhook, "shown_once", None)

    def validate_url(self, url: str) -> str:
        """Refuse where nothing may be sent."""
        if sentence := objection_to(url):
            raise ValidationError(sentence)
        return url

    def create(self, validated_data: dict[str, Any]) -> Webhook:
        """Add it, with a secret."""
        webhook = Webhook(**validated_data, owner=self.context["request"].user)
        shown_once = webhook.give_secret()
        webhook.save()
        webhook.refresh_from_db()
        webhook.shown_once = shown_once  # type: ignore[attr-defined]
        return webhook

    def update(self, instance: Webhook, validated_data: dict[str, Any]) -> Webhook:
        """Save what was given, and let who waits know if it is switched."""
        was_on, user = instance.is_active, self.context["request"].user
        webhook = super().update(instance, {**validated_data, "owner": user})
        if webhook.is_active != was_on:
            webhook.switch(webhook.is_active, now=timezone.now())
            webhook.refresh_from_db(fields=["version"])
        return webhook


class AttemptSerializer(serializers.Serializer[Any]):
    """An attempt to send a message."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="Null: there was no answer.")
    milliseconds = serializers.IntegerField()
    answer = serializers.CharField(help_text="The first bytes of the answer.")
    trouble = serializers.CharField(help_text="Why there was no answer.")


class WebhookDeliverySerializer(StrictSerializer[WebhookDelivery]):
    """Something that happened, on its way to a webhook; `next_at` is when it is sent next."""

    message_id = serializers.SerializerMethodField(help_text="The header `webhook-id`.")
    component = serializers.SerializerMethodField(help_text="Null: it is about none.")
    data = serializers.DictField(  # type: ignore[assignment]  # which serializers have, too
        help_text="What is told: `data` of the message."
    )
    attempts = AttemptSerializer(many=True)

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "message_id", "webhook", "component", "kind", "data", "at", "state"),
            *("tries", "next_at", "done_at", "note", "attempts"),
        )
        read_only_fields = fields

    def get_message_id(self, delivery: WebhookDelivery) -> str:
        """Write the id as receivers read it."""
        return message_id(delivery.message_id)

    def get_component(self, delivery: WebhookDelivery) -> int | None:
        """Name the component; its webhook's readers may see all below theirs."""
        return delivery.component_id


class ReplaySerializer(serializers.Serializer[Any]):
    """From when on what failed is sent again; else all that is kept."""

    since = serializers.DateTimeField(required=False)


class ReplayedSerializer(serializers.Serializer[Any]):
    """How many are sent again."""

    replayed = serializers.IntegerField()


class WebhookViewSet(ScopedViewSet[Webhook]):
    """Webhooks, for those who may change policies there: an address may hold a key."""

    serializer_class = WebhookSerializer
    filterset_class = filters.WebhookFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, MayDecide, MayChange)

    def get_object(self) -> Webhook:
        """Find the webhook; only a change of its columns names the version that was read."""
        is_change = self.action in ("update", "partial_update", "destroy")
        return super().get_object() if is_change else GenericAPIView.get_object(self)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    @once
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Replace the secret, and return the new one; for 24 hours both sign."""
        webhook: Any = self.get_object()
        webhook.shown_once = webhook.rotate_secret(now=timezone.now())
        webhook.refresh_from_db(fields=["version"])
        return Response(self.get_serializer(webhook).data)

    @extend_schema(request=None, responses=WebhookDeliverySerializer)
    @action(detail=True, methods=["post"])
    @once
    def test(self, request: Request, pk: str) -> Response:
        """Send a message that says nothing, to try the receiver."""
        return Response(told(switched_on(self.get_object()).test(), request))

    @extend_schema(request=ReplaySerializer, responses=ReplayedSerializer)
    @action(detail=True, methods=["post"])
    @once
    def replay(self, request: Request, pk: str) -> Response:
        """Send again all that has failed since a moment."""
        asked = ReplaySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        now = timezone.now()
        since = asked.validated_data.get("since", now - timedelta(days=30))
        webhook = switched_on(self.get_object())
        return Response({"replayed": webhook.replay_failed(since=since, now=now)})


class WebhookDeliveryViewSet(ReadOnlyViewSet[WebhookDelivery]):
    """What webhooks were sent, or are to be sent; kept for 30 days."""

    serializer_class = WebhookDeliverySerializer
    filterset_class = filters.WebhookDeliveryFilter
    ordering = ("-id",)


class ReplayView(APIView):
    """Sending one delivery again."""

    permission_classes = (IsAuthenticated, HasScope, MayDecide)

    @extend_schema(
        operation_id="webhook_deliveries_replay",
        request=None,
        responses=WebhookDeliverySerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send it again, under the same id."""
        user: Any = request.user
        delivery = get_object_or_404(WebhookDelivery.objects.changeable_by(user), pk=pk)
        switched_on(delivery.webhook)
        delivery.replay(now=timezone.now())
        return Response(told(delivery, request))


def told(delivery: WebhookDelivery, request: Request) -> Any:
    """Write a delivery as it stands."""
    delivery.refresh_from_db()
    return WebhookDeliverySerializer(delivery, context={"request": request}).data


def switched_on(webhook: Webhook) -> Webhook:
    """Refuse one that is off."""
    if not webhook.is_active:
        raise SwitchedOff
    return webhook
