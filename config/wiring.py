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

# A web shop's API: what it can be asked and told. See docs/adding-a-shop.md.
SHOP_CLIENTS = {
    "shopify": "tracking.shops.shopify.client.ShopifyClient",
    "woocommerce": "tracking.shops.woocommerce.client.WooCommerceClient",
}

# What staff can do with a store's shop from the store's page -> function of (store, at, by) that returns what
# it did in words, or raises customers.services.stores.ToolRefused.
STORE_TOOLS = {
    "test_connection": "tracking.services.shop_clients.test_connection",
    "reconcile": "tracking.services.reconcile.start_by_hand",
}

# Who sells labels -> how. See docs/labels.md.
LABELS = {
    "sandbox": "tracking.labels.sandbox.Sandbox",
    "easypost": "tracking.labels.easypost.EasyPost",
    "shippo": "tracking.labels.shippo.Shippo",
    "karrio": "tracking.labels.karrio.Karrio",
}

# Deliveries that are neither a shop's nor a carrier's: how their source begins -> function of (row, at) that
# reads one and returns '' or why it had no effect (tracking/services/inbound.py).
INBOUND_READERS = {
    "sms": "engagement.sms.hearing.read",
    "mail": "engagement.replies.reading.read",
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
    "sms": "engagement.channels.sms.Sms",
    "push": "engagement.channels.push.Push",
    "inapp": "engagement.channels.inapp.InApp",
}

# Who carries text messages -> how. See docs/channels.md.
SMS = {
    "console": "engagement.sms.console.Console",
    "twilio": "engagement.sms.twilio.Twilio",
    "vonage": "engagement.sms.vonage.Vonage",
}

# Payment providers that give money back beside the shops -> function of a store that returns what speaks to
# it (a ShopClient that can refund), or None when the store has no account there.
REFUNDERS = {
    "stripe": "returns.refunders.stripe.refunder",
}

# Functions of an order that return how many minor units of its money went elsewhere than back through a shop
# or a provider: credit, by hand, into an exchange. None of it can go back again.
MONEY_BESIDE = ("returns.services.ledger.given_beside",)

# Functions of the path to an order that return columns {name: expression}: what an order's page must know of
# beside its parcels before it asks for it (tracking/beside.py).
BESIDE_ORDER = (
    "tracking.beside.columns",
    "returns.beside.columns",
    "engagement.beside.columns",
    "engagement.guides.beside.columns",
)

# Who takes money that shoppers owe -> how. See returns/payments/base.py.
PAYMENTS = {
    "stripe": "returns.payments.stripe.Stripe",
    "sandbox": "returns.payments.sandbox.Sandbox",
    "manual": "returns.payments.manual.Manual",
}

