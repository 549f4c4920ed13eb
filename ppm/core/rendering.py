"""JSON as it leaves: by orjson, which writes a page of figures six times as fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class FastJSONRenderer(BaseRenderer):
    """Write an answer."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Write it; what is not plain, such as a translated text, as text."""
        return b"" if data is None else orjson.dumps(data, default=str)
