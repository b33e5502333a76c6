"""
Every recorded body of the shared folder, and the way of each of its parcels as a person reads it there.

A body is named `<carrier> <file>[#<answer in the file>]`. A parcel is its number, status and reason; its
window, service and signature, where told; its first and last time (UTC; "local" where no offset was told);
what happened, in order; and the places it came through. Checked against the bodies by hand: whoever changes a
line has looked the body up.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from django.conf import settings
from django.utils.module_loading import import_string

from tracking.carriers.base import BadPayload, Credentials, ParcelData, ScanData, Window
from tracking.fold import fold, in_order

CARRIERS = {
    "australia_post": "core__australiapost",
    "canada_post": "core__canadapost",
    "dhl": "core__dhl_universal",
    "dpd": "core__dpd",
    "fedex": "core__fedex",
    "gls": "core__gls",
    "la_poste": "core__laposte",
    "purolator": "core__purolator",
    "royal_mail": "community__royalmail",
    "sendle": "core__sendle",
    "ups": "core__ups",
    "usps": "core__usps",
}
AGGREGATORS = ("17track", "aftership", "easypost", "shippo")
LETTERS = {
    "UNKNOWN": "?",
    "INFO_RECEIVED": "label",
    "IN_TRANSIT": "moves",
    "OUT_FOR_DELIVERY": "out",
    "ATTEMPTED": "attempt",
    "READY_FOR_PICKUP": "pickup",
    "EXCEPTION": "held",
    "DELIVERED": "delivered",
}


WAYS = """\
australia_post core__australiapost#TrackingResponse
  ET123456789AU IN_TRANSIT
  service International Express
  2021-01-26T13:22:43Z to 2021-02-02T21:08:00Z
  label*2 moves*6
  BEENLEIGH, QLD, AU > BRISBANE, QLD, AU
  LX123456789US DELIVERED safe-place
  service International
  2021-01-05T21:27:00Z to 2021-01-21T00:04:27Z
  moves*2 moves(customs) moves*4 out delivered(safe-place)
  US > CHICAGO, US > SYDNEY, NSW, AU > CHULLORA, NSW, AU > SUNSHINE WEST, VIC, AU > OAKLEIGH SOUTH,
  VIC, AU > KEW, VIC, AU
  00123456789000123400 DELIVERED
  service International
  2021-01-27T02:31:07Z to 2021-02-01T20:38:56Z
  label*2 moves*2 moves(customs) moves*2 out*2 delivered
  NZ
canada_post core__canadapost#TrackingResponseXml
  7023210039414604 DELIVERED signed
  by 2011-04-05, service Expedited Parcels, signed HETU
  2011-02-01T12:59:52Z to 2011-02-03T16:59:59Z
  delivered(signed) delivered held(address) moves out delivered(signed)
  QUEBEC, QC, CA > SAINTE-FOY, QC, CA
dhl core__dhl_universal#TrackingResponseJSON
  7777777770 INFO_RECEIVED
  by 2018-08-03, signed John Doe
  2018-03-02 07:53:47 local to 2018-03-02 07:53:47 local
  label
  Oderweg 2, AMSTERDAM, NL
dpd core__dpd#TrackingResponse
  ? ATTEMPTED unknown
  service DPD PARCELSHOP DELIVERY
  2021-08-17 19:11:26 local to 2021-08-19 17:11:26 local
  moves*3 out*2 attempt(unknown)*2 pickup*4 out*2 moves attempt(unknown)
  Puurs, BE > Mechelen, BE > Aschaffenburg, DE > Mechelen, BE
fedex core__fedex#TrackingResponse
  123456789012 IN_TRANSIT weather
  by 2021-10-01..2021-10-15, service FedEx Freight Economy., signed Reciever
  2018-02-02T19:01:00Z to 2018-02-02T19:01:00Z
  moves(weather)
  SEATTLE, WA, US
fedex core__fedex#DuplicateTrackingResponse
  776094337676 DELIVERED
  by 2024-04-26, service FedEx Priority Overnight, signed D.HERRERA
  2024-04-25T15:55:00Z to 2024-04-26T16:26:00Z
  out attempt(not-home) held(not-home) moves*3 out delivered
  CLOVIS, CA, US
fedex core__fedex#InconsistentDateTimeResponse
  738488882438 DELIVERED
  by 2024-08-21, service FedEx Ground, signed CREILLY
  2024-08-15 00:00:00 local to 2024-08-20T16:41:57Z
  moves label moves*13 out delivered
  MANKATO, MN, US > US > MANKATO, MN, US > CEDAR RAPIDS, IA, US > GROVE CITY, OH, US > WOODBRIDGE
  TWP, NJ, US > KEASBEY, NJ, US > HOLBROOK, NY, US > Blue Point, NY, US
gls core__gls#TrackingResponse
  36301917596 IN_TRANSIT
  2024-10-07T07:30:00Z to 2024-10-07T08:46:14Z
  label moves
  DE > Berlin, DE
