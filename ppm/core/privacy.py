"""What the product knows of a person: handed out, and erased where nothing obliges to keep it.

A person is a row of `User`; everywhere else stands only its id. So an erased person stays as a
number: what somebody recorded and decided is kept, and says no longer who that was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast, Replace

from ppm.core.auditing.tables import SECRET
from ppm.core.models import ApiToken, AuditEvent, RoleAssignment, User

ERASED = "Erased person"


def references_to_people() -> Iterator[tuple[Any, Any]]:
    """Find every foreign key to a person: its model and itself."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            for field in model._meta.local_concrete_fields:
                if field.related_model is User:
                    yield model, field


def knowledge_of(person: User) -> dict[str, Any]:
    """Collect what is stored about a person and what the person did, as JSON can hold it."""
    told: dict[str, Any] = {"person": _row(person), "groups": _names(person.groups.all())}
    for model, field in references_to_people():
        rows = model._default_manager.filter(**{field.attname: person.pk}).order_by("pk")
        if found := [_row(row) for row in rows]:
            told[f"{model._meta.label}.{field.name}"] = found
    about = AuditEvent.objects.filter(table_name=User._meta.db_table, row_id=person.pk)
    told["changes of the account"] = [_row(event) for event in about.order_by("pk")]
    return told


def _names(rows: Any) -> list[str]:
    return [str(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    """Write a row's columns; of other people's packages the name only: they have secrets too."""
    options = row._meta
    if options.app_config.name not in settings.OUR_APPS:
        return {"id": row.pk, "name": str(row)}
    secret = {"password"} if isinstance(row, User) else set(SECRET.get(options.label, ()))
    return {
        field.attname: getattr(row, field.attname)
        for field in options.concrete_fields
        if field.name not in secret and not isinstance(field, models.BinaryField)
    }


@transaction.atomic
def erase(person: User) -> list[str]:
    """Take everything from a person that names, admits or belongs to him; the id stays.

    Return the columns of texts that still have the name or the address in them: facts are never
    changed, so somebody must decide what to do about these.
    """
    names = {person.email, person.get_full_name(), person.username} - {""}
    _forget_in_log(person, names)
    for model, field in references_to_people():
        if field.remote_field.on_delete is models.CASCADE:
            model._default_manager.filter(**{field.attname: person.pk}).delete()
    person.email, person.username = f"erased-{person.pk}@invalid", f"erased-{person.pk}"
    person.first_name, person.last_name = ERASED, str(person.pk)
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_login = None
    person.set_unusable_password()
    person.save()
    return sorted(_mentions(names))


def _forget_in_log(person: User, names: set[str]) -> None:
    """Take the person's name out of the log of the governance site, where rows are named by it."""
    named_by_people = ContentType.objects.get_for_models(User, ApiToken, RoleAssignment).values()
    for name in names:
        entries = LogEntry.objects.filter(content_type__in=named_by_people)
        entries.filter(object_repr__contains=name).update(
            object_repr=Replace("object_repr", Value(name), Value(f"{ERASED} {person.pk}"))
        )


def _mentions(names: set[str]) -> Iterator[str]:
    """Find the columns of ours whose texts have one of the names in them."""
    texts = (models.CharField, models.TextField, models.JSONField)
    for model in apps.get_models():
        if model._meta.app_config.name not in settings.OUR_APPS or model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            if isinstance(field, texts) and not field.choices:
                rows = model._default_manager.annotate(text=Cast(field.name, TextField()))
                found = rows.filter(_any_of(names)).count()
                if found:
                    yield f"{model._meta.db_table}.{field.column}: {found} rows"


def _any_of(names: set[str]) -> Q:
    """Find an address or a name of two words anywhere, a single word only as the whole text."""
    wanted = Q()
    for name in names:
        is_telling = "@" in name or " " in name
        wanted |= Q(text__icontains=name) if is_telling else Q(text__iexact=name)
    return wanted
