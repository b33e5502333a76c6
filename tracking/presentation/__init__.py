"""
What the order page says: pure functions from orders, parcels and scans to words and shapes. No queries, no
clock.
"""

from tracking.presentation.material import Level, Material, ParcelMaterial
from tracking.presentation.page import OrderPage, build_page
from tracking.presentation.voice import Voice, voice_for

__all__ = ["Level", "Material", "OrderPage", "ParcelMaterial", "Voice", "build_page", "voice_for"]
