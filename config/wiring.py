"""
The one table of plug-ins: a code (stored in the database, never renamed) and the dotted path behind it.

Nothing here is imported by an app; `settings` hands the tables out and `customers.checks` resolves every
path at start.
"""

# A web shop's webhooks -> our frozen order, product and customer data. See docs/adding-a-shop.md.
SHOPS = {
    "shopify": "tracking.shops.shopify.Shopify",
    "woocommerce": "tracking.shops.woocommerce.WooCommerce",
}

# A carrier's or aggregator's words -> our scans. See docs/adding-a-carrier.md.
CARRIERS = {
    "sandbox": "tracking.carriers.sandbox.Sandbox",
    "easypost": "tracking.carriers.easypost.EasyPost",
    "shippo": "tracking.carriers.shippo.Shippo",
    "aftership": "tracking.carriers.aftership.AfterShip",
    "17track": "tracking.carriers.seventeentrack.SeventeenTrack",
    "generic": "tracking.carriers.generic.Generic",
    "fedex": "tracking.carriers.fedex.FedEx",
    "ups": "tracking.carriers.ups.UPS",
    "usps": "tracking.carriers.usps.USPS",
    "dhl": "tracking.carriers.dhl.DHL",
    "dhl_express": "tracking.carriers.dhl_express.DHLExpress",
    "canada_post": "tracking.carriers.canada_post.CanadaPost",
    "royal_mail": "tracking.carriers.royal_mail.RoyalMail",
    "dpd": "tracking.carriers.dpd.Dpd",
    "gls": "tracking.carriers.gls.Gls",
    "australia_post": "tracking.carriers.australia_post.AustraliaPost",
    "la_poste": "tracking.carriers.la_poste.LaPoste",
    "purolator": "tracking.carriers.purolator.Purolator",
    "sendle": "tracking.carriers.sendle.Sendle",
    "bring": "tracking.carriers.bring.Bring",
    "inpost": "tracking.carriers.inpost.InPost",
    "postnord": "tracking.carriers.postnord.PostNord",
    "postnl": "tracking.carriers.postnl.PostNL",
}

# A message -> the outside world.
CHANNELS = {
    "email": "engagement.channels.email.Email",
}

# Payment providers that give money back: filled by the returns app.
REFUNDERS: dict[str, str] = {}

# handler code -> (function that takes a list of events, kinds of events it hears).
EVENT_HANDLERS = {
    "engagement.milestones": (
        "engagement.handlers.queue_milestones",
        (
            "tracking.order.placed",
            "tracking.shipment.shipped",
            "tracking.shipment.out_for_delivery",
            "tracking.shipment.delivered",
            "tracking.shipment.attempted",
            "tracking.shipment.ready_for_pickup",
            "tracking.shipment.exception",
            "tracking.shipment.delayed",
            "tracking.shipment.returned",
        ),
    ),
    "engagement.access": (
        "engagement.handlers.queue_access",
        ("tracking.access.code_requested", "tracking.access.link_requested"),
    ),
}

# Kinds of work a worker can be woken for -> function that does what is due and returns how much it did.
# Order matters to `manage.py drain`: what feeds the next kind comes first.
WORK = {
    "poll": "tracking.tasks.poll_carriers",
    "quiet": "tracking.tasks.expire_quiet_shipments",
    "lookup": "tracking.tasks.answer_lookups",
    "inbound": "tracking.tasks.process_inbound",
    "deliver": "customers.tasks.deliver_events",
    "send": "engagement.tasks.send_messages",
}

# name -> (dotted path, arguments, minutes between runs). Synced into django-q2 after each migrate.
SCHEDULES = {
    "sweep": ("customers.tasks.sweep", (), 1),
    "housekeeping": ("customers.tasks.housekeeping", (), 60),
}

# What an app knows about a person -> functions used by export and erasure (the privacy floor).
PERSONAL_DATA: dict[str, str] = {}
