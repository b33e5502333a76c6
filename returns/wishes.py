"""What a shopper asks for, unit by unit: plain data that forms, the API and staff hand to the services."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """
    One unit that is to go back, or that is claimed.

    `line_id`, `index`, `part_id`, `part_index`: which unit (returns/pieces.py). `reason`, `outcome`:
    returns/vocabulary.py. `keep`: nothing has to be sent for it; None: the policy says. `variant_id`: what is
    wanted in exchange. `photo_ids`: primary keys of ReturnPhoto.
    """

    line_id: int
    index: int
    reason: str
    outcome: str
    part_id: int | None = None
    part_index: int = 0
    words: str = ""
    keep: bool | None = None
    variant_id: int | None = None
    photo_ids: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Return the name of the unit within its order, as `Piece.key` and `Return.why` have it."""
        return unit_key(self.line_id, self.index, self.part_id, self.part_index)


def unit_key(line_id: int, index: int, part_id: int | None = None, part_index: int = 0) -> str:
    """Return a unit's name within its order: "<line>-<index>", "<line>-<index>-<part>-<part index>"."""
    base = f"{line_id}-{index}"
    return f"{base}-{part_id}-{part_index}" if part_id else base
