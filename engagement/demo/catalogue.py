"""The two sample stores and what they sell. Prices in minor units of their currency, weights in grams."""

from dataclasses import dataclass

SECRET = "demo-secret"  # noqa: S105 (signs the sample stores' webhooks; printed in the README)


@dataclass(frozen=True)
class Item:
    """A product. `variants`: its sizes or colours with what each costs more; one without a name if none."""

    key: str
    title: str
    kind: str
    price_minor: int
    weight_g: int
    description: str
    variants: tuple[tuple[str, int], ...] = (("", 0),)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shop:
    """A sample store: the fields of `customers.Store`, where its parcels start, and its items."""

    slug: str
    fields: dict[str, str]
    city: str
    region: str
    first_number: int
    prefix: str
    shipping_minor: int
    items: tuple[Item, ...]


SIZES = (("Small", 0), ("Medium", 0), ("Large", 0))
HARBOUR = Shop(
    slug="harbour-pine",
    fields={
        "name": "Harbour & Pine",
        "platform": "shopify",
        "shop_url": "https://shop.harbour-pine.example",
        "currency": "USD",
        "timezone": "America/New_York",
        "language": "en",
        "country": "US",
        "email_from": "Harbour & Pine <hello@harbour-pine.example>",
        "reply_to": "help@harbour-pine.example",
        "support_email": "help@harbour-pine.example",
        "support_phone": "+1 207 555 0142",
        "support_hours": "Mon–Fri 9–17, Sat 10–14 (Eastern)",
        "postal_address": "Harbour & Pine, 14 Lobster Wharf, Portland, ME 04101, USA",
        "brand_color": "#b4532a",
        "tagline": "Things for the house at the end of the pier",
        "story": "We are nine people in an old sail loft in Portland, Maine. Everything we sell has stood on"
        " our own window sills through at least one winter, and we pack every parcel ourselves.",
        "returns_url": "https://shop.harbour-pine.example/returns",
        "privacy_url": "https://shop.harbour-pine.example/privacy",
    },
    city="Portland",
    region="ME",
    first_number=1001,
    prefix="#",
    shipping_minor=695,
    items=(
        Item(
            "lantern",
            "Brass storm lantern",
            "Lighting",
            4800,
            900,
            "Burns eleven hours on one filling and stays lit in a gale.",
            (("Small", 0), ("Large", 1600)),
        ),
        Item(
            "candle",
            "Pine resin candle",
            "Home fragrance",
            1200,
            380,
            "Poured by hand; smells like the woods after rain.",
            tags=("consumable",),
        ),
        Item(
            "blanket",
            "Harbour wool blanket",
            "Textiles",
            12900,
            1400,
            "Two-ply lambswool from a mill on the Androscoggin.",
            (("Tide blue", 0), ("Moss", 0)),
        ),
        Item(
            "kettle",
            "Enamel kettle",
            "Kitchen",
            6400,
            1300,
            "Whistles a fifth, not a scream. Works on induction.",
        ),
        Item(
            "mug",
            "Deckhand mug",
            "Kitchen",
            1800,
            420,
            "Stoneware with a foot wide enough for a rolling table.",
        ),
        Item(
            "board", "Oak serving board", "Kitchen", 5200, 1700, "One plank of white oak, oiled three times."
        ),
        Item("apron", "Linen apron", "Textiles", 4400, 350, "Heavy linen that softens with every wash."),
        Item(
            "doormat",
            "Rope doormat",
            "Home",
            5800,
            2200,
            "Woven from retired lobster rope, so no two are alike.",
        ),
        Item("tote", "Canvas tote", "Bags", 3200, 450, "Eighteen-ounce duck canvas; carries nine logs."),
        Item(
            "soap",
            "Sea salt soap",
            "Bath",
            900,
            140,
            "Cold process, no perfume, a little kelp.",
            tags=("consumable",),
        ),
        Item(
            "jumper",
            "Fisherman’s jumper",
            "Clothing",
            13800,
            950,
            "Knitted in the round, so nothing to unravel.",
            SIZES,
        ),
        Item(
            "beanie",
            "Watch cap",
            "Clothing",
            2800,
            120,
            "Merino rib that keeps its shape.",
            (("Rust", 0), ("Navy", 0)),
        ),
        Item(
            "socks",
            "Boot socks, two pairs",
            "Clothing",
            2600,
            220,
            "Terry inside, nylon at heel and toe.",
            SIZES,
        ),
        Item(
            "raincoat", "Oilskin raincoat", "Clothing", 17800, 1600, "Waxed cotton with taped seams.", SIZES
        ),
        Item(
            "matches",
            "Storm matches",
            "Outdoors",
            700,
            80,
            "Burn for twelve seconds, even wet.",
            tags=("consumable",),
        ),
        Item(
            "tea",
            "Smoke and pine tea",
            "Pantry",
            1600,
            210,
            "Lapsang with a few spruce tips. Fifty cups.",
            tags=("consumable",),
        ),
        Item(
            "honey", "Island honey", "Pantry", 1900, 620, "From hives on Peaks Island.", tags=("consumable",)
        ),
        Item(
            "bell",
            "Ship’s bell",
            "Home",
            8900,
            2100,
            "Cast bronze with a braided lanyard. Engraved on request.",
            tags=("final-sale",),
        ),
        Item("frame", "Driftwood frame", "Home", 3900, 700, "Made of what the bay brings in."),
        Item("knife", "Bread knife", "Kitchen", 7200, 300, "Scalloped edge that can be sharpened at home."),
        Item(
            "basket", "Picnic basket", "Outdoors", 9400, 1900, "Ash splints, leather hinges, room for four."
        ),
        Item(
            "deckchair",
            "Deck chair",
            "Outdoors",
            11800,
            4200,
            "Folds flat. The canvas comes off to be washed.",
        ),
        Item(
            "clock", "Tide clock", "Home", 8600, 800, "One hand, twelve hours and twenty-five minutes a turn."
        ),
        Item("planter", "Hanging planter", "Garden", 3600, 1100, "Terracotta on tarred twine."),
    ),
)

