"""The entry point of the web server: `gunicorn ppm.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppm.settings")

application = get_wsgi_application()
