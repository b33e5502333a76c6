"""
Which carrier a name or a number means, and where its public tracking page is.

Names come from people and platforms ("UPS", "FedEx Home Delivery", "DHLExpress", "Poste italiane"); codes are
ours and stored in the database.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from tracking.carriers.numbers import carrier_of_number, compact_number
from tracking.carriers.posts import NAMES


@dataclass(frozen=True)
class Known:
    """
    A carrier we know by name. `page`: its public tracking page, {} where the number goes, '' when there is
    none.
    """

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    page: str = ""


KNOWN = (
    Known(
        "amazon",
        "Amazon Logistics",
        ("amazon", "amazon shipping", "swiship"),
        "https://track.amazon.com/tracking/{}",
    ),
    Known("an_post", "An Post", (), "https://www.anpost.com/Post-Parcels/Track/History?item={}"),
    Known("apc", "APC Postal Logistics", ("apc", "apc postal")),
    Known("aramex", "Aramex", (), "https://www.aramex.com/track/results?ShipmentNumber={}"),
    Known("asendia", "Asendia", ("asendia usa", "asendia us"), "https://tracking.asendia.com/tracking/{}"),
    Known(
        "australia_post",
        "Australia Post",
        ("auspost", "startrack", "star track", "eparcel"),
        "https://auspost.com.au/mypost/track/#/details/{}",
    ),
    Known(
        "austrian_post",
        "Austrian Post",
        ("österreichische post", "post at"),
        "https://www.post.at/sv/sendungsdetails?snr={}",
    ),
    Known("better_trucks", "Better Trucks", (), "https://tracking.bettertrucks.com/{}"),
    Known(
        "bpost", "bpost", ("bpost international",), "https://track.bpost.cloud/btr/web/#/search?itemCode={}"
    ),
    Known("bring", "Posten Bring", ("posten norge", "bring parcels"), "https://sporing.bring.no/sporing/{}"),
    Known(
        "canada_post",
        "Canada Post",
        ("postes canada", "canpost"),
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
    ),
    Known("canpar", "Canpar Express", ("canpar",), "https://www.canpar.com/en/tracking/track.htm?barcode={}"),
    Known("china_post", "China Post", ("china ems", "epacket")),
    Known(
        "chronopost",
        "Chronopost",
        (),
        "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={}",
    ),
    Known(
        "correos",
        "Correos",
        ("correos de españa", "correos express"),
        "https://www.correos.es/es/en/tools/tracker/items/details?tracking-number={}",
    ),
    Known(
        "ctt",
        "CTT",
        ("ctt express", "ctt correios"),
        "https://appserver.ctt.pt/CustomerArea/PublicArea_Detail?ObjectCodeInput={}",
    ),
    Known(
        "deutsche_post",
        "Deutsche Post",
        ("deutsche post de", "warenpost"),
        "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}",
    ),
    Known(
        "dhl",
        "DHL",
        (
            "dhl paket",
            "dhl parcel",
            "dhl germany",
            "dhl de",
            "dhl benelux",
            "dhl sweden",
            "dhl service point",
        ),
        "https://www.dhl.com/en/express/tracking.html?submit=1&tracking-id={}",
    ),
    Known(
        "dhl_ecommerce",
        "DHL eCommerce",
        (
            "dhl ecs",
            "dhl ecommerce asia",
            "dhl global mail",
            "dhl global mail asia",
            "dhl gm",
            "dhl ecommerce us",
        ),
        "https://webtrack.dhlecs.com/orders?trackingNumber={}",
    ),
    Known(
        "dhl_express",
        "DHL Express",
        ("dhl worldwide",),
        "https://www.dhl.com/en/express/tracking.html?submit=1&tracking-id={}",
    ),
    Known(
        "dpd",
        "DPD",
        ("dpd de", "dpd fr", "dpd group"),
        "https://www.dpdgroup.com/be/mydpd/my-parcels/search?parcelNumber={}",
    ),
    Known(
        "dpd_uk",
        "DPD UK",
        ("dpd local", "dpd gb", "interlink", "interlink express"),
        "https://track.dpd.co.uk/search?reference={}",
    ),
    Known("estafeta", "Estafeta", (), "https://cs.estafeta.com/es/Tracking/searchByGet?wayBill={}"),
    Known("evri", "Evri", ("hermes", "hermes uk", "myhermes"), "https://www.evri.com/track/parcel/{}"),
    Known(
        "fedex",
        "FedEx",
        ("federal express", "fedex default", "fedex mailview", "fedex smartpost", "fedex ground", "fdx"),
        "https://www.fedex.com/fedextrack/?trknbr={}",
    ),
    Known("gls", "GLS", ("general logistics systems", "gls us", "gls eu"), "https://gls-group.com/track/{}"),
    Known("gofo", "GOFO Express", (), "https://www.gofoexpress.com/tracking.html?searchID={}"),
    Known("inpost", "InPost", ("paczkomaty",), "https://inpost.pl/en/find-parcel?number={}"),
    Known(
        "japan_post",
        "Japan Post",
        ("jp post", "yu pack"),
        "https://trackings.post.japanpost.jp/services/srv/search/direct?locale=en&reqCodeNo1={}",
    ),
    Known(
        "la_poste",
        "La Poste",
        ("colissimo", "la poste colissimo", "lettre suivie"),
        "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    ),
    Known(
        "landmark",
        "Landmark Global",
        ("landmark global ltn",),
        "https://track.landmarkglobal.com/?search={}",
    ),
    Known(
        "lasership",
        "LaserShip",
        ("laser ship", "laser ship v2", "lasership v2"),
        "https://www.ontrac.com/tracking/?number={}",
    ),
    Known("lso", "Lone Star Overnight", ("lso", "lonestar")),
    Known(
        "mondial_relay", "Mondial Relay", (), "https://www.mondialrelay.fr/suivi-de-colis?numeroExpedition={}"
    ),
    Known(
        "new_zealand_post",
        "New Zealand Post",
        ("nz post", "nzpost"),
        "https://www.nzpost.co.nz/tools/tracking?trackid={}",
    ),
    Known(
        "old_dominion",
        "Old Dominion",
        ("old dominion freight line", "odfl"),
        "https://www.odfl.com/us/en/tools/trace-track-ltl-freight/trace.html?proNumbers={}",
    ),
    Known("ontrac", "OnTrac", ("ontrac v3",), "https://www.ontrac.com/tracking/?number={}"),
    Known(
        "parcelforce",
        "Parcelforce",
        ("parcelforce worldwide",),
        "https://www.parcelforce.com/track-trace?trackNumber={}",
    ),
    Known(
        "passport",
        "Passport",
        ("passport global", "passport shipping"),
        "https://track.passportshipping.com/{}",
    ),
    Known(
        "poste_italiane",
        "Poste Italiane",
        (),
        "https://www.poste.it/cerca/index.html#/risultati-spedizioni/{}",
    ),
    Known(
        "postnl",
        "PostNL",
        ("post nl", "tnt post", "postnl international"),
        "https://postnl.nl/tracktrace/?B={}&P=&D=&T=C",
    ),
    Known(
        "postnord",
        "PostNord",
        ("post nord", "postnord sverige", "postnord danmark"),
        "https://tracking.postnord.com/en/tracking?id={}",
    ),
    Known("purolator", "Purolator", (), "https://www.purolator.com/en/shipping/tracker?pin={}"),
    Known(
        "royal_mail",
        "Royal Mail",
        ("royalmail",),
        "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    ),
    Known("sandbox", "Sandbox", ("sandbox express",)),
    Known("sendle", "Sendle", (), "https://track.sendle.com/tracking?ref={}"),
    Known(
        "sf_express",
        "SF Express",
        ("shunfeng", "shun feng"),
        "https://www.sf-express.com/chn/en/waybill/waybill-detail/{}",
    ),
    Known("singapore_post", "Singapore Post", ("singpost",)),
    Known(
        "speedee",
        "Spee-Dee Delivery",
        ("spee dee",),
        "https://www.speedeedelivery.com/track/?tracking={}",
    ),
    Known(
        "swiss_post",
        "Swiss Post",
        ("die post", "post ch", "la poste suisse"),
        "https://service.post.ch/ekp-web/ui/entry/search/{}",
    ),
    Known(
        "tnt",
        "TNT",
        ("tnt express",),
        "https://www.tnt.com/express/en_gc/site/shipping-tools/tracking.html?searchType=con&cons={}",
    ),
    Known("uniuni", "UniUni", (), "https://www.uniuni.com/tracking/?no={}"),
    Known(
        "ups",
        "UPS",
        (
            "united parcel service",
            "upsdap",
            "ups mail innovations",
            "ups mi",
            "upsmi",
            "ups surepost",
            "ups iparcel",
        ),
        "https://www.ups.com/track?tracknum={}",
    ),
    Known(
        "usps",
        "USPS",
        (
            "united states postal service",
            "us postal service",
            "us mail",
            "usps returns",
            "endicia",
            "stamps com",
        ),
        "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    ),
    Known("veho", "Veho", (), "https://track.shipveho.com/#/trackingId/{}"),
    Known("yanwen", "Yanwen", ("yan wen",), "https://track.yw56.com.cn/en/querydel?nums={}"),
    Known("yodel", "Yodel", (), "https://www.yodel.co.uk/tracking/{}"),
    Known("yunexpress", "YunExpress", ("yun express",), "https://www.yuntrack.com/parcelTracking?id={}"),
    # The other posts of the world, known by the numbers they give out.
    *(Known(code, name) for code, name in NAMES.items()),
)

BY_CODE = {known.code: known for known in KNOWN}

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = re.compile(r"[A-Z0-9]{6,40}")


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char))


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _letters(name).lower())


@functools.cache
def _aliases() -> dict[str, str]:
    return {
        _squeezed(name): known.code for known in KNOWN for name in (known.code, known.label, *known.aliases)
    }


def carrier_code(name: str) -> str:
    """
    Return our code for a carrier as others name it, '' when we do not know it.

    Case, accents, spaces and punctuation do not matter, nor does a service after the name: 'UPS® Ground' is
    ups.
    """
    aliases = _aliases()
    if _squeezed(name) in aliases:
        return aliases[_squeezed(name)]
    words = [word.lower() for word in _WORDS.findall(_letters(name[:200]))][:12]
    for end in range(len(words), 0, -1):
        found = aliases.get("".join(words[:end]))
        if found:
            return found
    return ""


def carrier_label(code: str) -> str:
    """Return the name to show for a carrier code, the code itself when we do not know it."""
    return BY_CODE[code].label if code in BY_CODE else code


def slug(name: str) -> str:
    """Return a code for a carrier that is not in our table, '' for an empty name."""
    return "_".join(word.lower() for word in re.findall(r"[A-Za-z0-9]+", _letters(name)))[:40].strip("_")


def code_for(name: str, number: str) -> str:
    """Return the carrier that `name` means, else the one that `number` can only belong to, else ''."""
    return carrier_code(name) or carrier_of_number(number)


def tracking_url(code: str, number: str) -> str:
    """
    Return the carrier's public tracking page for `number`, '' when the carrier has none or the number is
    none.
    """
    known = BY_CODE.get(code)
    compact = compact_number(number)
    if known is None or not known.page or not _NUMBER.fullmatch(compact):
        return ""
    return known.page.replace("{}", quote(compact, safe=""))
