"""The kernel's models in the admin."""

from ppm.core.admin import (
    access,
    audit,
    calendars,
    jobs,
    ledger,
    past,
    people,
    policies,
    register,
    rollup,
    tree,
    webhooks,
)

__all__ = [
    "access",
    "audit",
    "calendars",
    "jobs",
    "ledger",
    "past",
    "people",
    "policies",
    "register",
    "rollup",
    "tree",
    "webhooks",
]