la_poste core__laposte#TrackingResponse
  EW112720413FR DELIVERED
  service colissimo
  2023-02-17T13:41:00Z to 2023-03-09T08:38:00Z
  label moves*6 out delivered
purolator core__purolator#TRACKING_RESPONSE_XML
  M123 IN_TRANSIT
  2004-01-13 17:23:00 local to 2004-01-13 17:23:00 local
  moves
  MONTREAL SORT CTR/CTR TRIE, PQ, CA
royal_mail community__royalmail#TrackingResponseJSON
  090367574000000FE1E1B IN_TRANSIT carrier-delay
  by 2017-02-20 07:00-10:00, service Special Delivery Guaranteed, signed Simon
  2016-10-20T09:04:00Z to 2016-10-20T09:04:00Z
  moves(carrier-delay)
  Stafford DO
sendle core__sendle#TrackingResponse
  ? DELIVERED safe-place
  2023-04-03T08:20:00Z to 2023-04-05T18:56:00Z
  label moves*6 out delivered(safe-place)
  TEANECK, NJ, US > JERSEY CITY NJ NETWORK DISTRIBUTION CENTER, US > NEW YORK NY DISTRIBUTION
  CENTER, US > NEW YORK, NY, US
ups core__ups#TrackingResponseJSON
  1Z023E2X0214323462 IN_TRANSIT
  service UPS Ground, signed 163000
  2021-02-10 07:13:56 local to 2021-02-10 07:13:56 local
  moves
  Wayne, NJ, US
usps core__usps#TrackingResponse
  9400109104250532908587 DELIVERED locker
  service USPS Ground Advantage™
  2024-11-15T16:32:33Z to 2024-11-22T18:58:40Z
  label moves*9 out delivered(locker)
  SPRINGFIELD GARDENS, NY, US > JAMAICA, NY, US > QUEENS NY DISTRIBUTION CENTER, US > JACKSONVILLE
  FL DISTRIBUTION CENTER, US > LECANTO, FL, US > HERNANDO, FL, US
17track examples/get-track-info.json
  1Z999AA10123456784 OUT_FOR_DELIVERY
  2026-06-10 14:00:00 local to 2026-06-13 09:30:00 local
  label moves*2 out
  Shenzhen, Guangdong, CN > Hong Kong International Airport, HK > Louisville, KY, US
17track examples/webhook-push-payload.json
  1Z999AA10123456784 DELIVERED
  2026-06-13 09:30:00 local to 2026-06-13 14:22:00 local
  out delivered
  Louisville, KY, US > Austin, TX, US
aftership checkpoint/GetLastCheckpointResult.json
  111111111111 DELIVERED safe-place
  2018-08-01T17:19:47Z to 2018-08-01T17:19:47Z
  delivered(safe-place)
  Deal, NJ
aftership tracking/CreateTrackingResult.json
  1111111111111 PENDING
aftership tracking/DeleteTrackingResult.json
  772857780801111 PENDING
aftership tracking/GetTrackingResult.json
  111111111111 DELIVERED
  by 2022-01-05 -11:11, service FedEx International Economy, signed ..KOSUTOKO
  2018-07-23T06:21:39Z to 2018-07-25T01:10:00Z
  label moves*11 out delivered
  DONGGUAN, CN > GUANGZHOU, CN > NARITA-SHI, JP > SAPPORO, JP
aftership tracking/GetTrackingsResult.json
  1111111111111 DELIVERED safe-place
  by 2018-08-01..2018-08-05, service FedEx Home Delivery
  2018-07-31T14:33:00Z to 2018-08-01T17:19:47Z
  label moves*3 held(unknown) moves*4 out delivered(safe-place)
  BROOKLYN, NY > KEASBEY, NJ > DAYTON, NJ > Deal, NJ
  2222222222222 PENDING
  1231231231231 PENDING
aftership tracking/MarkAsCompletedResult.json
  111111111111 DELIVERED
  service FedEx International Economy, signed ..KOSUTOKO
  2018-07-23T06:21:39Z to 2018-07-25T01:10:00Z
  label moves*11 out delivered
  DONGGUAN, CN > GUANGZHOU, CN > NARITA-SHI, JP > SAPPORO, JP
aftership tracking/ReTrackResult.json
  RA223547577RU PENDING
  moved by russian_post
aftership tracking/UpdateTrackingResult.json
  1111111111111 DELIVERED safe-place
  service FedEx Home Delivery
  2018-07-31 14:33:00 local to 2018-08-01 17:19:47 local
  label moves*3 held(unknown) moves*4 out delivered(safe-place)
  BROOKLYN, NY > KEASBEY, NJ > DAYTON, NJ > Deal, NJ
easypost event-body.json
  1 IN_TRANSIT
  by 2024-08-05, service FEDEX_GROUND
  2024-07-31T15:00:00Z to 2024-08-02T18:50:00Z
  label moves*6
  US > ORLANDO, FL, US > KENLY, NC, US > EDISON TWP, NJ, US > EDISON, NJ, US
