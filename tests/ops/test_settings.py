"""Settings come from the environment; what is missing there stops the start."""

import os
import subprocess
import sys

import pytest

from ops.checks import SETTINGS
from ops.processes import ROOT


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_a_missing_secret_or_address_is_a_start_up_error(name: str) -> None:
    environment = {**os.environ, **SETTINGS}
    del environment[name]

    result = _import_settings(environment)

    assert result.returncode != 0
    assert f'"{name}" not set' in result.stderr


def test_cookies_and_redirects_are_https_unless_said_otherwise() -> None:
    environment = {**os.environ, **SETTINGS}
    del environment["PPM_HTTPS"]
    result = _import_settings(environment)

    assert result.stdout.split() == ["True", "True", "True", "31536000"]


def _import_settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"
    shown = ", ".join(f"settings.{word}" for word in (*words, "SECURE_HSTS_SECONDS"))
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"from ppm import settings; print({shown})"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
