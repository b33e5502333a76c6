"""How sellers' APIs are called: JSON over HTTPS, every fault a LabelError that says what it means."""

import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from PIL import Image
from urllib3.exceptions import NewConnectionError

from config.lib import http as outside
from config.lib.guarded import Refused, guarded_session, read_at_most
from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.carriers.direct import error_words, retry_after
from tracking.labels.base import DocumentData, Kind, LabelError

LARGEST_ANSWER = 2 * 1024 * 1024
LARGEST_DOCUMENT = 3 * 1024 * 1024
MOST_PIXELS = 40_000_000
_PASSING = (408, 409, 425, 429)
# Answers after which nobody knows whether the seller did it.
_UNDECIDED = (408, 409)
PDF, PNG = b"%PDF-", b"\x89PNG\r\n\x1a\n"
_SIGNED = {PDF: "application/pdf", PNG: "image/png"}

Words = Callable[[bytes], str]


class Api:
    """
    One seller's API with one account's key. `secrets`: what must not stand in any message. `words` finds the
    sentence in a refusal, `undecided` says whether a refusal leaves open what became of a purchase.
    """

    def __init__(
        self,
        label: str,
        base: str,
        *,
        http: requests.Session | None,
        at: datetime,
        secrets: tuple[str, ...],
        words: Words = error_words,
        undecided: Callable[[bytes], bool] = lambda body: False,
        **options: Any,
    ) -> None:
        self.label = label
        self.base = base.rstrip("/")
        self.http = http or outside.session()
        self.at = at
        self.secrets = secrets
        self.words = words
        self.undecided = undecided
        self.options = options

    def call(
        self,
        method: str,
        path: str,
        *,
        effect: bool = False,
        missing: bool = False,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> reading.Record:
        """
        Return the JSON object that the seller answers with; with `missing`, {} for a 404.

        `effect`: money may be spent by it, so that a lost answer is `unknown`. Raises: LabelError.
        """
        try:
            answer = self.http.request(
                method,
                self.base + path,
                params=params,
                json=json,
                timeout=outside.TIMEOUT,
                allow_redirects=False,
                stream=True,
                **self.options,
            )
            body = read_at_most(answer, LARGEST_ANSWER)
        except Refused as exc:
            raise LabelError(f"{self.label}: {exc}", permanent=not effect, unknown=effect) from exc
        except requests.RequestException as exc:
            sent = effect and not _never_left(exc)
            raise LabelError(
                f"{self.label} could not be reached ({type(exc).__name__})", unknown=sent
            ) from exc
        except ValueError as exc:  # an address or a key that no header can hold
            raise LabelError(
                f"the address of {self.label} or its key cannot be used", permanent=True
            ) from exc
        if missing and answer.status_code == 404:
            return {}
        if not 200 <= answer.status_code < 300:
            raise self._failure(answer, body, effect)
        try:
            return reading.record(reading.document(body), "the answer")
        except BadPayload as exc:
            raise LabelError(f"{self.label}'s answer could not be read: {exc}", unknown=effect) from exc

    def _failure(self, answer: requests.Response, body: bytes, effect: bool) -> LabelError:
        status = answer.status_code
        undecided = effect and (status in _UNDECIDED or status >= 500 or self.undecided(body))
        passing = undecided or status in _PASSING or status >= 500 or status < 400
        wait = retry_after(answer.headers.get("Retry-After", ""), self.at) if passing else None
        if status in (401, 403):
            said = f"{self.label} refused the key of this account (answer {status})"
        else:
            told = self.hidden(self.words(body))
            said = f"{self.label} answered {status}" + (f": {told}" if told else "")
        return LabelError(said, permanent=not passing, unknown=undecided, retry_after=wait)

    def hidden(self, said: str) -> str:
        """Return words without the account's secrets in them."""
        for secret in self.secrets:
            said = said.replace(secret, "…") if secret else said
        return said


def _never_left(exc: requests.RequestException) -> bool:
    """Say whether a call certainly did not reach the seller: no connection was made."""
    if isinstance(exc, requests.ConnectTimeout):
        return True
    reason = getattr(exc.args[0] if exc.args else None, "reason", None)
    return isinstance(exc, requests.ConnectionError) and isinstance(reason, NewConnectionError)


def listed(found: reading.Record, name: str) -> list[reading.Record]:
    """Return the objects of a list in an answer, [] where there is none."""
    many = found.get(name)
    return [one for one in many if isinstance(one, dict)] if isinstance(many, list) else []


# --- documents
def fetch(
    url: str, kind: Kind, *, hosts: tuple[re.Pattern[str], ...], label: str, files: requests.Session | None
) -> DocumentData:
    """
    Fetch a document (network), from the seller's own hosts only and no other; at most 3 MB, PDF or PNG.

    Raises: LabelError.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError as exc:
        raise LabelError(f"{label} keeps a document at an address that is none", permanent=True) from exc
    if parts.scheme != "https" or not any(pattern.fullmatch(host) for pattern in hosts):
        raise LabelError(f"{label} keeps a document at a place we do not fetch from ({host})", permanent=True)
    try:
        answer = (files or guarded_session()).get(
            url, timeout=outside.TIMEOUT, allow_redirects=False, stream=True
        )
        body = read_at_most(answer, LARGEST_DOCUMENT)
    except Refused as exc:
        raise LabelError(f"{label}'s document was not taken: {exc}", permanent=True) from exc
    except (requests.RequestException, ValueError) as exc:
        raise LabelError(f"{label}'s document could not be fetched ({type(exc).__name__})") from exc
    if answer.status_code != 200:
        raise LabelError(f"{label}'s document could not be fetched (answer {answer.status_code})")
    return DocumentData(kind, media_type(body, label), body)


def media_type(body: bytes, label: str) -> str:
    """Return what a document is by its content: PDF or a PNG of a sane size. Raises: LabelError."""
    found = next((media for begins, media in _SIGNED.items() if body.startswith(begins)), "")
    if not found:
        raise LabelError(f"{label} sent a document that is neither a PDF nor a PNG", permanent=True)
    if found == "image/png":
        try:
            with Image.open(io.BytesIO(body), formats=["PNG"]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise LabelError(f"{label} sent a picture that is too large", permanent=True)
                image.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
            raise LabelError(f"{label} sent a broken picture", permanent=True) from exc
    return found


def needed(document: DocumentData, media: str, label: str) -> DocumentData:
    """Return `document` if it is of `media`. Raises: LabelError (permanent)."""
    if document.media_type != media:
        raise LabelError(f"{label} sent a {document.media_type} where {media} was due", permanent=True)
    return document


def hosts_of(config: Mapping[str, Any], own: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Return the hosts documents may be fetched from: the seller's patterns, and `document_hosts` exactly."""
    more = config.get("document_hosts")
    named = [re.escape(str(host).lower()) for host in more] if isinstance(more, list) else []
    return tuple(re.compile(pattern) for pattern in (*own, *named))
