"""The organisation that the pages' tests look at, and its people."""

from tests.pages.conftest import member, organisation, outsider, owner

__all__ = ["member", "organisation", "outsider", "owner"]
