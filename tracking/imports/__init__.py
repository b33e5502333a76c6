"""
Files of orders, parcels, products, stock and customers, read into the frozen data that webhooks give, too.

Pure: bytes in, records or refusals in words out. No ORM, no settings, no clock. See docs/importing.md.
"""
