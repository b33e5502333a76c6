"""The one way out to other people's servers: time limits on every call, few retries, no surprises."""

import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.util.retry import Retry

TIMEOUT = (3.05, 15.0)  # seconds to connect, seconds between bytes
LONGEST = 30.0  # seconds for a whole body, however steadily it drips
LARGEST = 20_000_000  # bytes of a body
USER_AGENT = "Porchlight/0.1"


class _Adapter(HTTPAdapter):
    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        answer = super().send(request, **kwargs)
        if not kwargs.get("stream"):
            # Where requests keeps a body it has read: its own reading waits for ever on one that drips.
            answer._content = _whole(answer)
            answer._content_consumed = True  # type: ignore[attr-defined]
        return answer


def _whole(answer: requests.Response) -> bytes:
    """Read a body. Raises: ConnectionError when it breaks off, is too large or takes too long."""
    begun, parts, size = time.monotonic(), [], 0
    try:
        while part := answer.raw.read1(65536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise requests.ConnectionError(f"the answer is larger than {LARGEST} bytes")
            if time.monotonic() - begun > LONGEST:
                raise requests.ReadTimeout(f"the answer took longer than {LONGEST:.0f} seconds")
    except DecodeError as exc:
        raise requests.exceptions.ContentDecodingError(exc) from exc
    except (HTTPError, OSError) as exc:
        if isinstance(exc, requests.RequestException):
            raise
        raise requests.ConnectionError(exc) from exc
    finally:
        answer.raw.release_conn()
    return b"".join(parts)


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
