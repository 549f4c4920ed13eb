"""The tree and its figures as the API shows them."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from ppm.core.api.figures import answers, hide_foreign
from ppm.core.lifecycle import DECIDED, may_begin
from ppm.core.models import Component, Health, Snapshot, Subject, User
from ppm.core.models.snapshot import RATIOS
from ppm.core.representing import Represented
from ppm.core.serializers import ConstrainedSerializer, ScopedPrimaryKeyRelatedField

Kind = TypeVar("Kind", bound=Component)

COLUMNS = tuple(
    field.name for field in Snapshot._meta.concrete_fields if field.name not in ("id", "component")
)

FRESHNESS = ("as_of", "computed_at", "stale", "degraded", "failed_since")
FIGURES = ("health", "snapshot", "reasons", *FRESHNESS)
ANSWERED = {*FIGURES, "parent", "path"}
"""What is read together for a list: the figures, and the place as far as the user sees it."""
IDENTITY = ("id", "code", "kind", "name", "parent", "path", "state")
KEPT = ("description", "manager", "start_date", "finish_date")
TREE = ("currency", "time_zone", "status_date")
VERSION = ("version", "created_at", "updated_at")
COMPONENT = (*IDENTITY, *KEPT, *TREE, *VERSION)
"""The fields of every kind; those of `TREE` on a root only."""


class RatioField(serializers.DecimalField):
    """A ratio to 6 decimals; null where a part is not known or the denominator not positive.

    For `cpi`, `spi` and `roi` a code under `reasons` then says why; `spi_t` and `forward_roi` are
    null without one.
    """

    def __init__(self, **options: Any) -> None:
        """Only shown: ratios are derived."""
        super().__init__(
            max_digits=None, decimal_places=6, read_only=True, allow_null=True, **options
        )


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ReasonsField(serializers.JSONField):
    """Why the figures are what they are: rated measures, codes for what is null, drivers."""


class FiguresSerializer(Represented[Snapshot]):
    """The columns of a snapshot, and the ratios derived from them."""

    reasons = ReasonsField(read_only=True)
    cpi = RatioField()
    spi = RatioField()
    spi_t = RatioField()
    roi = RatioField()
    forward_roi = RatioField()

    class Meta:
        model = Snapshot
        fields = (*COLUMNS, *RATIOS)
        read_only_fields = fields


class SnapshotList(serializers.ListSerializer[Any]):
    """Many snapshots."""

    def to_representation(self, data: Any) -> list[Any]:
        """Write them, without what they say of components that are not the user's."""
        snapshots = list(data)
        hide_foreign(snapshots, user=self.context["request"].user)
        return super().to_representation(snapshots)


class SnapshotSerializer(FiguresSerializer):
    """A snapshot by itself."""

    class Meta(FiguresSerializer.Meta):
        fields = ("id", "component", *FiguresSerializer.Meta.fields)
        read_only_fields = fields
        list_serializer_class = SnapshotList

    def to_representation(self, instance: Snapshot) -> Any:
        """Write the snapshot; alone, it looks itself after what it says of others."""
        if self.parent is None:
            hide_foreign([instance], user=self.context["request"].user)
        return super().to_representation(instance)


class FiguredList(serializers.ListSerializer[Any]):
    """A list of components, whose figures are read together."""

    def to_representation(self, data: Any) -> list[Any]:
        """Read the figures, then write the components."""
        components = list(data)
        child: Any = self.child
        if ANSWERED & child.fields.keys():
            found = answers(components, self.context["request"])
            for component in components:
                component.answer = found[component.pk]
        return super().to_representation(components)


