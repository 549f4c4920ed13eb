"""The organisation that the pages' tests look at, and its people."""

from tests.pages.conftest import kept_organisation, member, organisation, outsider, owner

__all__ = ["kept_organisation", "member", "organisation", "outsider", "owner"]
