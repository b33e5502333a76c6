"""
The partner API's own furniture: keys, errors, pages, repeats, the description. What it serves is each
app's.
"""
