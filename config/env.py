"""Typed readers of environment variables. Every name read here is documented in docs/configuration.md."""

import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """
    Return `name`; or the content of the file that `name`_FILE points to; or `default` when it is unset or
    empty.
    """
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {exc}") from exc
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable. Raises ImproperlyConfigured on any other word."""
    value = text(name).lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no")


def number(name: str, default: int) -> int:
    """Return a whole number. Raises ImproperlyConfigured when it is not one."""
    value = text(name)
    if value == "":
        return default
    try:
        return int(value)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number") from exc


def words(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated list."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def table(name: str, default: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON object. Raises ImproperlyConfigured when it is not one."""
    value = text(name)
    if not value:
        return default
    try:
        found = json.loads(value)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} is not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} is not a JSON object")
    return found


def settings_with_prefix(prefix: str) -> dict[str, str]:
    """Return {name without `prefix`: value} of all variables that start with it (an ESP's own settings)."""
    return {name[len(prefix) :]: value for name, value in os.environ.items() if name.startswith(prefix)}


def secret_key(folder: Path) -> str:
    """
    Return SECRET_KEY, or the key kept in `folder`/secret_key, made at the first start.

    A made key keeps links and sessions valid over restarts of an embedded installation.
    """
    given = text("SECRET_KEY")
    if given:
        return given
    file = folder / "secret_key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # "x" makes the race of two first starts harmless: the loser reads the winner's key.
        with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return file.read_text(encoding="utf-8").strip()


def database(url: str, folder: Path) -> dict[str, object]:
    """
    Return Django's DATABASES entry for `url` (postgres://…, sqlite:///file), SQLite in `folder` when empty.

    Raises ImproperlyConfigured for any other scheme.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "sqlite"):
        name = unquote(parts.path[1:]) if parts.scheme and parts.path else str(folder / "porchlight.sqlite3")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            # WAL and IMMEDIATE let web and worker share the file without "database is locked".
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-32000; PRAGMA mmap_size=134217728;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        options: dict[str, object] = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or "") or options.pop("host", ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": options,
            # Workers fork with an open connection: they need a kept one, never a pool (measured, see docs).
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"DATABASE_URL has the unknown scheme {parts.scheme!r}")
