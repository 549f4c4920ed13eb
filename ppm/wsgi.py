"""The entry point of the web server: `gunicorn ppm.wsgi`."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppm.settings")


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset its header names.

    Django decodes the address by that charset as it makes the request, where no middleware could
    answer an error; `ppm.core.middleware.CharsetMiddleware` refuses other charsets.
    """

    encoding = None  # type: ignore[override]


class Utf8Handler(WSGIHandler):
    """Django's handler, with such requests."""

    request_class = Utf8Request


django.setup(set_prefix=False)
application = Utf8Handler()
