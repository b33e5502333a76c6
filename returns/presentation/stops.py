"""Why there is no return to be made, in words that say what to do instead."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from returns.models import ReturnSettings
from returns.presentation.wizard import Stop
from returns.services.assess import Assessment, Item
from tracking.models import Order
from tracking.presentation.voice import Voice


def stop_for(
    told: Assessment, order: Order, settings: ReturnSettings, voice: Voice, *, gift: bool, home: str
) -> Stop | None:
    """Return why nothing of an order can go back at all; None when something can. `home`: the way out."""
    back = _("Back to the order")
    if not settings.enabled:
        if order.store.returns_url and not gift:
            words = _("Returns for this shop are made on its own page.")
            return Stop(_("Return something"), words, order.store.returns_url, _("To the returns page"))
        return Stop(_("Returns are not made here"), _("Write to us, and we find a way."), home, back)
    if order.cancelled_at:
        return Stop(_("This order was cancelled"), _("There is nothing to send back."), home, back)
    if any(item.verdict.allowed and item.free for item in told.items):
        return None
    if not told.items:
        return Stop(
            _("There is nothing to return"), _("This order has nothing in it that is sent."), home, back
        )
    return Stop(*_common(told.items, voice), home, back)


def _common(items: Sequence[Item], voice: Voice) -> tuple[str, str]:
    """Return headline and words when nothing can go back; one reason for all is said as the answer."""
    verdicts = [item.verdict for item in items]
    codes = {verdict.code for verdict in verdicts}
    words = " ".join(dict.fromkeys(verdict.words for verdict in verdicts if verdict.words))
    write = _("Is something wrong with it? Write to us, and we put it right.")
    if codes == {"not_yet"}:
        soon = _("As soon as it has arrived, you can send it back from here.")
        return _("There is nothing to return yet"), soon
    if codes <= {"closed", "final_sale", "refused"} and "closed" in codes:
        days = [verdict.until for verdict in verdicts if verdict.until]
        if days:
            day = {"day": voice.day(voice.date_of(max(days)))}
            return _("It could be returned until %(day)s") % day, write
        return _("The time for returns is over"), write
    if codes == {"final_sale"}:
        return _("This was a final sale"), f"{words} {write}"
    if codes == {"nothing_left"}:
        return _("There is nothing left to return"), words
    return _("This cannot be returned"), f"{words} {write}"
