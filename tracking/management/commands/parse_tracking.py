"""Print what a carrier's translator makes of a raw body, without touching the database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from tracking.carriers.base import BadPayload, Credentials, ParcelData, ScanData
from tracking.fold import State, fold, moment


class Command(BaseCommand):
    help = (
        "Print, as JSON, what CARRIER's translator makes of a raw webhook body or answer. Reads no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("carrier", help="Code of a carrier: " + ", ".join(sorted(settings.CARRIERS)))
        parser.add_argument("file", help="File with the raw body; - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["carrier"]
        if code not in settings.CARRIERS:
            raise CommandError(
                f"There is no carrier {code!r}; there are: {', '.join(sorted(settings.CARRIERS))}."
            )
        translator = import_string(settings.CARRIERS[code])(Credentials())
        try:
            parcels = translator.parse(_read(options["file"]))
        except BadPayload as exc:
            raise CommandError(f"{options['file']} is not something {translator.label} sends: {exc}") from exc
        said = {"parcels": [_parcel(parcel) for parcel in parcels]}
        self.stdout.write(json.dumps(said, indent=2, ensure_ascii=False))


def _read(name: str) -> bytes:
    """Return the bytes of a file or of standard input. Raises: CommandError."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as exc:
        raise CommandError(f"{name} cannot be read: {exc.strerror or exc}.") from exc


def _parcel(data: ParcelData) -> dict[str, Any]:
    state, eta = fold(data.scans), data.eta
    return {
        "tracking_number": data.tracking_number,
        "status": str(state.status),
        "reason": str(state.reason),
        "action_required": state.action_required,
        # An hour where the carrier gave one that is certain, else the day at the destination.
        "eta_from": (eta.from_at or eta.from_date).isoformat() if eta else None,
        "eta_to": (eta.to_at or eta.to_date).isoformat() if eta else None,
        "delivered_at": _delivered(data, state),
        "scans": [_scan(scan) for scan in data.scans],
    }


def _delivered(data: ParcelData, state: State) -> str | None:
    """Return when it was delivered, as told: a carrier's local time gets no offset it never had."""
    said = (scan for scan in data.scans if state.delivered_at and moment(scan) == state.delivered_at)
    scan = next(said, None)
    told = (scan.at or scan.local) if scan else None
    return told.isoformat() if told else None


def _scan(scan: ScanData) -> dict[str, Any]:
    return {
        "at": scan.at.isoformat() if scan.at else None,
        "local": scan.local.isoformat() if scan.local else None,
        "status": str(scan.status),
        "reason": str(scan.reason),
        "place": str(scan.place),
        "code": scan.code,
        "message": scan.message,
    }
