"""
The columns that are read, kind by kind: our own name, what staff read, and how it is read.

Below each, indented, its other names: English, German, French, and those of Shopify's and WooCommerce's own
exports; case, accents and punctuation do not matter. A star marks what each row of a record has for itself.
"""

ORDERS = """
order_id | The shop's id of the order | text
    id, order id, bestell id, id commande
number | Order number | text
    name, order, order #, order no, order name, order number, bestellnummer, bestellung, auftragsnummer,
    numero de commande, commande
placed_at | Placed at | moment
    created at, date, order date, ordered at, date created, bestelldatum, datum, bestellt am, date de
    commande, date commande, paid date
updated_at | Changed at | moment
    modified at, last modified, date modified, geaendert am, aktualisiert am, modifie le
zone | Time zone of this row | text
    time zone, timezone, utc offset, zeitzone, fuseau horaire
currency | Currency | text
    currency code, order currency, waehrung, devise
email | E-mail | text
    e mail, email address, customer email, contact email, billing email, e mail adresse, adresse e mail,
    courriel
phone | Phone | text
    phone number, customer phone, billing phone, telefon, telefonnummer, telephone
customer_id | The shop's id of the customer | text
    customer id, customer user, kundennummer, kunden id, id client, numero client
customer_name | Customer's name | text
    customer, customer name, billing name, buyer, kunde, kundenname, nom du client, client
customer_first_name | Customer's first name | text
    billing first name, first name, vorname, prenom
customer_last_name | Customer's last name | text
    billing last name, last name, nachname, nom
language | Language | text
    locale, customer locale, sprache, langue
payment_status | Payment | text
    financial status, payment state, zahlungsstatus, statut du paiement
status | State of the order | text
    order status, bestellstatus, statut
cancelled_at | Cancelled at | moment
    canceled at, storniert am, annule le
cancel_reason | Why it was cancelled | text
    cancellation reason, stornogrund
subtotal | Goods | money
    order subtotal, zwischensumme, sous total
discount | Discount | money
    discount amount, discount total, rabatt, remise
shipping | Shipping | money
    shipping total, shipping cost, shipping price, versandkosten, versand, frais de port, livraison
tax | Tax | money
    taxes, tax total, total tax, mwst, ust, steuer, tva, taxe
total | Total | money
    order total, amount, grand total, gesamtbetrag, gesamtsumme, gesamt, summe, montant total, montant
ship_name | Recipient | text
    shipping name, recipient, ship to name, empfaenger, destinataire, lieferadresse name
ship_first_name | Recipient's first name | text
    shipping first name, lieferadresse vorname
ship_last_name | Recipient's last name | text
    shipping last name, lieferadresse nachname
ship_company | Recipient's company | text
    shipping company, lieferadresse firma
ship_line1 | Street | text
    shipping address1, shipping address 1, shipping street, address, address 1, street, strasse,
    lieferadresse, adresse
ship_line2 | Street, second line | text
    shipping address2, shipping address 2, address 2, adresszusatz, complement d adresse
ship_city | City | text
    shipping city, city, ort, stadt, ville
ship_region | State or region | text
    shipping province, shipping state, shipping region, province, state, region, bundesland
ship_postcode | Postcode | text
    shipping zip, shipping postcode, zip, postcode, postal code, plz, postleitzahl, code postal
ship_country | Country | country
    shipping country, country, land, pays
tags | Tags | text
    order tags, schlagworte, etiquettes
discount_codes | Discount codes | text
    discount code, coupon s, coupons, coupon items, gutschein, gutscheincode, code promo
note | Note | text
    notes, customer note, order note, bemerkung, notiz, remarque
items | Items in one cell | text*
    product s, products, line items
line_id | The shop's id of the line | text*
    item id, line item id, lineitem id, lines id, lines line id
line_title | Item | text*
    lineitem name, artikel, item, item name, product name, title, artikelbezeichnung, artikelname, produkt,
    produktname, article, nom du produit, lines title, lines name
line_variant | Variant | text*
    lineitem variant, item variant, variant title, variante, declinaison, lines variant title
line_sku | SKU | text*
    lineitem sku, item sku, sku, artikelnummer, reference, lines sku
line_quantity | Quantity | count*
    lineitem quantity, item quantity, qty, quantity, menge, anzahl, quantite, lines quantity
line_price | Price of one | money*
    lineitem price, item price, item cost, unit price, price, einzelpreis, preis, prix unitaire, prix,
    lines price
line_total | Price of the whole line | money*
    item total, line total, positionssumme, total ligne, lines total
line_discount | Discount of the line | money*
    lineitem discount, item discount, positionsrabatt, remise ligne, lines discount
line_tax | Tax of the line | money*
    item tax, item total tax, line tax, lines tax
line_vendor | Brand or supplier | text*
    vendor, lineitem vendor, hersteller, marke, marque, lines vendor
line_product_id | The shop's id of the product | text*
    product id, item product id, produkt id, id produit, lines product id
line_variant_id | The shop's id of the variant | text*
    variant id, variation id, item variation id, lines variant id
line_requires_shipping | Is shipped | flag*
    lineitem requires shipping, requires shipping, versandpflichtig, lines requires shipping
line_image | Picture of the item | text*
    image url, item image, lines image url
"""

