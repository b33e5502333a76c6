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

# The window moved to a later day. data: order_id, shipment_id, was_to, from_date, to_date (ISO days).
# key: shipment:<id>:delayed:<to_date>
SHIPMENT_DELAYED = "tracking.shipment.delayed"

# A guest with a view session asked for a code. data: order_id, code_id. key: access-code:<id>
CODE_REQUESTED = "tracking.access.code_requested"
# A guest asked for the link and the pair was right. data: order_id, request_id. key: lookup:<id>
LINK_REQUESTED = "tracking.access.link_requested"
