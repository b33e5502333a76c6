"""The one way out to other people's servers: time limits on every call, few retries, no surprises."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

TIMEOUT = (3.05, 15.0)  # seconds to connect, seconds between bytes
USER_AGENT = "Porchlight/0.1"


class _Adapter(HTTPAdapter):
    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        return super().send(request, **kwargs)


def session() -> requests.Session:
    """
    Return a session whose calls always time out and are repeated only where that is harmless.

    Failed connections are retried twice (nothing was sent); answers never: the caller's row keeps the
    attempts, and a 429 or 503 must reach it so that its backoff and Retry-After decide.
    """
    made = requests.Session()
    adapter = _Adapter(
        max_retries=Retry(total=None, connect=2, read=0, redirect=0, status=0, other=0, backoff_factor=0.2)
    )
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    made.max_redirects = 0
    made.headers["User-Agent"] = USER_AGENT
    return made
