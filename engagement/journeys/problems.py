"""What lint says."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Problem:
    """Something wrong (`level` "error") or unwise ("warning") at a `step` ('' for the whole), in words."""

    level: str
    step: str
    words: str
