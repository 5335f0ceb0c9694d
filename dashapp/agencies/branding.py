"""An agency's colour and logo: what its clients see on every portal, log-in of a link and report."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.db.tenants import Agency
from dashapp.errors import Refused

#: What a picture may be before it is made small: bytes, and pixels it unpacks to.
MOST_BYTES, MOST_PIXELS = 1_000_000, 10_000_000
#: Three times the room a portal's header has for it, for screens with three pixels to one.
BOX: Final = (420, 96)
#: The kinds of picture, and the endings each may have.
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
}
#: What may be uploaded on the page: less, for it comes in a request.
MOST_UPLOADED, UPLOADED = 1_000_000, ("PNG", "JPEG", "WEBP")


def dress(
    session: Session,
    agency: Agency,
    *,
    brand: str | None = None,
    logo: bytes | None = None,
    logo_name: str | None = None,
    without_logo: bool = False,
    actor: str = "cli",
) -> None:
    """Give the agency a colour (`dashapp/ui/brand.py` has checked it), a logo (a picture as it was uploaded, and
    what its file is called), or take the logo away. Open portals show it at their next request. Raises Refused.
    """
    changed = []
    if brand is not None:
        agency.brand = brand
        changed.append(brand)
    if without_logo or logo is not None:
        agency.logo = None if logo is None else small(logo, logo_name)
        agency.logo_digest = None if agency.logo is None else hashlib.sha256(agency.logo).hexdigest()[:16]
        changed.append(f"logo {agency.logo_digest or 'removed'}")
    if not changed:
        raise Refused("Choose what to change: the colour, the logo, or both.")
    session.flush()
    audit.record(session, actor, "agency.brand", agency_id=agency.id, detail=", ".join(changed))


def check_kind(picture: bytes) -> None:
    """Refuse what is no PNG, JPEG or WebP, whatever it is called; `small` then decodes it."""
    try:
        with Image.open(io.BytesIO(picture), formats=UPLOADED):
            return
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused("A logo is a PNG, JPEG or WebP picture; this file is none.") from error


def small(picture: bytes, name: str | None = None) -> bytes:
    """A picture as a PNG of at most BOX pixels, and nothing else of what was in its file.

    Raises Refused, also when its file's `name` says that it is something else.
    """
    if len(picture) > MOST_BYTES:
        raise Refused("A logo can have at most {n} MB.", n=MOST_BYTES // 1000000)
    try:
        with Image.open(io.BytesIO(picture), formats=list(FORMATS)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("A logo can have at most {n} million pixels.", n=MOST_PIXELS // 1000000)
            if name is not None and PurePath(name).suffix.lower() not in FORMATS[str(opened.format)]:
                raise Refused(
                    "This picture is a {format}, and the ending of its name says otherwise.",
                    format=opened.format,
                )
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused("A logo is a PNG, JPEG, WebP or GIF picture; this file is none.") from error
    edges = turned.getchannel("A").getbbox()  # empty edges would make what can be seen of it smaller
    if edges is None:
        raise Refused("There is nothing to see in this picture: all of it is transparent.")
    shown = turned.crop(edges)
    shown.thumbnail(BOX, Image.Resampling.LANCZOS)
    made = io.BytesIO()
    shown.save(made, "PNG", optimize=True)
    return made.getvalue()
