"""Secrets that must be read again: encrypted, so that a copy of the database lacks them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt with a key that follows from `SECRET_KEY`, another one for each purpose."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    """Decrypt, also what a former secret key has encrypted."""
    return _cipher(purpose).decrypt(encrypted.encode()).decode()


def _cipher(purpose: str) -> MultiFernet:
    keys: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(f"{purpose} {key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
