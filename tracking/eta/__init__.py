"""
When a parcel comes, learned from those that came: pure mathematics, no database, no clock.

`days` counts the days on which a carrier delivers, `lanes` names the groups a parcel belongs to, `learning`
turns deliveries into tables of quantiles, `windows` turns tables into days, `records` judges carriers by
their own word, `choosing` says whose word is shown, `promises` how one ended, `scoring` how good all that is.
See docs/eta.md.
"""
