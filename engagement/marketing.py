"""
What messages of journeys say beside the order: guides, goods, a question, a tier, a discount code.

Each is looked up only for kinds that speak of it (`Kind.needs`); a kind that staff named gets everything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale
from django.db.models import Max, Min

from customers.models import Customer, Store
from engagement import goods, guides, markdown, offers, surveys, words
from engagement.goods import Suggestion
from engagement.guides.matching import Wanted, chosen
from engagement.kinds import AGAIN, CARE, GOODS, GUIDES, PROFILE, SURVEY, kind_of
from engagement.models import Guide, Message, Profile, SurveyAnswer
from engagement.rendering import absolute
from tracking.models import Order, Product, Variant

GUIDES_SHOWN = 3
GOODS_SHOWN = 3
TEXT_SHOWN = 320  # characters of a guide
NOTHING: dict[str, Any] = {
    "guides": [], "goods": [], "survey_url": "", "product": {"title": "", "image": "", "url": ""},
    "tier": "", "years": 0,
}  # fmt: skip
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Reader:
    """Who a message is for, in which words, and from where: `home` is the portal, `page` the order's page."""

    message: Message
    store: Store
    customer: Customer | None
    order: Order | None
    languages: Sequence[str]
    locale: Locale
    home: str
    page: str
    at: datetime

    @property
    def labels(self) -> dict[str, str]:
        """The layout's words in the reader's language."""
        return words.labels(str(self.locale))


def build(reader: Reader) -> dict[str, Any]:
    """Return the data a message of this kind may speak of; what it does not need is empty."""
    needs = kind_of(reader.message.kind).needs
    data = dict(NOTHING)
    if GUIDES in needs:
        data["guides"] = _guides(reader, _of_the_order(reader, kinds=()))
    if CARE in needs and reader.message.context.get("guide_id"):
        data |= _care(reader)
    if GOODS in needs:
        data["goods"] = [_suggested(reader, one) for one in well_with(reader)]
    if AGAIN in needs and not data["goods"]:
        data["goods"] = [_sold(reader, row, "") for row in usual(reader)]
    if SURVEY in needs:
        data["survey_url"] = _survey_url(reader)
    if PROFILE in needs and reader.customer is not None:
        data |= _profile(reader, reader.customer)
    if isinstance(reader.message.context.get("offer"), dict):
        data["offer"] = offers.build(reader.message, reader.store, reader.locale, at=reader.at)
    return data


# --- guides ---
def _of_the_order(reader: Reader, *, kinds: Sequence[str]) -> list[Guide]:
    if reader.order is None:
        return []
    return guides.for_order(reader.order, reader.languages, kinds=kinds, limit=GUIDES_SHOWN)


def _care(reader: Reader) -> dict[str, Any]:
    """Return the maintenance that is due, in the reader's language, and the product it is for."""
    due = Guide.objects.select_related("product").filter(
        pk=reader.message.context["guide_id"], store=reader.store, live=True
    ).first()  # fmt: skip
    if due is None:
        return {}
    product = due.product
    if product is None and reader.message.context.get("product_id"):
        ids = {"pk": reader.message.context["product_id"], "store": reader.store}
        product = Product.objects.filter(**ids).first()
    if product is None:
        same = [due]
    else:
        wanted = Wanted.of(reader.store.pk, [product])
        alike = chosen(wanted, [*reader.languages, reader.store.language], [Guide.Kind.MAINTENANCE])
        same = [one for one in alike if one.every_days == due.every_days] or [due]
    data: dict[str, Any] = {"guides": _guides(reader, same[:1])}
    if product is not None:
        data["product"] = _product(reader, product)
    return data


def _guides(reader: Reader, rows: Sequence[Guide]) -> list[dict[str, Any]]:
    titles = {}
    if reader.order is not None:
        titles = {line.product_id: line.title for line in reader.order.lines.all()}
    return [
        {
            "title": row.title,
            "kind": row.kind,
            "text": plain(row.body),
            "about": titles.get(row.product_id) or row.product_type or row.title,
            "url": row.video_url or (f"{reader.page}#guides" if reader.page else ""),
        }
        for row in rows
    ]


def plain(body: str) -> str:
    """Return the first words of a guide's Markdown as one line of plain text."""
    text = " ".join(part.text for part in markdown.read(body) if part.kind == "prose")
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= TEXT_SHOWN else line[: TEXT_SHOWN - 1].rsplit(" ", 1)[0] + "…"


# --- goods ---
def well_with(reader: Reader) -> list[Suggestion]:
    """Return what goes well with the order, or with the reader's newest one."""
    order = reader.order or newest(reader.customer, reader.store)
    return goods.goes_well_with(order, at=reader.at, limit=GOODS_SHOWN) if order else []


def usual(reader: Reader) -> list[Product]:
    """Return what the reader buys again and again and can be had, else what of their newest order can be."""
    return goods.usually(reader.customer, reader.store, limit=GOODS_SHOWN) if reader.customer else []


def newest(customer: Customer | None, store: Store) -> Order | None:
    """Return a customer's newest order at a store, None without one."""
    if customer is None:
        return None
    theirs = Order.objects.filter(customer=customer, store=store, cancelled_at=None)
    return theirs.order_by("-placed_at", "-pk").first()


def _suggested(reader: Reader, one: Suggestion) -> dict[str, Any]:
    labels = reader.labels
    why = {
        goods.TOGETHER: labels["together"].format(what=one.beside) if one.beside else labels["together_any"],
        goods.AGAIN: labels["again"],
        goods.SAME_KIND: labels["kind"].format(what=one.beside),
    }[one.why]
    return _sold(reader, one.product, why)


def _sold(reader: Reader, product: Product, why: str) -> dict[str, Any]:
    prices = Variant.objects.filter(product=product, removed_at=None, price_minor__gt=0)
    told = prices.aggregate(least=Min("price_minor"), most=Max("price_minor"))
    price = ""
    if told["least"] is not None and told["least"] == told["most"]:
        price = words.money(told["least"], reader.store.currency, reader.locale)
    return _product(reader, product) | {"why": why, "price": price}


def _product(reader: Reader, product: Product) -> dict[str, Any]:
    link = product.url if product.url.startswith("https://") else ""
    return {"title": product.title, "image": absolute(product.image_url, reader.home), "url": link}


# --- the rest ---
def _survey_url(reader: Reader) -> str:
    row = question_of(reader.message)
    return f"{reader.home}/survey/{surveys.token(row)}/" if row else ""


def question_of(message: Message) -> SurveyAnswer | None:
    """Return the question a message puts, None when it puts none."""
    asked = message.context.get("survey_id")
    return SurveyAnswer.objects.filter(pk=asked, store=message.store_id).first() if asked else None


def _profile(reader: Reader, customer: Customer) -> dict[str, Any]:
    profile = Profile.objects.filter(pk=customer.pk).first()
    if profile is None:
        return {}
    first, zone = profile.first_order_at, reader.store.zone
    years = reader.at.astimezone(zone).year - first.astimezone(zone).year if first else 0
    return {"tier": reader.labels[profile.tier] if profile.tier else "", "years": years}
