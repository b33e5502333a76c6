"""Words that stand in several tables of the conversation. Values are stored and never renamed."""

from django.db import models


class Channel(models.TextChoices):
    """A way to a person (settings.CHANNELS)."""

    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Web push"
    INAPP = "inapp", "Inbox on our pages"


class Purpose(models.TextChoices):
    """Why we write: what belongs to an order needs no consent, marketing does."""

    TRANSACTIONAL = "transactional", "About an order"
    MARKETING = "marketing", "Marketing"


class Topic(models.TextChoices):
    """What marketing is about: what a person can switch off by itself in the preference centre."""

    NEWS = "news", "News and offers"
    TIPS = "tips", "Tips for what you bought"
    REVIEWS = "reviews", "Questions about how you liked it"
    REMINDERS = "reminders", "Reminders to buy or look after something again"
    OCCASIONS = "occasions", "Birthdays, anniversaries and thanks"


class Hold(models.TextChoices):
    """Why a message is held back. `AGAIN` are looked at again by themselves, the others end there."""

    LATE = "late", "Too late"
    OVERTAKEN = "overtaken", "Overtaken"
    ADDRESS = "address", "No way to reach them"
    CONSENT = "consent", "No consent"
    MUTED = "muted", "Switched off by them"
    QUIET = "quiet", "Quiet hours"
    CAP = "cap", "Enough messages for now"
    MOOD = "mood", "Not the moment"
    MERGED = "merged", "Told with another message"
    PAUSED = "paused", "Journey or campaign is paused"
    STOPPED = "stopped", "Journey or campaign was stopped"
    CASE = "case", "A person is talking to them"


# Holds that pass with time: the message waits for the next look, up to its expiry.
AGAIN = frozenset({Hold.QUIET, Hold.CAP, Hold.MOOD, Hold.PAUSED, Hold.CASE})


class Tier(models.TextChoices):
    """Loyalty tiers, lowest first."""

    NONE = "", "None"
    BRONZE = "bronze", "Bronze"
    SILVER = "silver", "Silver"
    GOLD = "gold", "Gold"
