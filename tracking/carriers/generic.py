"""
The generic carrier: for the long tail, set up by staff without a line of code.

Everything comes from the account's `config` (see `generic_config`): an address with {number} in it, paths
into the JSON it answers with, a table of codes; words nobody mapped are guessed by the phrase classifier. The
address is somebody's typing, so the call goes out through `config.lib.guarded`.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from config.lib import guarded
from config.lib import http as outside
from tracking import reading
from tracking.carriers import direct, generic_config
from tracking.carriers.base import BadPayload, BadSignature, CarrierError, Parcel, ParcelData, ScanData
from tracking.carriers.generic_config import Config
from tracking.carriers.meanings import by_words
from tracking.carriers.numbers import compact_number
from tracking.vocabulary import Status

log = logging.getLogger(__name__)


class Generic(direct.Direct):
    """A carrier that staff configure. With no `config` it reads the plain form of docs/carriers.md."""

    code = "generic"
    label = "Generic carrier"
    base_url = ""
    statuses = {status.value: status for status in Status}

    @classmethod
    def check_config(cls, config: Mapping[str, Any]) -> list[str]:
        """See Carrier.check_config."""
        return generic_config.problems(config)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Check the hex HMAC-SHA256 of the body in `config["signature_header"]` (x-signature), with or without
        `sha256=` before it. Raises: BadSignature.
        """
        if not self.credentials.secret:
            raise BadSignature("this account has no webhook secret")
        name = self._config().signature_header
        told = headers.get(name, "")
        expected = hmac.new(self.credentials.secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), told.lower().removeprefix("sha256=").encode()):
            raise BadSignature(f"{name} does not match" if told else f"{name} is missing")

    def parse(self, body: bytes) -> Sequence[ParcelData]:
        """Translate an answer or a push that names its parcels. See Carrier.parse."""
        return self._parcels(body, "")

    def ready(self) -> None:
        """See Direct.ready: what is needed is an address; a key only if the address or a header wants one."""
        config = self._usable()
        wants_key = "{api_key}" in f"{config.url} {config.headers} {config.body}"
        if not config.url:
            raise CarrierError("this account has no address to ask", permanent=True)
        if wants_key and not self.credentials.api_key:
            raise CarrierError(
                "this account has no API key, and its address or a header needs one", permanent=True
            )

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """Ask about each parcel at the configured address. See Carrier.fetch."""
        self.ready()
        config, found = self._usable(), []
        for parcel in parcels:
            number = compact_number(parcel.tracking_number)
            answer = self._ask(config, number)
            if answer.status in config.unknown:
                continue
            if not answer.good:
                raise self.failure(answer, at)
            try:
                data = self._ours(self._parcels(answer.body, number), parcel)
            except BadPayload as exc:
                raise CarrierError(f"the answer could not be read: {exc}") from exc
            if data is not None and (data.scans or data.eta):
                found.append(data)
        return found

    def _ask(self, config: Config, number: str) -> direct.Answer:
        key = self.credentials.api_key
        url = generic_config.filled(
            config.url, {"number": quote(number, safe=""), "api_key": quote(key, safe="")}
        )
        plain = {"number": number, "api_key": key}
        body = generic_config.filled(config.body, plain)
        what = {"data": body.encode()} if isinstance(body, str) else {} if body is None else {"json": body}
        try:
            got = (self.http or guarded.guarded_session()).request(
                config.method,
                url,
                headers=generic_config.filled(config.headers, plain),
                timeout=outside.TIMEOUT,
                allow_redirects=False,
                stream=True,
                **what,
            )
            return direct.Answer(
                got.status_code, guarded.read_at_most(got), got.headers.get("Retry-After", "")
            )
        except guarded.Refused as exc:
            raise CarrierError(f"the address cannot be used: {exc}", permanent=True) from exc
        except ValueError as exc:  # requests' own errors about addresses and headers are ValueErrors too
            raise CarrierError("the address or a header cannot be used", permanent=True) from exc
        except requests.RequestException as exc:
            raise CarrierError(f"the carrier could not be reached: {type(exc).__name__}") from exc

    def _config(self) -> Config:
        """
        Return the configuration. Raises: BadSignature when there is none that works (nothing can be right).
        """
        try:
            return generic_config.read(self.credentials.config)
        except ValueError as exc:
            raise BadSignature(f"this account's configuration does not work: {exc}") from exc

    def _usable(self) -> Config:
        try:
            return generic_config.read(self.credentials.config)
        except ValueError as exc:
            raise CarrierError(f"this account's configuration does not work: {exc}", permanent=True) from exc

    def _parcels(self, body: bytes, number: str) -> list[ParcelData]:
        """Return the parcels in `body`; `number` is what was asked for, where the answer does not say."""
        told = reading.document(body)
        try:
            config = generic_config.read(self.credentials.config)
        except ValueError as exc:
            raise BadPayload(f"this account's configuration does not work: {exc}") from exc
        places = generic_config.look(told, config.parcels)
        if not all(isinstance(place, dict) or config.parcels or number for place in places):
            raise BadPayload("the body is not an object")
        found = [self._parcel(place, config, number) for place in places]
        return [parcel for parcel in found if parcel is not None]

    def _parcel(self, told: Any, config: Config, asked: str) -> ParcelData | None:
        number = reading.text(generic_config.first(told, config.number), "the number", 80) or asked
        entries = [entry for entry in generic_config.look(told, config.scans) if entry is not None]
        if not number:
            if entries:
                raise BadPayload(f"there are scans, and no tracking number at {config.number!r}")
            return None
        scans = [self._scan(entry, config, number) for entry in entries]
        eta = generic_config.first(told, config.eta)
        return ParcelData(
            tracking_number=number,
            scans=tuple(scan for scan in scans if scan is not None),
            carrier=config.carriers[0] if len(config.carriers) == 1 else "",
            eta=direct.window(reading.text(eta, "eta", 40)),
        )

    def _scan(self, entry: Any, config: Config, number: str) -> ScanData | None:
        """Return one scan; None (and a log line) when nobody can say when it happened."""
        when = config.when(generic_config.first(entry, config.time))
        if when is None:
            log.warning("generic: a scan of %s has no readable time and is left out", number)
            return None

        def words(path: str, what: str, longest: int) -> str:
            return reading.text(generic_config.first(entry, path), what, longest)

        code, message = words(config.code, "code", 80), words(config.message, "message", 500)
        place = direct.place_of(
            words(config.city, "city", 120),
            words(config.region, "region", 120),
            words(config.country, "country", 60),
            words(config.postcode, "postcode", 20),
        )
        meaning = config.meaning(code) or by_words("generic", message, code)
        return direct.scan(when, meaning, place=place, code=code, message=message)