class FiguredSerializer(ConstrainedSerializer[Kind]):
    """A component together with its figures, placed as far as the user sees the tree."""

    health = serializers.ChoiceField(
        source="answer.health", choices=Health.choices, read_only=True
    )
    snapshot = FiguresSerializer(source="answer.figures.snapshot", read_only=True, allow_null=True)
    reasons = ReasonsField(source="answer.reasons", read_only=True)
    as_of = serializers.DateField(source="answer.figures.as_of", read_only=True)
    computed_at = serializers.DateTimeField(
        source="answer.figures.computed_at", read_only=True, allow_null=True
    )
    stale = serializers.BooleanField(source="answer.figures.is_stale", read_only=True)
    degraded = serializers.BooleanField(source="answer.figures.is_degraded", read_only=True)
    failed_since = serializers.DateTimeField(
        source="answer.figures.failed_since", read_only=True, allow_null=True
    )

    def to_representation(self, instance: Any) -> Any:
        """Write the component; alone, it reads its own figures."""
        if not ANSWERED & self.fields.keys():
            return super().to_representation(instance)
        if not hasattr(instance, "answer"):
            instance.answer = answers([instance], self.context["request"])[instance.pk]
        shown = super().to_representation(instance)
        placed = {"parent": instance.answer.parent, "path": instance.answer.path}
        return shown | {name: placed[name] for name in placed.keys() & shown.keys()}


class ComponentSerializer(FiguredSerializer[Component]):
    """A component of any kind, to be read."""

    class Meta:
        model = Component
        fields = (*COMPONENT, *FIGURES)
        read_only_fields = fields
        list_serializer_class = FiguredList


class KindSerializer(FiguredSerializer[Kind]):
    """A portfolio, program or project, to be read and written."""

    # A field of the serializer, not the serializer around it, which the stubs call `parent` too.
    parent = ScopedPrimaryKeyRelatedField(  # type: ignore[assignment]
        Component, required=False, allow_null=True
    )

    def row_with(self, attrs: dict[str, Any]) -> models.Model:
        """Build the row with its kind."""
        return super().row_with({**attrs, "kind": self.kind()})

    def kind(self) -> str:
        """Tell the kind of component this is."""
        model: Any = self.Meta.model
        return str(model.KIND)

    def validate_state(self, state: str) -> str:
        """Leave a change of state to a decision."""
        if self.instance is not None and state != self.instance.state:
            raise ValidationError("A state is changed by a decision: POST /api/v1/decisions/.")
        return state

    def unchecked(self, attrs: dict[str, Any]) -> set[str]:
        """Leave the tree settings of a component that moves to the database: it changes them."""
        return {"parent"} if self.instance is not None and "parent" in attrs else set()

    def create(self, validated_data: dict[str, Any]) -> Kind:
        """Create the component, where the user may have one of its kind."""
        self.require_right_on(validated_data.get("parent"))
        model: Any = self.Meta.model
        begun = model(parent=validated_data.get("parent"), state=validated_data["state"])
        begun.kind = self.kind()
        if not may_begin(begun, user=self.context["request"].user):
            raise PermissionDenied(DECIDED)
        return super().create(validated_data)

    def update(self, instance: Kind, validated_data: dict[str, Any]) -> Kind:
        """Save what was given; another parent is a move.

        The move comes first: its locks, which the view has taken, come before any row's.
        """
        parent = validated_data.pop("parent", instance.parent)
        if (parent and parent.pk) != instance.parent_id:
            self.require_right_on(instance.parent)
            self.require_right_on(parent)
            instance.move_to(parent)
        # Written although the database sets it: a change of the kind's own columns alone must
        # raise the component's version too.
        validated_data["updated_at"] = instance.updated_at
        super().update(instance, validated_data)
        instance.refresh_from_db()
        return instance

    def require_right_on(self, parent: Component | None) -> None:
        """Refuse unless the user may put a component of this kind there, or take it away."""
        user = self.context["request"].user
        if user.is_superuser:
            return
        if parent is None:
            raise PermissionDenied("Only an administrator makes a root or moves one.")
        subject = Subject(self.kind())
        if not Component.objects.granting(subject, user).filter(pk=parent.pk).exists():
            # Without the parent's name: somebody who leaves it need not be able to see it.
            raise PermissionDenied(f"You may not add a {self.kind()} there, or take one away.")


class UserSerializer(serializers.ModelSerializer[User]):
    """A person, by name."""

    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "name")
        read_only_fields = fields
