"""What the page says on which a shopper pays a difference: in words, without knowing who takes the money."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from config.lib.money import Money
from returns.models import PaymentRequest
from tracking.presentation import Voice

State, Provider = PaymentRequest.State, PaymentRequest.Provider


@dataclass(frozen=True)
class PaymentPage:
    """`url`: the provider's page, '' for none; `plays`: the sandbox's button; `by_hand`: ask us."""

    headline: str
    sentences: tuple[str, ...]
    amount: str = ""
    url: str = ""
    plays: bool = False
    by_hand: bool = False
    good: bool = False


def payment_page(payment: PaymentRequest, voice: Voice) -> PaymentPage:
    """Return what to say of a payment as it stands."""
    amount = Money(payment.amount_minor, payment.currency).format(str(voice.locale))
    if payment.paid_at is not None:
        return PaymentPage(
            _("Thank you, it is paid"), (_("We have received %(amount)s.") % {"amount": amount},), good=True
        )
    if payment.state == State.CANCELLED:
        return PaymentPage(
            _("There is nothing to pay any more"),
            (_("You see on the page of your return what happens now."),),
        )
    until = voice.on_day(voice.date_of(payment.pay_by))
    sentences = [_why(payment), _("Please pay %(day)s at the latest.") % {"day": until}]
    made = PaymentPage(_("%(amount)s to pay") % {"amount": amount}, tuple(sentences), amount=amount)
    if payment.state == State.OPEN and payment.provider == Provider.MANUAL:
        sentences.append(_("Write to us, and we tell you how to pay."))
        return PaymentPage(made.headline, tuple(sentences), amount, by_hand=True)
    if payment.state == State.OPEN and payment.provider == Provider.SANDBOX:
        sentences.append(_("This is a demo: no money moves."))
        return PaymentPage(made.headline, tuple(sentences), amount, plays=True)
    if payment.state == State.OPEN and payment.url:
        sentences.append(_("You pay at %(provider)s.") % {"provider": payment.get_provider_display()})
        return PaymentPage(made.headline, tuple(sentences), amount, url=payment.url)
    if payment.state == State.STAFF:
        sentences.append(_("Paying online does not work at the moment. Write to us, and we tell you how to."))
        return PaymentPage(made.headline, tuple(sentences), amount, by_hand=True)
    sentences.append(_("The way to pay is being prepared. Please load this page again in a minute."))
    return PaymentPage(made.headline, tuple(sentences), amount)


def _why(payment: PaymentRequest) -> str:
    if payment.why == "goods":
        return _("You have the new item, and what you wanted to send back has not reached us.")
    return _("What you want in exchange costs more than what you send back.")
