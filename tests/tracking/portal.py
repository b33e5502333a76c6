"""How tests look at the order page: as its words, for one visitor at one moment."""

import re
from datetime import UTC, datetime

from django.utils import translation

from tracking.presentation import Level, build_page, voice_for
from tracking.views.loading import load

NOW = datetime(2026, 11, 22, 18, 1, tzinfo=UTC)  # a Sunday, 10:01 in Portland


def page(order, *, level=Level.ACT, language="en", at=NOW):
    order.refresh_from_db()
    with translation.override(language):
        voice = voice_for(
            language=language, country=order.ship_to.get("country", ""), zone=order.store.zone, at=at
        )
        return build_page(load([order])[0], voice, level)


def plain(words) -> str:
    return re.sub(r"<[^>]+>", "", " ".join(words) if isinstance(words, tuple) else str(words)).replace(
        "\u202f", " "
    )


def said(shown) -> str:
    return plain(shown.answer.sentences)
