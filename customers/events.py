"""Facts this app tells. Ids only: no name, no address."""

# Two profiles turned out to be one person's. `customer` is the one that is kept.
# data: customer_id (kept), merged_id, merge_id. key: customer-merge:<id>
CUSTOMER_MERGED = "customers.customer.merged"
# They were two people after all. `customer` is the one that was kept. data: the same.
# key: customer-merge:<id>:undone
CUSTOMER_UNMERGED = "customers.customer.unmerged"

# A shop passed on a wish of privacy. data: request_id, kind, due (ISO). key: privacy:<id>:asked
PRIVACY_ASKED = "customers.privacy.asked"
# Staff carried it out. data: request_id, kind. key: privacy:<id>:done
PRIVACY_DONE = "customers.privacy.done"

# A customer said yes or no to marketing. {channel, granted, source}
CONSENT_SAID = "customers.consent.said"

# A case. {case_id, source}; messages: {case_id, message_id}
CASE_OPENED = "customers.case.opened"
CASE_HEARD = "customers.case.heard"  # they wrote
CASE_REPLIED = "customers.case.replied"  # we wrote: the conversation brings it to them
CASE_CLOSED = "customers.case.closed"

# A partner told us something through POST /api/v1/events/. {name, ...what they sent}. The kind is made of the
# store and the name (customers/services/custom_events.py) and begins with this.
CUSTOM = "custom."