SHIPMENTS = """
order_id | The shop's id of the order | text
    order id, bestell id, id commande
order_number | Order number | text
    number, order, order #, order no, order name, name, bestellnummer, auftragsnummer, commande, numero
    de commande
shipment_id | The shop's id of the shipment | text
    fulfillment id, shipment, id, versand id, lieferung, id expedition
tracking_number | Tracking number | text
    tracking, tracking no, tracking code, tracking numbers, awb, sendungsnummer, paketnummer,
    trackingnummer, numero de suivi, suivi
tracking_url | Tracking link | text
    tracking link, tracking page, sendungsverfolgung, lien de suivi
carrier | Carrier | text
    tracking company, shipping company, carrier name, courier, versanddienstleister, versender,
    paketdienst, transporteur
service | Service | text
    shipping service, shipping method, versandart, service level, mode de livraison
shipped_at | Shipped at | moment
    fulfilled at, ship date, shipped on, date shipped, shipping date, created at, versanddatum,
    versendet am, date d expedition, expedie le
delivered_at | Delivered at | moment
    delivery date, delivered on, date delivered, actual delivery date, zugestellt am, lieferdatum, livre
    le, date de livraison
eta_date | Expected on | day
    eta, estimated delivery, estimated delivery date, expected delivery, expected delivery date,
    voraussichtliche zustellung, livraison estimee, livraison prevue
updated_at | Changed at | moment
    modified at, geaendert am, modifie le
zone | Time zone of this row | text
    time zone, timezone, utc offset, zeitzone, fuseau horaire
signed_by | Signed by | text
    signature, recipient signature, unterschrift, signe par
cancelled | Taken back | flag
    canceled, cancelled shipment, storniert, annule
to_city | Destination: city | text
    ship to city, destination city, shipping city, empfaenger ort
to_region | Destination: region | text
    ship to state, destination state, shipping province
to_postcode | Destination: postcode | text
    ship to zip, destination zip, shipping zip, empfaenger plz
to_country | Destination: country | country
    ship to country, destination country, destination, shipping country, zielland, pays de destination
from_city | Origin: city | text
    origin city, ship from city
from_postcode | Origin: postcode | text
    origin zip, ship from zip
from_country | Origin: country | country
    origin country, ship from country, origin, ursprungsland
item_id | The shop's id of the order line | text*
    line id, line item id, items id, items line id, items line item id
item_sku | SKU of an item inside | text*
    sku, lineitem sku, item, artikelnummer, reference, items sku
item_title | Name of an item inside | text*
    title, product, item name, artikel, article, items title, items name
item_quantity | How many of it | count*
    quantity, qty, menge, anzahl, quantite, items quantity
scan_status | Scan: status | text*
    status, state, shipment status, tracking status, sendungsstatus, statut, scans status
scan_at | Scan: time | moment*
    time, date, datetime, timestamp, scan time, event time, event date, status date, status at,
    zeitpunkt, datum, heure, scans time, scans at
scan_message | Scan: the carrier's words | text*
    message, description, event, details, status description, meldung, beschreibung, scans message
scan_code | Scan: the carrier's code | text*
    code, event code, scans code
scan_place | Scan: place in words | text*
    place, location, scan location, ort, lieu, scans place
scan_city | Scan: city | text*
    city, stadt, ville, scans city
scan_region | Scan: region | text*
    region, state province, scans region
scan_postcode | Scan: postcode | text*
    zip, postcode, postal code, plz, code postal, scans postcode
scan_country | Scan: country | country*
    country, land, pays, scans country
"""

