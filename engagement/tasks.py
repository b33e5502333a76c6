"""What workers run; see config/wiring.py."""

from datetime import datetime

from engagement import sending


def send_messages(*, at: datetime) -> int:
    """Send messages due at `at`. Returns how many were dealt with."""
    return sending.send_due(at=at)
