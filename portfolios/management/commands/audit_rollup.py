"""`manage audit_rollup`: compute everything again and compare; write nothing."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portfolios.rollup import audit
from ppm.core.models import Component


class Command(BaseCommand):
    """Compare every stored snapshot with one computed from scratch."""

    help = "Compare all snapshots with a computation from scratch; exit 1 if any differs."

    def handle(self, **options: Any) -> None:
        """Print the number of components and of differences, and name those that differ."""
        total, differing = audit(now=timezone.now())
        self.stdout.write(f"{total} components, {len(differing)} differences")
        for code in Component.objects.filter(pk__in=differing).values_list("code", flat=True):
            self.stdout.write(f"  {code}")
        if differing:
            sys.exit(1)
