"""How a piece of an order looks: its name, its kind, its picture."""

from typing import Protocol

from django.utils.translation import gettext as _

from tracking.models import BundlePart, OrderLine, Variant
from tracking.presentation.goods import picture


class Shown(Protocol):
    """Whatever is one of a line, or one part of a bundle in it."""

    @property
    def line(self) -> OrderLine: ...  # noqa: D102
    @property
    def part(self) -> BundlePart | None: ...  # noqa: D102


def face(shown: Shown) -> tuple[str, str, str]:
    """Return title, detail and picture: those of the part where it is one of a bundle."""
    line, part = shown.line, shown.part
    if part:
        made = part.part
        detail = _("of %(bundle)s") % {"bundle": line.title}
        return made.product.title, detail, image_of(made) or picture(line)
    return line.title, "" if line.variant_title == "Default Title" else line.variant_title, picture(line)


def image_of(variant: Variant) -> str:
    """Return the address of a variant's picture, or its product's; '' unless ours or https."""
    known = (variant.image_url, variant.product.image_url)
    return next((url for url in known if url.startswith(("https://", "/"))), "")


def name_of_variant(variant: Variant, *, within: int | None = None) -> str:
    """Return a variant's name; its own part alone `within` the product it belongs to."""
    title = "" if variant.title == "Default Title" else variant.title
    if title and variant.product_id == within:
        return title
    return f"{variant.product.title} · {title}" if title else variant.product.title
