"""Whatever colour a store picks, its page can be read (WCAG 2.2, 1.4.3)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from config.lib.brand import NIGHT, PAPER, contrast, palette

colors = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@settings(max_examples=1000, deadline=None)
@given(colors)
def test_no_brand_colour_makes_an_unreadable_page(color):
    made = palette(color)

    assert contrast(made["fill"], made["on_fill"]) >= 4.5
    assert contrast(made["accent_light"], PAPER) >= 4.5
    assert contrast(made["accent_dark"], NIGHT) >= 4.5


def test_a_readable_colour_is_left_alone():
    assert palette("#8a3d1c")["fill"] == "#8a3d1c"