MOOR = Shop(
    slug="moor-licht",
    fields={
        "name": "Moor & Licht",
        "platform": "none",
        "shop_url": "https://laden.moor-licht.example",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "language": "de",
        "country": "DE",
        "email_from": "Moor & Licht <hallo@moor-licht.example>",
        "reply_to": "hilfe@moor-licht.example",
        "support_email": "hilfe@moor-licht.example",
        "support_phone": "+49 30 23125 014",
        "support_hours": "Mo–Fr 9–16 Uhr",
        "postal_address": "Moor & Licht, Torfkahnweg 3, 28865 Lilienthal, Deutschland",
        "brand_color": "#2f5d50",
        "tagline": "Stilles Licht für lange Abende",
        "story": "Eine kleine Werkstatt am Rand des Teufelsmoors. Wir drehen, gießen und weben fast alles"
        " selbst, und was wir nicht können, machen Nachbarn.",
        "returns_url": "https://laden.moor-licht.example/rueckgabe",
        "privacy_url": "https://laden.moor-licht.example/datenschutz",
    },
    city="Bremen",
    region="",
    first_number=2001,
    prefix="ML-",
    shipping_minor=490,
    items=(
        Item("lamp", "Tischleuchte „Deich“", "Leuchten", 14900, 2300, "Eiche und Leinen, mit Zugschalter."),
        Item("candle", "Kerze Moorbirke", "Kerzen", 1600, 400, "Von Hand gegossen, brennt 45 Stunden."),
        Item(
            "vase", "Vase „Wümme“", "Keramik", 5900, 1200, "Auf der Scheibe gedreht, jede ein wenig anders."
        ),
        Item(
            "cushion",
            "Kissenbezug Heide",
            "Textilien",
            3900,
            260,
            "Gewebt aus Wolle und Flachs.",
            (("40 × 40", 0), ("50 × 50", 700)),
        ),
        Item("notebook", "Notizbuch, fadengeheftet", "Papier", 2400, 380, "Liegt flach auf. 160 Seiten."),
        Item(
            "tea",
            "Abendtee",
            "Vorrat",
            1250,
            180,
            "Melisse, Birkenblatt, ein wenig Honigklee.",
            tags=("consumable",),
        ),
    ),
)

SHOPS = (HARBOUR, MOOR)
