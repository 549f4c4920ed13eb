"""The floor of the API: a bare view that sends the same statements and answers the same bytes.

A server with `_floor_settings` answers the product's addresses too: both are one process.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from ppm.urls import urlpatterns as of_the_product

RECORDED = "PPM_FLOOR"
"""The variable with the file in which the statements and bytes of each case are."""


@cache
def recorded() -> dict[str, Any]:
    """Read what the product was seen to do."""
    found: dict[str, Any] = json.loads(Path(os.environ[RECORDED]).read_text())
    return found


@csrf_exempt
def floor(request: HttpRequest, name: str) -> HttpResponse:
    """Do the same."""
    case = recorded()[name]
    with connection.cursor() as cursor:
        for statement in case["statements"]:
            cursor.execute(statement)
            if cursor.description:
                cursor.fetchall()
    return HttpResponse(case["body"], status=case["status"], content_type="application/json")


urlpatterns = [path("floor/<str:name>/", floor), *of_the_product]