# handler code -> (function that takes a list of events, kinds of events it hears).
EVENT_HANDLERS = {
    "tracking.make_good": (
        "tracking.handlers.look_at_make_goods",
        (
            "tracking.flag.opened",
            "tracking.shipment.exception",
            "tracking.shop_action.done",
            "tracking.shop_action.cancelled",
            "tracking.shop_action.for_staff",
        ),
    ),
    "tracking.merges": (
        "tracking.handlers.follow_merges",
        ("customers.customer.merged", "customers.customer.unmerged"),
    ),
    "returns.requests": (
        "returns.handlers.requests.look_again",
        (
            "returns.return.review",
            "returns.return.approved",
            "returns.return.label_ready",
            "returns.return.in_transit",
            "returns.return.received",
            "returns.return.inspected",
            "returns.return.expired",
            "returns.return.cancelled",
            "returns.return.rejected",
            "returns.parcel.inspected",
        ),
    ),
    "returns.exchanges": (
        "returns.handlers.requests.follow_shop",
        (
            "tracking.shop_action.done",
            "tracking.shop_action.cancelled",
            "tracking.shop_action.for_staff",
        ),
    ),
    "returns.parcels": (
        "returns.handlers.parcels.look_after_parcels",
        (
            "returns.return.approved",
            "returns.return.changed",
            "returns.return.cancelled",
            "returns.return.rejected",
            "returns.return.expired",
            "tracking.label.bought",
            "tracking.label.failed",
            "tracking.label.cancelled",
            "tracking.return_parcel.moved",
        ),
    ),
    "returns.money": (
        "returns.handlers.money.settle_returns",
        (
            "returns.return.approved",
            "returns.return.in_transit",
            "returns.return.received",
            "returns.return.inspected",
            "returns.return.expired",
            "returns.return.cancelled",
            "returns.parcel.inspected",
            "returns.exchange.ordered",
            "returns.exchange.paid",
            "returns.exchange.cancelled",
            "returns.refund.done",
        ),
    ),
    "returns.refunds": (
        "returns.handlers.money.follow_refunds",
        (
            "tracking.shop_action.done",
            "tracking.shop_action.cancelled",
            "tracking.shop_action.for_staff",
        ),
    ),
    "engagement.merges": (
        "engagement.profiles.merges.follow",
        ("customers.customer.merged", "customers.customer.unmerged"),
    ),
    "engagement.profiles": (
        "engagement.profiles.hearing.mark_changed",
        (
            "customers.customer.merged",
            "customers.customer.unmerged",
            "tracking.order.placed",
            "tracking.order.cancelled",
            "tracking.order.edited",
            "tracking.order.refunded",
            "tracking.order.removed",
            "tracking.shipment.delivered",
            "tracking.promise.broken",
            "tracking.return.mirrored",
            "tracking.shop_action.done",
            "returns.return.received",
            "returns.return.inspected",
            "returns.return.settled",
            "returns.return.cancelled",
            "returns.return.expired",
            "returns.parcel.inspected",
            "returns.unit.found",
            "returns.unit.inspected",
            "returns.refund.done",
            "engagement.message.clicked",
            "engagement.survey.answered",
        ),
    ),
    # Begins, ends and wakes runs of journeys; what shoppers are told of orders and returns is journeys too.
    "engagement.journeys": ("engagement.journeys.hearing.hear", ("*",)),
    "engagement.cases": ("engagement.case_handlers.queue_replies", ("customers.case.replied",)),
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
    "reconcile": "tracking.tasks.reconcile_stores",
    "import": "tracking.tasks.import_files",
    "promises": "tracking.tasks.revise_promises",
    "label": "tracking.tasks.carry_out_labels",
    "watch": "tracking.tasks.look_round",
    "deliver": "customers.tasks.deliver_events",
    "shop": "tracking.tasks.act_in_shops",
    "make_good": "tracking.tasks.make_good",
    "return": "returns.tasks.look_after_returns",
    "payment": "returns.tasks.take_payments",
    "profile": "engagement.tasks.refresh_profiles",
    "segment": "engagement.tasks.evaluate_segments",
    "journey": "engagement.tasks.advance_journeys",
    "campaign": "engagement.tasks.run_campaigns",
    "send": "engagement.tasks.send_messages",
    "clicks": "engagement.tasks.judge_clicks",
    "alert": "customers.tasks.tell_staff",
}

# Kinds a worker goes on to at once when what it did rang for them: what brings a fact to a person.
AT_ONCE = ("deliver", "journey", "send")

# name -> (dotted path, arguments, minutes between runs). Synced into django-q2 after each migrate.
SCHEDULES = {
    "sweep": ("customers.tasks.sweep", (), 1),
    "health": ("tracking.tasks.check_health", (), 5),
    "reconcile": ("tracking.tasks.plan_reconciles", (), 15),
    "housekeeping": ("customers.tasks.housekeeping", (), 60),
    "imports": ("tracking.tasks.forget_imports", (), 24 * 60),
    "eta": ("tracking.tasks.learn_transit_times", (), 1440),
    "credits": ("returns.tasks.end_credits", (), 60),
    "photos": ("returns.tasks.forget_photos", (), 60),
    "insight": ("returns.tasks.learn_from_returns", (), 1440),
    "journey_days": ("engagement.tasks.begin_days", (), 15),
    "profiles": ("engagement.tasks.renew_profiles", (), 1440),
    "profiles_unseen": ("engagement.tasks.look_for_unseen", (), 15),
}

# What an app knows about a person -> functions used by export and erasure (the privacy floor).
PERSONAL_DATA: dict[str, str] = {}
