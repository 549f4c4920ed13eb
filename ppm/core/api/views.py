"""The tree, its snapshots and its people in the API, all to be read."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ppm.core.api.serializers import ComponentSerializer, SnapshotSerializer, UserSerializer
from ppm.core.api.viewsets import ReadOnlyViewSet
from ppm.core.filters import ComponentFilter, SnapshotFilter, UserFilter
from ppm.core.models import Component, Snapshot, User
from ppm.core.people import people_near


class ComponentViewSet(ReadOnlyViewSet[Component]):
    """The tree of all kinds, with the figures rolled up from below."""

    serializer_class = ComponentSerializer
    filterset_class = ComponentFilter


class SnapshotViewSet(ReadOnlyViewSet[Snapshot]):
    """Rolled-up figures as they were known, a row wherever they changed."""

    serializer_class = SnapshotSerializer
    filterset_class = SnapshotFilter


class UserViewSet(ReadOnlyViewSet[User]):
    """The people one shares a component with."""

    serializer_class = UserSerializer
    filterset_class = UserFilter

    def get_queryset(self) -> QuerySet[User]:
        """Return the people the user gets to see."""
        return people_near(self.request.user)


class IndexView(APIView):
    """The first address: where everything is."""

    permission_classes = (AllowAny,)
    schema = None
    collections: tuple[str, ...] = ()

    def get(self, request: Request) -> Response:
        """List the collections, and where they are documented."""
        addresses = {
            name: reverse(f"api:{name}-list", request=request) for name in self.collections
        }
        documentation = reverse("api:docs", request=request)
        return Response({"collections": addresses, "documentation": documentation})


class NotFoundView(APIView):
    """Whatever address the API does not have."""

    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: object, **options: object) -> None:
        """Answer every method alike."""
        hint = "" if request.path.endswith("/") else " Addresses end with a slash."
        raise NotFound(f"There is nothing at this address.{hint}")