easypost trackers.json
  EZ1000000001 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:26Z to 2025-02-07T08:25:26Z
  label*2
  HOUSTON, TX
  EZ1000000001 INFO_RECEIVED
  by 2025-11-05, service First-Class Package Service
  2025-10-05T21:59:07Z to 2025-10-06T10:36:07Z
  label*2
  HOUSTON, TX
  9400100208303109500782 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:46Z to 2025-02-07T08:25:46Z
  label*2
  HOUSTON, TX
  9400100208303109500775 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:43Z to 2025-02-07T08:25:43Z
  label*2
  HOUSTON, TX
  9400100208303109500768 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:38Z to 2025-02-07T08:25:38Z
  label*2
  HOUSTON, TX
  9400100208303109500751 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:37Z to 2025-02-07T08:25:37Z
  label*2
  HOUSTON, TX
  9400100208303109500744 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:35Z to 2025-02-07T08:25:35Z
  label*2
  HOUSTON, TX
  9400100208303109500737 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:34Z to 2025-02-07T08:25:34Z
  label*2
  HOUSTON, TX
  9400100208303109500720 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:32Z to 2025-02-07T08:25:32Z
  label*2
  HOUSTON, TX
  9400100208303109500713 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:30Z to 2025-02-07T08:25:30Z
  label*2
  HOUSTON, TX
  9434600208303109492683 INFO_RECEIVED
  by 2025-03-06, service First-Class Package Service
  2025-02-06T19:48:30Z to 2025-02-07T08:25:30Z
  label*2
  HOUSTON, TX
shippo get_status.json
  9205590164917337534322 DELIVERED safe-place
  by 2016-12-08, service Priority Mail
  2016-12-07T00:00:00Z to 2016-12-08T15:19:00Z
  label*2 moves*7 out delivered(safe-place)
  San Francisco, CA, US > Oakland, CA, US > Berkeley, CA, US
"""


def bodies(shared: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (carrier, name, body) of everything recorded; what was sent to them is in there, too."""
    for code, file in CARRIERS.items():
        told = json.loads((shared / "tracking" / "carriers" / f"{file}.json").read_text())
        for name, body in told["constants"].items():
            if isinstance(body, str):
                yield code, f"{file}#{name}", body.encode()
    for code in AGGREGATORS:
        folder = shared / "tracking" / code
        for path in sorted(folder.rglob("*.json")):
            yield code, str(path.relative_to(folder)), path.read_bytes()


def parcels(code: str, body: bytes) -> list[ParcelData] | None:
    """Return what the translator makes of a body; None when it is not something this carrier says."""
    try:
        return list(import_string(settings.CARRIERS[code])(Credentials()).parse(body))
    except BadPayload:
        return None


def way(parcel: ParcelData) -> str:
    """Return a parcel in the form of the table below."""
    state, scans = fold(parcel.scans), in_order(parcel.scans)
    told = {
        "by": window(parcel.eta),
        "service": parcel.service,
        "signed": parcel.signed_by,
        "moved by": parcel.carrier if parcel.carrier and parcel.carrier not in CARRIERS else "",
    }
    lines = [" ".join(filter(None, (parcel.tracking_number, str(state.status), str(state.reason))))]
    lines += [", ".join(f"{name} {value}" for name, value in told.items() if value)]
    if scans:
        lines += [f"{when(scans[0])} to {when(scans[-1])}"]
        lines += [" ".join(many(happened) for happened in groupby(scans, what))]
        places = groupby(str(scan.place) for scan in scans if str(scan.place))
        lines += wrap(" > ".join(place for place, _ in places), 98)
    return "\n".join(f"  {line}" for line in lines if line)


def window(eta: Window | None) -> str:
    """Return a delivery window: its days, and its hours (UTC) where they were told."""
    if eta is None:
        return ""
    hours = [hour.strftime("%H:%M") if hour else "" for hour in (eta.from_at, eta.to_at)]
    days = dict.fromkeys((str(eta.from_date), str(eta.to_date)))
    return "..".join(days) + (f" {'-'.join(hours)}" if any(hours) else "")


def what(scan: ScanData) -> str:
    """Return what a scan says, in a word."""
    return LETTERS[scan.status] + (f"({scan.reason})" if scan.reason else "")


def many(happened: tuple[str, Iterator[ScanData]]) -> str:
    """Return a word and how often it was said on end."""
    word, scans = happened
    times = len(list(scans))
    return word if times == 1 else f"{word}*{times}"


def when(scan: ScanData) -> str:
    """Return the time of a scan as it was told."""
    return scan.at.isoformat().replace("+00:00", "Z") if scan.at else f"{scan.local} local"


def all_ways(shared: Path) -> str:
    """Return the whole table."""
    blocks = []
    for code, name, body in bodies(shared):
        found = parcels(code, body)
        if found:
            blocks.append("\n".join([f"{code} {name}", *(way(parcel) for parcel in found)]))
    return "\n".join(blocks)
