"""Settings, driven by the environment. A missing secret or address is a start-up error.

| variable | meaning |
|---|---|
| `SECRET_KEY` | signs sessions and tokens; at least 50 random characters |
| `PPM_FORMER_SECRET_KEYS` | keys before this one, by comma: still read, no longer written |
| `DATABASE_URL` | `postgres://user:password@host:port/name` (a socket's folder as `%2Fpath`) |
| `REDIS_URL` | `redis://:password@host:port/number`, of Redis or Valkey |
| `PPM_ALLOWED_HOSTS` | host names the site answers to, separated by commas |
| `PPM_HTTPS` | `off` only where no proxy ends TLS in front (the local demo) |
| `PPM_STATEMENT_TIMEOUT` | milliseconds a database statement may take; 0: no limit |
| `PPM_STATIC_ROOT` | where `collectstatic` puts files |
| `PPM_PROXIES` | how many proxies in front tell the caller's address; 1 with HTTPS, else 0 |
| `PPM_MAIL_URL` | `smtp+starttls://user:password@host:587` (`ppm/mail.py`); without it no mail |
| `PPM_MAIL_FROM` | whom mail is from |
| `PPM_SSO_URL`, `PPM_SSO_CLIENT`, `PPM_SSO_SECRET` | single sign-on by OpenID Connect |
| `PPM_SSO_NAME` | what its button says |
| `PPM_SSO_VERIFIES_MAIL` | `on` where the provider vouches for mail addresses without saying so |
| `PPM_API_CALLS_PER_MINUTE` | of one token, or of one person signed in; 600; 0: no limit |
| `PPM_WEBHOOK_HTTP` | `on` lets webhooks go to addresses without encryption too |
| `PPM_WEBHOOK_NETWORKS` | networks of your own that webhooks may reach: `10.1.0.0/16`, by comma |
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
from ppm.mail import Mail, mail_of

django_stubs_ext.monkeypatch()

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("PPM_FORMER_SECRET_KEYS", [])
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_standardized_errors",
    "csp",
    "pgtrigger",
    *OUR_APPS,
]

# Headers first: whatever answers, and however, they are on it.
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ppm.core.middleware.RequestIdMiddleware",
    "ppm.core.middleware.DefaultDenyMiddleware",
    "ppm.core.middleware.CharsetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ppm.core.time_travel.TimeTravelMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ppm.core.api_limit.ApiLimitMiddleware",
    "ppm.core.api_answers.ApiAnswerMiddleware",
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

# People, and how they sign in (`ppm/core/signin`). Accounts are made by administrators.
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["ppm.core.signin.backend.PasswordBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
ACCOUNT_ADAPTER = "ppm.core.signin.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "ppm.core.signin.forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = True
# Seconds after which a decision, or a change of rights, asks once more who it is.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# `ppm/core/signin/limits.py` counts: allauth's own limits count in a cache, and not exactly.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "ppm.core.signin.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "PPM"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "ppm.core.signin.forms.CodeForm",
    "reauthenticate": "ppm.core.signin.forms.ConfirmingCodeForm",
    "activate_totp": "ppm.core.signin.forms.FirstCodeForm",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

PASSWORD_RESET_TIMEOUT = 24 * 3600

# Single sign-on by OpenID Connect, where a provider is named.
SSO_URL = env.str("PPM_SSO_URL", "")
SOCIALACCOUNT_ADAPTER = "ppm.core.signin.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": env.str("PPM_SSO_NAME", "single sign-on"),
                "client_id": env.str("PPM_SSO_CLIENT"),
                "secret": env.str("PPM_SSO_SECRET"),
                "settings": {
                    "server_url": SSO_URL,
                    "verified_email": env.bool("PPM_SSO_VERIFIES_MAIL", False) or None,
                },
            }
        ]
        if SSO_URL
        else [],
    }
}

# Mail
_mail = mail_of(env.str("PPM_MAIL_URL", ""))
HAS_MAIL = _mail != Mail()
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail.backend_path, _mail.folder
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.is_upgraded, _mail.is_encrypted
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("PPM_MAIL_FROM", "PPM <ppm@localhost>")

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
# No other host, and no page without TLS, can set cookies of these names.
_prefix = "__Host-" if _https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_prefix}sessionid", f"{_prefix}csrftoken"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 12 * 3600
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PPM_PROXIES", int(_https))
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _https else "http"
# Browsers allow passkeys without TLS on this machine only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # The sign-in form leads on to the identity provider.
        "form-action": [SELF, *(["/".join(SSO_URL.split("/")[:3])] if SSO_URL else [])],
    },
}

# API
# The days on which the API changed in a way that callers must know; the last one is answered.
API_VERSIONS = ("2026-11-20",)
# A thousand rows take less; a larger body would only cost.
API_MOST_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
API_CALLS_PER_MINUTE = env.int("PPM_API_CALLS_PER_MINUTE", 600)
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
    "DEFAULT_RENDERER_CLASSES": ["ppm.core.rendering.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ppm.core.bodies.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "ppm.core.api.operations.Operation",
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
    "jobs": {
        "task": "portfolios.tasks.do_next_job",
        "schedule": 30,
        "options": {"expires": 30},
    },
    "webhooks": {
        "task": "ppm.core.tasks.deliver_webhooks",
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
    "tidying": {
        "task": "ppm.core.tasks.forget_what_is_over",
        "schedule": crontab(hour="3", minute="0"),
    },
    "audit": {"task": "portfolios.tasks.audit", "schedule": crontab(hour="2", minute="30")},
}

# Webhooks go to public addresses by HTTPS, and where these say so.
WEBHOOK_HTTP = env.bool("PPM_WEBHOOK_HTTP", False)
WEBHOOK_NETWORKS: list[str] = env.list("PPM_WEBHOOK_NETWORKS", [])

# Being watched
METRICS_TOKEN = env.str("PPM_METRICS_TOKEN", "")
LOGGING = logs.configure(is_readable=DEBUG)
