"""The real settings, with what makes tests fast and keeps them at home."""

from config.settings import *  # noqa: F403
from config.settings import DATA_DIR, DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = dict.fromkeys(("default", "heartbeat"), {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"})
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # find a file when it is asked for: every test client would read them all
MAILBOX_DIR = DATA_DIR / "test-mailbox"
IMPORT_DIR = DATA_DIR / "test-imports"
# Each request to the live server has a thread of its own: kept connections would be too many for PostgreSQL.
DATABASES["default"]["CONN_MAX_AGE"] = 0
