"""Django settings, from the environment.

================== =====================================================================================
SSE_RELEASES_URL   the folder (or fsspec address) of releases; default ``var/releases``
SSE_SECRET_KEY     Django's secret key; outside production one is made and kept in ``var/secret_key``
SSE_ALLOWED_HOSTS  host names, separated by commas; default: this machine only
SSE_ENV            ``production`` makes the secret key mandatory and cookies and redirects HTTPS-only
SSE_VAR            where this installation keeps what it makes; default ``var``
================== =====================================================================================

``SSE_PORTAL_DATABASE_URL`` says where the follow-up records and the accounts are kept (see `portal.database`).

There is no debug mode: an error page that shows variables has no place on a public server.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sse_observatory.core import ObservatoryError
from sse_observatory.portal.database import described
from sse_observatory.portal.server import refuse_microdata

refuse_microdata()

HERE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("SSE_VAR", "var"))
PRODUCTION = os.environ.get("SSE_ENV", "").lower() == "production"

DEBUG = False


def _secret_key() -> str:
    given = os.environ.get("SSE_SECRET_KEY", "")
    if given:
        return given
    if PRODUCTION:
        raise ObservatoryError(
            "SSE_SECRET_KEY is not set, and SSE_ENV is production.",
            "Set it to a long random text that only this installation knows.",
        )
    file = VAR / "secret_key"
    try:
        if file.is_file():
            return file.read_text(encoding="ascii").strip()
        VAR.mkdir(parents=True, exist_ok=True)
        made = secrets.token_urlsafe(48)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(made)
        return made
    except FileExistsError:  # another process made it a moment ago
        return file.read_text(encoding="ascii").strip()
    except OSError:  # a read-only place: good for this process only
        return secrets.token_urlsafe(48)


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [h.strip() for h in os.environ.get("SSE_ALLOWED_HOSTS", "").split(",") if h.strip()] or [
    "localhost", "127.0.0.1", "[::1]",
]
SSE_RELEASES_URL = os.environ.get("SSE_RELEASES_URL", "") or str(VAR / "releases")

SSE_SEARCH_FOLDER = str(VAR / "search")

ROOT_URLCONF = "sse_observatory.portal.urls"
WSGI_APPLICATION = "sse_observatory.portal.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "sse_observatory.portal.apps.PortalConfig",
]
MIDDLEWARE = [
    "sse_observatory.portal.middleware.SafeHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sse_observatory.portal.middleware.CompressPages",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sse_observatory.portal.middleware.Unavailable",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"builtins": [f"sse_observatory.portal.templatetags.{n}" for n in ("words", "followup")]},
    }
]
DATABASES = {"default": described(VAR)}
AUTH_USER_MODEL = "portal.Account"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("name", "full_name")}},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The portal has its own three languages, by address; Django's translations are not used.
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
# Served from the package as it is; WhiteNoise keeps them in memory, and their address carries their content's hash.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "sse_observatory.portal.pages.errors.forbidden"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = PRODUCTION
# Reading sets no cookie; signing in sets one, which scripts cannot read and other sites cannot send.
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SSE_BEHIND_PROXY = bool(os.environ.get("SSE_BEHIND_PROXY"))
SECURE_SSL_REDIRECT = PRODUCTION and not SSE_BEHIND_PROXY
if SSE_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if PRODUCTION:
    SECURE_HSTS_SECONDS = 31_536_000

# The form of a record with many parts has hundreds of fields; nothing else that is sent comes near.
DATA_UPLOAD_MAX_MEMORY_SIZE = 524_288
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
# One file at a time, kept in memory: a confined portal has no other place for it. A larger one is not taken in.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
APPEND_SLASH = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
