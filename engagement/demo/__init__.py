"""
The sample store: what it sells, who bought, and what became of it.

It lives in the top layer because it uses all of them: orders and parcels are recorded through
`tracking.services`, the mail about them is queued and sent by this app.
"""
