"""The product's settings, with the floor of the API beside its addresses."""

from ppm.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench._floor"
