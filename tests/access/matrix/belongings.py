"""What is one person's own, whatever roles others have: files, tokens, sessions, keys."""

from __future__ import annotations

from itertools import count
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Model
from django.utils import timezone
from fido2 import webauthn
from fido2.cose import ES256

from portfolios.importing.preview import read_preview
from portfolios.models import ImportRun
from ppm.core.models import ApiToken, CalendarFeed, Component, Job, JobPart, JobRow, User
from tests.factories import make_job

_numbers = count(1)


def belongings(user: User, canary: str) -> dict[type[Model], Model]:
    """Give somebody one of each, marked."""
    job = _export(user, canary)
    rows: list[Model] = [
        job,
        JobPart(job=job, number=0, content=canary.encode()),
        JobRow(job=job, row=2, column=canary, reason=canary),
        _file(user, canary),
        ApiToken(user=user, name=canary, digest=f"{next(_numbers):064}", scopes=["read"]),
        _feed(user, canary),
        _session(user, canary),
        Authenticator(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": canary, "credential": _credential()},
        ),
    ]
    for row in rows:
        row.save()
    return {type(row): row for row in rows}


def _export(user: User, canary: str) -> Job:
    """Make an export whose file can be fetched."""
    asked = {"collection": "projects", "query": f"search={canary}", "fields": [], "format": "csv"}
    now = timezone.now()
    report = {"bytes": len(canary), "sha256": "0" * 64, "read_at": now.isoformat(), "as_of": None}
    return make_job(user, title=canary, asked=asked, state="done", finished_at=now, report=report)


def _file(user: User, canary: str) -> ImportRun:
    name, content = f"{canary}.csv", f"code,name\n{canary},{canary}\n".encode()
    preview = read_preview(name, content, "").as_json()
    return ImportRun(
        owner=user, file_name=name, content=content, preview=preview, mapping=f"# {canary}\n"
    )


def _feed(user: User, canary: str) -> CalendarFeed:
    component = Component.objects.filter(name__startswith=canary).earliest("pk")
    return CalendarFeed(owner=user, component=component, digest=f"{next(_numbers):064}")


def _session(user: User, canary: str) -> UserSession:
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    store["_auth_user_hash"] = user.get_session_auth_hash()
    store.create()
    return UserSession(
        user=user,
        ip="192.0.2.1",
        session_key=store.session_key,
        user_agent=canary,
        last_seen_at=timezone.now(),
    )


def _credential() -> dict[str, Any]:
    """Make what a key of hardware would have answered."""
    name, public = bytes(16), ec.generate_private_key(ec.SECP256R1()).public_key()
    cose = ES256.from_cryptography_key(public)  # type: ignore[no-untyped-call]
    key = webauthn.AttestedCredentialData.create(bytes(16), name, cose)
    flag = webauthn.AuthenticatorData.FLAG.AT
    told = webauthn.AuthenticatorData.create(bytes(32), flag, 0, key)
    response = webauthn.AuthenticatorAttestationResponse(
        client_data=webauthn.CollectedClientData.create(
            type="webauthn.create", challenge=bytes(16), origin="https://ppm.example"
        ),
        attestation_object=webauthn.AttestationObject.create("none", told, {}),
    )
    return dict(webauthn.RegistrationResponse(raw_id=bytes(16), response=response))
