"""Sessions in the database, for cookies as browsers never send them."""

from django.contrib.sessions.backends.db import SessionStore as InDatabase


class SessionStore(InDatabase):
    """Django's store, but a key it cannot have made is none: PostgreSQL fails on one with a NUL."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()