PRODUCTS = """
product_id | The shop's id of the product | text
    product id, id, produkt id, id produit
handle | Handle | text
    slug, url handle, permalink
parent | Parent product | text*
    parent sku, elternprodukt, parent id
type_of_row | Sort of row | text*
    type of product, row type
title | Name | text
    name, product name, product title, produktname, produkt, bezeichnung, nom, nom du produit
description | Description | text
    body html, body, beschreibung, short description, description courte
vendor | Brand or supplier | text
    brand, brands, manufacturer, hersteller, marke, marque, fournisseur
product_type | Type or category | text
    type, product type, category, categories, product category, kategorie, kategorien, produkttyp,
    categorie, categories du produit
tags | Tags | text
    schlagworte, etiquettes
url | Page in the shop | text
    product url, link, lien
image | Picture | text
    image src, images, image url, picture, bild, bilder, images du produit
status | State in the shop | text
    published, product status, veroeffentlicht, publie
updated_at | Changed at | moment
    modified at, date modified, geaendert am, modifie le
variant_id | The shop's id of the variant | text*
    variant id, variation id, variants id, varianten id
sku | SKU | text*
    variant sku, artikelnummer, reference, ugs, variants sku
barcode | Barcode | text*
    variant barcode, ean, gtin, upc, gtin upc ean or isbn, variants barcode
option1 | Option 1 | text*
    option1 value, attribute 1 value s, size, groesse, taille, variants option1
option2 | Option 2 | text*
    option2 value, attribute 2 value s, color, colour, farbe, couleur, variants option2
option3 | Option 3 | text*
    option3 value, attribute 3 value s, material, variants option3
variant_title | Variant | text*
    variant title, variant name, variante, variants title
price | Price | money*
    variant price, regular price, preis, verkaufspreis, regulaerer preis, prix, tarif regulier, variants
    price
weight_g | Weight in g | number*
    variant grams, grams, weight g, gewicht g, poids g, variants grams
weight_kg | Weight in kg | number*
    weight kg, gewicht kg, poids kg
weight_lb | Weight in lb | number*
    weight lbs, weight lb
weight_oz | Weight in oz | number*
    weight oz
variant_image | Picture of the variant | text*
    variant image, variants image
inventory_item_id | The shop's id of the stock item | text*
    inventory item id, variant inventory item id
stock | In stock | count*
    variant inventory qty, stock, inventory, quantity, bestand, lagerbestand, inventaire, variants
    inventory quantity
"""

STOCK = """
sku | SKU | text
    variant sku, artikelnummer, reference, ugs
inventory_item_id | The shop's id of the stock item | text
    inventory item id, item id
variant_id | The shop's id of the variant | text
    variant id, variation id
barcode | Barcode | text
    ean, gtin, upc, variant barcode
location_id | The shop's id of the place | text
    location id, warehouse id, lager id
location | Place | text
    location, location name, warehouse, lager, lagerort, entrepot, emplacement
available | Available | count
    available, stock, quantity, qty, on hand, in stock, inventory, variant inventory qty, bestand,
    lagerbestand, verfuegbar, menge, quantite, disponible
updated_at | Counted at | moment
    counted at, as of, geaendert am, stand, modifie le
"""

CUSTOMERS = """
customer_id | The shop's id of the customer | text
    customer id, id, user id, kundennummer, kunden id, id client
email | E-mail | text
    e mail, email address, billing email, e mail adresse, adresse e mail, courriel
phone | Phone | text
    phone number, mobile, billing phone, default address phone, telefon, telefonnummer, mobil,
    telephone, portable
name | Name | text
    full name, customer name, kundenname, nom complet
first_name | First name | text
    firstname, billing first name, vorname, prenom
last_name | Last name | text
    lastname, surname, family name, billing last name, nachname, nom, nom de famille
language | Language | text
    locale, sprache, langue
country | Country (for phone numbers) | country
    country code, default address country code, billing country, land, pays
email_consent | Allows marketing by e-mail | flag
    accepts email marketing, accepts marketing, email marketing, newsletter, email opt in, newsletter
    abonniert, accepte le marketing
email_consent_at | When that was said | moment
    email marketing consent updated at, email consent at, newsletter seit, email opt in at
sms_consent | Allows marketing by SMS | flag
    accepts sms marketing, sms marketing, sms opt in
sms_consent_at | When that was said (SMS) | moment
    sms marketing consent updated at, sms consent at, sms opt in at
consent_source | Where it was said | text
    source, consent source, opt in source, quelle
updated_at | Changed at | moment
    modified at, date modified, last active, geaendert am, modifie le
zone | Time zone of this row | text
    time zone, timezone, utc offset, zeitzone
"""
