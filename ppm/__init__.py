"""Project portfolio management: portfolios, programs and projects in one tree."""

from ppm.celery import app as celery_app

__all__ = ["celery_app"]
