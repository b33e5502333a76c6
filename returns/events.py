"""
Facts this app tells. `subject` is the return. Every payload carries `return_id` and `order_id` (our primary
keys) and `kind` (RETURN, CLAIM); facts only: no address, no name.
"""

# A return reached a state (returns/states.py), each told once per time it gets there. data: state, was,
# passed (True: it went on in the same breath, so that nobody needs to hear of this one), gift.
# key: return:<id>:<state>:<how many times it has been there>
REQUESTED = "returns.return.requested"
REVIEW = "returns.return.review"
APPROVED = "returns.return.approved"
REJECTED = "returns.return.rejected"
LABEL_READY = "returns.return.label_ready"
IN_TRANSIT = "returns.return.in_transit"
RECEIVED = "returns.return.received"
INSPECTED = "returns.return.inspected"
SETTLED = "returns.return.settled"
EXPIRED = "returns.return.expired"
CANCELLED = "returns.return.cancelled"

# The shopper changed what goes back or what they get for it. key: return:<id>:changed:<version>
CHANGED = "returns.return.changed"
# Nothing was handed over and the label ends soon. data: expires_at (ISO). key: return:<id>:expiring
EXPIRING = "returns.return.expiring"
# Units of one parcel were inspected. data: parcel_id, units, deducted_minor, missing (units).
# key: return-parcel:<id>:inspected:<how many times>
PARCEL_INSPECTED = "returns.parcel.inspected"
# Somebody took a parcel out of another's hands. data: parcel_id, from_user, by_user (log-ins), note.
# key: return-parcel:<id>:taken-over:<when>
PARCEL_TAKEN_OVER = "returns.parcel.taken_over"
# A unit was found in a parcel by its bar code. data: unit_id, parcel_id, by_user.
# key: return-parcel:<id>:found:<token of the form>
UNIT_FOUND = "returns.unit.found"
# The warehouse said what a unit is like (again). data: unit_id, parcel_id, condition, disposition,
# was_condition, was_disposition, by_user, corrected (True: after the parcel was finished).
# key: return-unit:<id>:inspected:<token of the form>
UNIT_INSPECTED = "returns.unit.inspected"

# Money for a return: asked for, gone, refused, or a person is needed. data: refund_id, amount_minor,
# currency, provider. key: refund:<id>:begun / :done / :failed / :staff
REFUND_BEGUN = "returns.refund.begun"
REFUND_DONE = "returns.refund.done"
REFUND_FAILED = "returns.refund.failed"
REFUND_FOR_STAFF = "returns.refund.for_staff"
# Store credit was given. data: credit_id, amount_minor (bonus included), bonus_minor, currency.
# key: store-credit:<id>:issued
CREDIT_ISSUED = "returns.credit.issued"

# An exchange: the new item is held; a difference is to be paid, and by when; reminded of it, or of goods that
# never came; paid; ordered in the shop; given up. data: exchange_id, due_minor, currency; reminded also:
# about ("payment", "goods"); cancelled also: why.
# key: exchange:<id>:held / :payment_due / :reminded:<n> / :paid / :ordered / :cancelled
EXCHANGE_HELD = "returns.exchange.held"
EXCHANGE_PAYMENT_DUE = "returns.exchange.payment_due"
EXCHANGE_REMINDED = "returns.exchange.reminded"
EXCHANGE_PAID = "returns.exchange.paid"
EXCHANGE_ORDERED = "returns.exchange.ordered"
EXCHANGE_CANCELLED = "returns.exchange.cancelled"
