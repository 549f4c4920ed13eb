"""The bodies of requests: JSON as its standard has it, and nothing that could not be stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from math import isfinite
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer


class StrictJSONParser(BaseParser):
    """Read JSON."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the body."""
        content = stream.read(settings.API_MOST_BYTES + 1)
        require_small(len(content))
        try:
            body = json.loads(content, parse_float=finite, parse_constant=no_number)
            # Half of a surrogate pair is no character: it could be neither stored nor answered.
            json.dumps(body, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError as error:
            raise ParseError("The body has text that is no Unicode.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        return body


class BodyTooLarge(APIException):
    """The body is larger than any request needs."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The body is too large: at most 5 MB are read."


def require_small(size: int) -> None:
    """Refuse a body of so many bytes."""
    if size > settings.API_MOST_BYTES:
        raise BodyTooLarge


def finite(text: str) -> Decimal:
    """Read a number as it stands; one beyond all that is stored here is an error."""
    return Decimal(text) if isfinite(float(text)) else no_number(text)


def no_number(text: str) -> NoReturn:
    """Refuse infinity and what is not a number."""
    raise ValueError(f"{text} is not a number that can be stored.")
