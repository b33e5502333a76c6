"""What helps with a thing once it is there: which guides are for it, and how they are found by words."""

from engagement.guides.matching import for_order, for_products

__all__ = ["for_order", "for_products"]
