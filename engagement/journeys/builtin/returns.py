"""What is told of returns and claims: the news itself is made by engagement/return_handlers.py."""

from engagement.journeys.builtin.definition import Builtin, tell
from engagement.return_handlers import TELLS

JOURNEYS = (
    Builtin(
        "return_stages",
        "Return stages",
        "Tells every stage of a return, an exchange or a claim: approved, label, on its way, arrived, "
        "inspected, money.",
        tell(*TELLS),
    ),
)
