"""How the back-office names things of the conversation."""

from engagement.journeys.naming import names_of, rule_words
from engagement.kinds import KINDS

__all__ = ["kind_words", "names_of", "rule_words"]


def kind_words(code: str) -> str:
    """Return a kind of message in words."""
    return KINDS[code].label if code in KINDS else code.replace("_", " ").strip().capitalize()
