"""An address as a QR code in SVG, drawn by us and standing in the page itself: nobody else learns who looks."""

from __future__ import annotations

from functools import lru_cache

import segno

LONGEST = 512  # characters of an address; a code of more is too fine for a phone to read from a wall


@lru_cache(maxsize=256)
def qr(address: str, title: str) -> str:
    """The code as markup for a page, in its quiet zone of four modules (ISO/IEC 18004), as large as its box.

    Empty for an address that is too long.
    """
    if len(address) > LONGEST:
        return ""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(title=title, omitsize=True, svgclass="qr", lineclass=None, border=4)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" role="img" ', 1)
