"""The sample stores' guides: care, set-up, maintenance, answers. Pure text, made into rows once."""

from collections.abc import Mapping

from customers.models import Store
from engagement.demo.catalogue import HARBOUR, MOOR
from engagement.models import Guide
from tracking.models import Product

VIDEO = "https://shop.harbour-pine.example/videos/basket"
# kind|language|product's handle|product type|tag|every so many days|title, then its words.
_TEXTS = {
    HARBOUR.slug: """
care|en|lantern||||Clean the chimney
Let the lantern cool. Wash the glass with warm water and a drop of vinegar, and let it dry in the
air.

Polish the brass with a soft cloth, or leave it: it darkens handsomely.
---
care|fr|lantern||||Nettoyer le verre
Laissez refroidir la lanterne. Lavez le verre à l’eau tiède avec un peu de vinaigre et laissez-le
sécher à l’air.
---
setup|en|lantern||||The first lighting
Fill it to two thirds, let the wick soak for ten minutes, and trim it straight before you light it.
---
maintenance|en|lantern|||60|Trim the wick
Cut off the black edge, a millimetre is enough. A straight wick burns without soot.
---
usage|en|candle||||The first hour counts
Let it burn until the whole surface has melted. It then burns evenly to the end.
---
setup|en|kettle||||Before the first tea
Boil it twice with fresh water and pour that away.
---
maintenance|en|kettle|||90|Descale the kettle
Half water, half vinegar, bring it to the boil, wait half an hour, rinse.
---
care|en|board||||Oil it now and then
Wash it by hand and stand it up to dry. When it looks thirsty, rub in a little walnut oil.
---
care|en||Textiles|||Wash cool, dry flat
Thirty degrees, little soap, no dryer. Linen and wool last for decades that way.
---
care|en||Clothing|||Air it, wash it seldom
Wool cleans itself on a damp evening. If you must: cold, by hand, flat on a towel.
---
video|en|basket||||How the basket folds
Two minutes, no words.
---
faq|en|||consumable||How long does it keep?
The date is on the bottom. Kept dark and dry it is good for a year.
---
faq|en|||||Something arrived broken
Keep the box, take a picture, and open “Return or exchange” on your order page. We send a new one.
""",
    MOOR.slug: """
setup|de|lamp||||Das richtige Leuchtmittel
Eine LED mit E27 und höchstens 8 Watt. Warmes Licht steht dem Leinen am besten.
---
care|de|lamp||||Staub vom Leinen
Mit einer weichen Bürste von oben nach unten, nie feucht.
---
usage|de|candle||||Die erste Stunde zählt
Lassen Sie sie brennen, bis die ganze Fläche flüssig ist. Dann brennt sie gleichmäßig.
---
care|de||Keramik|||Von Hand spülen
Warmes Wasser genügt. Die Glasur dankt es mit den Jahren.
---
faq|de|||||Etwas ist zerbrochen
Heben Sie den Karton auf, machen Sie ein Bild und öffnen Sie „Zurückgeben oder umtauschen“.
""",
}


def make_guides(stores: Mapping[str, Store]) -> int:
    """Write the guides of the sample stores. Returns how many."""
    rows = []
    for slug, text in _TEXTS.items():
        products = {row.handle: row for row in Product.objects.filter(store=stores[slug])}
        for place, block in enumerate(text.split("\n---\n")):
            head, _, body = block.strip().partition("\n")
            kind, language, handle, sort, tag, every, title = head.split("|")
            rows.append(
                Guide(
                    store=stores[slug],
                    kind=kind,
                    language=language,
                    product=products.get(handle),
                    product_type=sort,
                    tag=tag,
                    every_days=int(every) if every else None,
                    title=title,
                    body=body,
                    video_url=VIDEO if kind == Guide.Kind.VIDEO else "",
                    position=place,
                )
            )
    return len(Guide.objects.bulk_create(rows))
