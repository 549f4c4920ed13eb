"""What pages must keep to on screens of any size."""

from playwright.sync_api import Page

WIDTHS = (1280, 768, 360)

CUT_OFF = """
[...document.querySelectorAll(".table-region")]
    .filter((region) => region.checkVisibility() && region.scrollWidth > region.clientWidth)
    .map((region) => region.ariaLabel)
"""


def fits_every_screen(page: Page, *, tables_on: tuple[int, ...] = ()) -> None:
    """See that a page, loaded once, fits a desk, a tablet and a phone; on some also its tables."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        found = page.evaluate("document.documentElement.scrollWidth")
        assert found == width, f"{page.url} is {found} wide"
        if width in tables_on:
            cut_off = page.evaluate(CUT_OFF)
            assert not cut_off, f"{cut_off} of {page.url} at {width}"
