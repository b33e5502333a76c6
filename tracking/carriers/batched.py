"""Carriers that are asked about several parcels in one call."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tracking.carriers.base import Parcel, ParcelData
from tracking.carriers.direct import Answer, Direct, is_stale, newest
from tracking.carriers.numbers import compact_number

# The tracking number of an answer that does not name the parcel it is about: `fetch` knows and fills it in.
UNNAMED = "?"


class Batched(Direct):
    """A carrier asked about up to `batch` parcels at a time. Implement `ask_all` and `parse`."""

    def ask_all(self, numbers: Sequence[str], at: datetime) -> Answer:
        """Send the question about `numbers` (letters and digits only). Raises: CarrierError."""
        raise NotImplementedError

    def fetch(self, parcels: Sequence[Parcel], *, at: datetime) -> Sequence[ParcelData]:
        """Ask about all parcels in one call. See Carrier.fetch."""
        self.ready()
        numbers = {parcel.tracking_number: _safe(parcel.tracking_number) for parcel in parcels}
        asked = list(dict.fromkeys(number for number in numbers.values() if number))
        if not asked:
            return []
        answer = self.ask_all(asked, at)
        if answer.status in self.unknown or self.not_ours(answer):
            return []
        found = self.read(answer, at)
        ours = []
        for parcel in parcels:
            number = numbers[parcel.tracking_number]
            data = newest([data for data in found if number and _safe(data.tracking_number) == number])
            if data is not None and not is_stale(data, parcel):
                ours.append(replace(data, tracking_number=parcel.tracking_number))
        return ours


def _safe(number: str) -> str:
    """Return a number as it can stand in a path or a list: nothing in it that means something there."""
    return "".join(char for char in compact_number(number) if char.isascii() and char.isalnum())
