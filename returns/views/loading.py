"""From a return's row to everything its page shows, in a fixed number of queries."""

from django.db.models import Sum

from returns.clock import refund_clock
from returns.models import Refund, Return, ReturnPhoto, StoreCredit
from returns.presentation.status import Rows
from returns.services import ledger
from returns.services.moves import settings_of
from tracking.presentation.voice import Voice


def load(ret: Return, voice: Voice) -> Rows:
    """Return a return with its units, money, exchanges and pictures."""
    units = ret.units.select_related(
        "line__product", "line__variant", "part__part__product", "exchange__variant__product"
    )
    credits = StoreCredit.objects.filter(ret=ret).annotate(left=Sum("entries__amount_minor"))
    photos = ReturnPhoto.objects.filter(ret=ret, by=ReturnPhoto.By.SHOPPER).defer("body", "thumbnail")
    refunds = list(ret.refunds.select_related("order__store", "action").order_by("created_at", "pk"))
    return Rows(
        ret=ret,
        units=list(units.order_by("line__position", "line_id", "part_key", "index", "part_index")),
        refunds=refunds,
        exchanges=list(ret.exchanges.select_related("variant__product").order_by("pk")),
        payments=list(ret.payments.order_by("pk")),
        credits=[(credit, credit.left or 0) for credit in credits.order_by("pk")],
        photos=list(photos.order_by("pk")),
        clocks={
            each.pk: refund_clock(each, state=ledger.standing(each), at=voice.at)
            for each in ledger.newest(refunds)
            if each.provider != Refund.Provider.CREDIT
        },
        drop_off=settings_of(ret.store).drop_off_words,
    )
