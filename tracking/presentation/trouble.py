"""Why a parcel is late or held up, and what happens next, in words."""

from django.utils.translation import gettext as _

from tracking.presentation.material import ParcelMaterial
from tracking.vocabulary import Reason

DELAYS = (
    Reason.WEATHER,
    Reason.CARRIER_DELAY,
    Reason.CUSTOMS,
    Reason.CUSTOMS_DOCUMENTS,
    Reason.SECURITY,
)


def delay_reason(parcel: ParcelMaterial, who: str) -> str:
    """Return one sentence of why it is late, from the newest scan with a reason. `who` is the carrier."""
    told = (parcel.shipment.reason, *(scan.reason for scan in parcel.scans))
    reason = next((reason for reason in told if reason in DELAYS), "")
    if reason == Reason.WEATHER:
        return _("Bad weather is slowing parcels down on its route.")
    if reason in (Reason.CUSTOMS, Reason.CUSTOMS_DOCUMENTS, Reason.SECURITY):
        return _("Checks at the border take longer than planned.")
    if reason == Reason.CARRIER_DELAY:
        return _("%(carrier)s is running late on its route.") % {"carrier": who}
    return _("We are sorry. %(carrier)s has not told us why.") % {"carrier": who}


def held_up(parcel: ParcelMaterial, who: str) -> tuple[str, str]:
    """Return the headline and what happens next for a parcel that is held up."""
    act = parcel.shipment.action_required
    words = {"carrier": who}
    table = {
        Reason.ADDRESS: (
            _("The address needs a check"),
            _("%(carrier)s could not find the door. Give them the missing part, or write to us."),
        ),
        Reason.CUSTOMS: (
            _("Held at customs"),
            _("Customs are looking at it. That takes a few days as a rule; we write to you when it moves."),
        ),
        Reason.CUSTOMS_DOCUMENTS: (
            _("Customs need papers from you"),
            _("%(carrier)s tells you which ones. It moves on once they have them."),
        ),
        Reason.PAYMENT_DUE: (
            _("A payment is due"),
            _("Duty or postage has to be paid to %(carrier)s before it moves on."),
        ),
        Reason.REFUSED: (
            _("The parcel was refused"),
            _("If that was not you, write to us."),
        ),
        Reason.WEATHER: (
            _("Held up by the weather"),
            _("It moves on as soon as the roads do. There is nothing you have to do."),
        ),
        Reason.DAMAGED: (
            _("Your parcel was damaged"),
            _("We are sorry. Write to us, and we put it right."),
        ),
        Reason.LOST: (
            _("Your parcel cannot be found"),
            _("We are sorry. Write to us, and we put it right."),
        ),
        Reason.SECURITY: (
            _("Held for a security check"),
            _("It moves on when the check is done. There is nothing you have to do."),
        ),
        Reason.UNCLAIMED: (
            _("It was not collected in time"),
            _("It may go back to us. Write to us if you still want it."),
        ),
    }
    ask = _("%(carrier)s needs something from you before it moves on.")
    wait = _("%(carrier)s reports a problem. There is nothing you have to do; we write to you when it moves.")
    headline, following = table.get(
        Reason(parcel.shipment.reason or "unknown"), (_("Held up on the way"), ask if act else wait)
    )
    return headline, following % words
