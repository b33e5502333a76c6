"""
Facts this app tells. `subject` is the order or the shipment; every payload carries `order_id` (our primary
key), those about a parcel also `shipment_id`. Facts only: no address, no name.
"""

# An order was first seen. data: order_id, currency, total_minor, lines (count). key: order:<id>:placed
ORDER_PLACED = "tracking.order.placed"
# It was cancelled in the shop. data: order_id, reason. key: order:<id>:cancelled
ORDER_CANCELLED = "tracking.order.cancelled"
# The shop handed lines to a carrier (a label exists). data: order_id, shipment_id. key: shipment:<id>:created
SHIPMENT_CREATED = "tracking.shipment.created"

# Milestones of a parcel, each told once: key shipment:<id>:<milestone>.
# data: order_id, shipment_id, status, reason, action_required, place
SHIPMENT_SHIPPED = "tracking.shipment.shipped"  # first physical scan
SHIPMENT_OUT_FOR_DELIVERY = "tracking.shipment.out_for_delivery"
SHIPMENT_DELIVERED = "tracking.shipment.delivered"
SHIPMENT_ATTEMPTED = "tracking.shipment.attempted"
SHIPMENT_READY_FOR_PICKUP = "tracking.shipment.ready_for_pickup"
SHIPMENT_EXCEPTION = "tracking.shipment.exception"
SHIPMENT_RETURNED = "tracking.shipment.returned"  # on its way back, or back

# A parcel on its way back to the store (Shipment.is_return) was handed in (status IN_TRANSIT, first True: its
# first physical scan), went OUT_FOR_DELIVERY, was DELIVERED, was held up (EXCEPTION) or turned round to the
# shopper (RETURNED). It tells nothing else. data: order_id, shipment_id, status, first, reason,
# action_required, place. key: shipment:<id>:back:<status>
RETURN_PARCEL_MOVED = "tracking.return_parcel.moved"

# The window moved to a later day. data: order_id, shipment_id, was_to, from_date, to_date (ISO days).
# key: shipment:<id>:delayed:<to_date>
SHIPMENT_DELAYED = "tracking.shipment.delayed"

# The last day of a window we showed passed and the parcel had not come, or it came after it. `days`: working
# days at the destination that it was late, or is so far. data: order_id, shipment_id, promise_id, to_date
# (ISO day), days. Once per last day. key: shipment:<id>:broken:<to_date>
PROMISE_BROKEN = "tracking.promise.broken"

# A guest with a view session asked for a code. data: order_id, code_id. key: access-code:<id>
CODE_REQUESTED = "tracking.access.code_requested"
# A guest asked for the link and the pair was right. data: order_id, request_id. key: lookup:<id>
LINK_REQUESTED = "tracking.access.link_requested"

# Money went back to the buyer in the shop. data: order_id, refund_id, amount_minor, currency.
# key: refund:<our id>:made
ORDER_REFUNDED = "tracking.order.refunded"
# Units of its lines were added or taken away in the shop. data: order_id, edit_id, added, removed (units).
# key: order-edit:<id>
ORDER_EDITED = "tracking.order.edited"
# It was deleted in the shop. data: order_id. key: order:<id>:removed
ORDER_REMOVED = "tracking.order.removed"
# A return made in the shop itself reached a state. data: order_id, shop_return_id, status, name.
# key: shop-return:<id>:<status>:<when the shop told, ISO>
RETURN_MIRRORED = "tracking.return.mirrored"

# Something that should have happened did not, or it has after all. `shipment_id` is null for orders.
# data: order_id, shipment_id, flag_id, flag (kind), since (ISO), incident_id.
# key: flag:<id>:opened / :cleared
FLAG_OPENED = "tracking.flag.opened"
# Cleared: the same, why, and moved (False: it only does not count any more, by a rule or a clock set right).
FLAG_CLEARED = "tracking.flag.cleared"
# Many flags, one trouble. data: incident_id, carrier, place, reason, parcels.
# key: incident:<id>:opened / :closed
INCIDENT_OPENED = "tracking.incident.opened"
INCIDENT_CLOSED = "tracking.incident.closed"
# Staff sent the prepared apology; once per order of the incident. data: order_id, shipment_id, incident_id,
# offer (whether the offer goes with it: the budget held). key: incident:<id>:apology:<order id>
INCIDENT_APOLOGY = "tracking.incident.apology"

# The shopper is given the choice for a parcel, made it, it was carried out, or is not needed any more.
# data: order_id, shipment_id, make_good_id, why, choice.
# key: make-good:<id>:offered / :chosen / :done / :withdrawn
MAKE_GOOD_OFFERED = "tracking.make_good.offered"
MAKE_GOOD_CHOSEN = "tracking.make_good.chosen"
MAKE_GOOD_DONE = "tracking.make_good.done"
MAKE_GOOD_WITHDRAWN = "tracking.make_good.withdrawn"

# What was to be done in the shop was done, will not be, or needs a person. data: order_id (may be null),
# action_id, action (kind), purpose, external_id. key: shop-action:<id>:done / :cancelled / :staff:<time>
SHOP_ACTION_DONE = "tracking.shop_action.done"
SHOP_ACTION_CANCELLED = "tracking.shop_action.cancelled"
SHOP_ACTION_FOR_STAFF = "tracking.shop_action.for_staff"

# A label was bought and can be printed; will not be bought; was cancelled; or a return label nobody has used
# ends in three days. data: label_id, order_id (may be null), shipment_id (outbound, once there is a parcel),
# direction (OUTBOUND, RETURN), purpose, reference; bought also: tracking_number, carrier, kinds (documents),
# cost_minor, currency, expires_at (ISO or null); expiring also: expires_at.
# key: label:<id>:bought / :failed / :cancelled / :expiring
LABEL_BOUGHT = "tracking.label.bought"
LABEL_FAILED = "tracking.label.failed"
LABEL_CANCELLED = "tracking.label.cancelled"
LABEL_EXPIRING = "tracking.label.expiring"
