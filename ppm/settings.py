"""Settings, driven by the environment. A missing secret or address is a start-up error.

| variable | meaning |
|---|---|
| `SECRET_KEY` | signs sessions and tokens; at least 50 random characters |
| `DATABASE_URL` | `postgres://user:password@host:port/name` (a socket's folder as `%2Fpath`) |
| `REDIS_URL` | `redis://:password@host:port/number`, of Redis or Valkey |
| `PPM_ALLOWED_HOSTS` | host names the site answers to, separated by commas |
| `PPM_HTTPS` | `off` only where no proxy ends TLS in front (the local demo) |
| `PPM_STATEMENT_TIMEOUT` | milliseconds a database statement may take; 0: no limit |
| `PPM_STATIC_ROOT` | where `collectstatic` puts files |
| `PPM_METRICS_TOKEN` | who sends it as a bearer token reads `/metrics`; without it nobody does |
| `DEBUG` | `on` for development: error pages with source, static files as they lie, log in words |
"""

from pathlib import Path

import dj_database_url
import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONE, SELF
from environs import Env

from ppm.core import logs

django_stubs_ext.monkeypatch()

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("PPM_ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
ROOT_URLCONF = "ppm.urls"
WSGI_APPLICATION = "ppm.wsgi.application"

OUR_APPS = ["ppm.core", "projects", "programs", "portfolios"]
INSTALLED_APPS = [
    "ppm.core.apps.GovernanceConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_standardized_errors",
    "csp",
    "pgtrigger",
    *OUR_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ppm.core.middleware.RequestIdMiddleware",
    "ppm.core.time_travel.TimeTravelMiddleware",
    "ppm.core.middleware.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "ppm.core.middleware.NudgeMiddleware",
    "ppm.core.middleware.OutageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database. Without pgtrigger.ignore, row triggers made by pgtrigger cost quadratic time in a
# long transaction. A server that does not answer is an error, not a request that waits for ever.
_statement_timeout = env.int("PPM_STATEMENT_TIMEOUT", 0)
DATABASES = {
    "default": {
        **dj_database_url.parse(env.str("DATABASE_URL"), conn_max_age=60, conn_health_checks=True),
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            "options": f"-c pgtrigger.ignore={{}} -c statement_timeout={_statement_timeout}",
            "connect_timeout": 5,
            "tcp_user_timeout": 30_000,
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "core.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Language and time. A tree's root has its own time zone; this one is for what has no tree.
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "ppm.formats"

# Static files: our own, and the front-end packages of package.json as npm left them.
STATIC_URL = "/static/"
STATIC_ROOT = env.path("PPM_STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("swagger-ui", BASE_DIR / "node_modules/swagger-ui-dist"),
    ("htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("inter", BASE_DIR / "node_modules/@fontsource-variable/inter/files"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
# Said here because the test runner turns DEBUG off after these settings are read.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG

# Security. With PPM_HTTPS a proxy ends TLS in front of the web server and says so in a header.
_https = env.bool("PPM_HTTPS", True)
SECURE_SSL_REDIRECT = _https
# These are asked from inside, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "ppm.core.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "ppm.core.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": [
        "ppm.core.parameters.StrictFilterBackend",
        "ppm.core.parameters.StrictOrdering",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ppm.core.bodies.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ppm.core.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PPM",
    "DESCRIPTION": "Portfolios, programs and projects, and the figures rolled up from them.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ppm.core.api.schema.add_problems",
        "ppm.description.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        "BenefitCategory": "programs.models.BenefitCategory",
        "BenefitSign": "programs.models.BenefitSign",
        "ChangeStatus": "ppm.core.models.ChangeStatus",
        "CostKind": "ppm.core.models.CostKind",
        "Direction": "programs.models.Direction",
        "EarningMethod": "projects.models.EarningMethod",
        "Expense": "ppm.core.models.Expense",
        "Health": "ppm.core.models.Health",
        "IssueSeverity": "ppm.core.models.IssueSeverity",
        "Kind": "ppm.core.models.Kind",
        "Link": "projects.models.Link",
        "LinkMode": "programs.models.LinkMode",
        "MeasureKind": "programs.models.MeasureKind",
        "Nature": "projects.models.Nature",
        "Outcome": "ppm.core.models.Outcome",
        "PortfolioRule": "ppm.core.models.PortfolioRule",
        "RiskResponse": "ppm.core.models.Risk.Response",
        "Role": "ppm.core.models.Role",
        "ScheduleConstraint": "projects.models.ScheduleConstraint",
        "State": "ppm.core.models.State",
        "Verdict": "projects.models.Verdict",
    },
}

# Background work. PostgreSQL keeps what is to be done; a message is only a nudge, so losing one
# is harmless and waiting for the broker is not: a request spends 0.5 s on it at most.
# A message that a worker died with is given to another after the visibility time-out, which has to
# be said in three places; what takes longer is given to a second one and must bear that.
_visibility_timeout = 120
CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_BROKER_TRANSPORT = "ppm.transport:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": _visibility_timeout,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_connect_timeout": 0.4,
    "socket_timeout": 0.4,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_VISIBILITY_TIMEOUT = _visibility_timeout
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": _visibility_timeout}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "jobs"
# What takes long has a queue and a worker of its own, so that it never delays a figure.
CELERY_TASK_ROUTES = {"portfolios.tasks.sweep": {"queue": "rollup"}}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 25
CELERY_TASK_TIME_LIMIT = 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker keeps its connection over its tasks, and with it the plans of the roll-up's statements:
# 10 ms instead of 70 for a small one. `ppm.celery` looks before each task whether it still works.
CELERY_DB_REUSE_MAX = 500
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# On SIGQUIT a worker has 10 s to finish, then gives back what it holds: also what only waits.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "portfolios.tasks.sweep", "schedule": 30, "options": {"expires": 30}},
    "imports": {
        "task": "portfolios.tasks.import_next",
        "schedule": 30,
        "options": {"expires": 30},
    },
    # Whether it is beat, the broker or a worker that stands still: no canary comes back.
    **{
        f"canary of {queue}": {
            "task": "ppm.core.tasks.come_back_alive",
            "kwargs": {"queue": queue},
            "schedule": 30,
            "options": {"queue": queue, "expires": 30},
        }
        for queue in ("rollup", "jobs")
    },
    "seals": {
        "task": "ppm.core.tasks.seal_audit",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "audit": {"task": "portfolios.tasks.audit", "schedule": crontab(hour="2", minute="30")},
}

# Being watched
METRICS_TOKEN = env.str("PPM_METRICS_TOKEN", "")
LOGGING = logs.configure(is_readable=DEBUG)
