"""
Files to try the import with, as another till or warehouse would write them: `DATA_DIR/samples/*.csv`. Two
rows of the stock count are wrong; the demo itself has imported it.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from engagement.demo.catalogue import HARBOUR
from tracking.services.sandbox import new_number

PLACE = f"{HARBOUR.city} store room"
DAY = "%d.%m.%Y %H:%M"


def stock() -> str:
    """Return a count of the shelves: one SKU nobody sells, one number that is none."""
    counted = (
        ("LANTERN-1", "12"),
        ("LANTERN-2", "24"),
        ("CANDLE", "70"),
        ("BLANKET-2", "38"),
        ("KETTLE", "9"),
        ("MUG", "72"),
        ("LANTREN-2", "4"),
        ("BOARD", "about a dozen"),
        ("TOTE", "3"),
        ("HONEY", "66"),
    )
    return "\n".join(["SKU,Location,Available", *(f"{sku},{PLACE},{count}" for sku, count in counted), ""])


def orders(at: datetime) -> str:
    """Return orders of a market stall before `at`, with semicolons, decimal commas and German dates."""
    rows = ["Bestellnummer;Datum;E-Mail;Empfänger;Straße;PLZ;Ort;Land;Artikel;SKU;Menge;Preis;Versand;Gesamt"]
    for number, days, mail, who, street, postcode, city, goods, shipping, total in (
        (
            "M-501",
            9,
            "ida.lange@example.com",
            "Ida Lange",
            "Werderstraße 4",
            "28199",
            "Bremen",
            (("Kerze", "K-1", 2, "12,00"), ("Becher", "B-1", 1, "18,00")),
            "4,90",
            "46,90",
        ),
        (
            "M-502",
            7,
            "ole.brandt@example.org",
            "Ole Brandt",
            "Am Sande 11",
            "21335",
            "Lüneburg",
            (("Wolldecke", "W-2", 1, "129,00"),),
            "0,00",
            "129,00",
        ),
        (
            "M-503",
            5,
            "ada.meinhardt@example.com",
            "Ada Meinhardt",
            "Lange Reihe 70",
            "20099",
            "Hamburg",
            (("Becher", "B-1", 4, "18,00"),),
            "4,90",
            "76,90",
        ),
    ):
        placed = (at - timedelta(days=days)).strftime(DAY)
        for title, sku, count, price in goods:
            cells = (
                number,
                placed,
                mail,
                who,
                street,
                postcode,
                city,
                "Deutschland",
                title,
                sku,
                count,
                price,
            )
            rows.append(";".join(str(cell) for cell in (*cells, shipping, total)))
    return "\n".join([*rows, ""])


def shipments(at: datetime) -> str:
    """Return the parcels of those orders; the built-in carrier moves them on."""
    rows = ["Order number,Tracking number,Carrier,Shipped at"]
    for number, days in (("M-501", 8), ("M-502", 6), ("M-503", 2)):
        shipped = (at - timedelta(days=days)).isoformat(timespec="seconds")
        rows.append(f"{number},{new_number(number, 'normal')},sandbox,{shipped}")
    return "\n".join([*rows, ""])


def folder() -> Path:
    """Return where they are kept."""
    return Path(settings.DATA_DIR) / "samples"


def write(at: datetime) -> None:
    """Put the files where they can be chosen for an upload."""
    folder().mkdir(parents=True, exist_ok=True)
    for name, text in (("orders.csv", orders(at)), ("shipments.csv", shipments(at)), ("stock.csv", stock())):
        (folder() / name).write_text(text, encoding="utf-8")
