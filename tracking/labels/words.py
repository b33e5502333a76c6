"""What we print ourselves around a label. The caller passes them in the shopper's language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The English of it. `{day}` stands for a day, written as in `language`."""

    language: str = "en"
    from_: str = "From"
    to: str = "To"
    return_: str = "Return"
    reference: str = "Reference"
    weight: str = "Weight"
    specimen: str = "Specimen: play carrier, no postage paid"
    cut: str = "Cut here: the upper half goes on the parcel, the lower half into it"
    slip: str = "What is in this parcel"
    how_return: str = "How to send it back"
    steps_return: tuple[str, ...] = (
        "Put the items and this half of the page into a box or bag that closes well.",
        "Cut along the line and stick the label flat on the largest side.",
        "Cover or remove older labels and codes.",
        "Hand the parcel in at a drop-off point of the carrier and keep the receipt.",
    )
    how_outbound: str = "Packing slip"
    qr_title: str = "Hand it in without a printer"
    steps_qr: tuple[str, ...] = (
        "Pack the items so that nothing can fall out. No label is needed.",
        "Show this code at the drop-off point, on your phone or on paper.",
        "The label is printed and stuck on there. Keep the receipt.",
    )
    valid_until: str = "Please use it by {day}."
