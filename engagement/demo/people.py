"""The sample stores' customers. Common names of many countries; every address is at a reserved domain."""

import unicodedata
from dataclasses import dataclass

# Log-ins of the demo, printed at its start. They exist nowhere else.
STAFF_EMAIL = "staff@porchlight.example"
STAFF_PASSWORD = "lantern-in-the-window"  # noqa: S105
SHOPPER_PASSWORD = "kettle-on-the-stove"  # noqa: S105

# name|language|street|city|region|postcode|country
_HARBOUR = """
Ada Whitcombe|en|12 Larch Lane|Seattle|WA|98103|US
Miguel Ortega|en|48 Juniper Street|Austin|TX|78704|US
Priya Raman|en|9 Orchard Court|Portland|OR|97209|US
Grace Okafor|en|231 Peach Avenue|Atlanta|GA|30307|US
Daniel Kim|en|77 Harbor View|San Francisco|CA|94109|US
Hannah Becker|en|5 Mill Road|Burlington|VT|05401|US
Jamal Washington|en|410 Canal Walk|Philadelphia|PA|19106|US
Sofia Marchetti|en|18 Beacon Row|Boston|MA|02108|US
Noah Lindqvist|en|63 Lakeside Drive|Minneapolis|MN|55408|US
Aisha Rahman|en|902 Desert Bloom Road|Phoenix|AZ|85016|US
Lucas Moreau|fr|27 rue des Érables|Montréal|QC|H2J 2K9|CA
Emily Thornton|en|3 Ferry Street|Halifax|NS|B3J 1M5|CA
Wei Chen|en|1150 Granite Street|Vancouver|BC|V6B 2W9|CA
Olivia Bennett|en|14 Kings Parade|Bristol||BS8 4TL|GB
Rory MacLeod|en|22 Thistle Close|Edinburgh||EH3 9QN|GB
Aoife Brennan|en|8 Quay Lane|Dublin||D02 X285|IE
Yuki Tanaka|en|2-14-7 Sakura|Tokyo||154-0021|JP
Haruto Sato|en|5-3-1 Kita|Osaka||530-0001|JP
Charlotte Nguyen|en|31 Wattle Street|Sydney|NSW|2010|AU
Liam O'Connor|en|6 Banksia Grove|Melbourne|VIC|3065|AU
Mia Tamihana|en|19 Kauri Road|Auckland||1021|NZ
Tomás Herrera|en|Calle Jacaranda 45|Mexico City||06700|MX
Beatriz Almeida|en|Rua das Acácias 210|São Paulo|SP|01415-000|BR
Kwame Mensah|en|15 Palm Crescent|London||SE5 8TR|GB
Fatima Al-Sayed|en|Villa 12, Date Street|Dubai|||AE
Ravi Shankar Iyer|en|44 Jasmine Main Road|Bengaluru|KA|560038|IN
Leilani Kahale|en|1600 Hibiscus Drive|Honolulu|HI|96815|US
Erik Johansen|en|705 Spruce Street|Anchorage|AK|99501|US
Marcus Bell|en|56 Magnolia Street|New Orleans|LA|70115|US
Isabel Cruz|en|840 Coral Way|Miami|FL|33145|US
Theo Papadakis|en|210 Astor Place|New York|NY|10003|US
Zoe Feldman|en|33 Prairie Avenue|Chicago|IL|60616|US
Omar Haddad|en|118 Foothill Road|Denver|CO|80206|US
Ingrid Solberg|en|Bryggegata 4|Oslo||0250|NO
Ji-woo Park|en|2401 Sunset Terrace|Los Angeles|CA|90026|US
Camille Laurent|fr|6 rue de la Source|Lyon||69004|FR
Étienne Dubois|fr|19 quai des Tanneurs|Nantes||44000|FR
Nadia Petrova|en|95 Riverside Drive|New York|NY|10024|US
Samuel Adeyemi|en|7 Marina Close|Lagos|||NG
Thandi Nkosi|en|11 Protea Road|Cape Town||8005|ZA
Benjamin Carter|en|420 Temple Street|Salt Lake City|UT|84111|US
Lena Fischer|de|Am Kanal 17|Hamburg||20457|DE
Jonas Weber|de|Lindenhof 2|Berlin||10437|DE
Elena Rossi|en|Via dei Tigli 9|Milano||20129|IT
Joana Ferreira|en|Rua do Farol 33|Lisboa||1200-614|PT
Chloe MacKinnon|en|88 Annex Road|Toronto|ON|M5R 2E3|CA
Arjun Sandhu|en|410 Portage Lane|Winnipeg|MB|R3C 0B9|CA
Marie-Ève Gagnon|fr|14 avenue du Mont|Montréal|QC|H2T 1S6|CA
Declan Power|en|9 Signal Row|Halifax|NS|B3K 2T4|CA
Grace Liang|en|2270 Alder Street|Vancouver|BC|V6H 2R8|CA
""".strip()
_MOOR = """
Katharina Schröder|de|Deichweg 8|Bremen||28203|DE
Mehmet Yılmaz|de|Gleisdreieck 41|Berlin||10963|DE
Anna-Lena Vogt|de|Isarufer 12|München||80469|DE
Paul Krüger|de|Elbchaussee 230|Hamburg||22605|DE
Lotte van Dijk|de|Grachtstraat 7|Utrecht||3511 LN|NL
Sebastian Huber|de|Naschmarktgasse 5|Wien||1060|AT
Chiara Baumann|de|Seestrasse 88|Zürich||8002|CH
Friederike Öztürk|de|Domplatz 3|Köln||50667|DE
Karol Nowak|de|ulica Lipowa 14|Warszawa||00-316|PL
Julie Martin|fr|4 place du Marché|Strasbourg||67000|FR
Antoine Girard|fr|52 rue Oberlin|Paris||75011|FR
Greta Hoffmann|de|Elbhang 19|Dresden||01099|DE
Matthias Kessler|de|Münsterplatz 21|Freiburg||79098|DE
Amira Haddad-Lang|de|Maschsee 6|Hannover||30169|DE
Sven Petersen|de|Kaistraße 1|Bremen||28195|DE
""".strip()


@dataclass(frozen=True)
class Person:
    """A sample customer and where they live."""

    name: str
    language: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    email: str


def _address(name: str, position: int) -> str:
    """Return a mail address made of the name, without accents, at a domain nobody can own (RFC 2606)."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ı", "i").replace("ø", "o"))
    letters = "".join(
        ch if ch.isalnum() else "." for ch in plain if not unicodedata.combining(ch) and ch != "'"
    )
    return f"{letters}@example.{('com', 'org')[position % 2]}"


def _read(rows: str) -> tuple[Person, ...]:
    people = []
    for position, row in enumerate(rows.splitlines()):
        name, language, street, city, region, postcode, country = row.split("|")
        mail = _address(name, position)
        people.append(Person(name, language, street, city, region, postcode, country, mail))
    return tuple(people)


PEOPLE = {"harbour-pine": _read(_HARBOUR), "moor-licht": _read(_MOOR)}
SHOPPER = PEOPLE["harbour-pine"][0]  # has an account as well
