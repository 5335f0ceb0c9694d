"""An agency's colour and logo: on its own portals at once, small, and nothing but a picture."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from dashapp.agencies import branding
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Agency
from dashapp.errors import Refused
from tests.support.portal_house import House


def picture(
    size: tuple[int, int] = (1200, 300), kind: str = "PNG", mode: str = "RGBA", **more: object
) -> bytes:
    """A red picture with an eighth of its width transparent on either side."""
    made = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else (200, 0, 0))
    made.paste((200, 0, 0), (size[0] // 8, 0, size[0] - size[0] // 8, size[1]))
    written = io.BytesIO()
    made.save(written, kind, **more)
    return written.getvalue()


def dress(house: House, **how: object) -> None:
    with house.services.session() as session:
        agency = session.get_one(Agency, house.north_id)
        branding.dress(session, agency, **how)  # type: ignore[arg-type]


def test_a_portal_changes_its_dress_at_the_next_request_and_no_other_agencys_does(
    house: House, guest: FlaskClient
) -> None:
    house.send(house.harbour, "h", 3)
    (_, alices), (_, charlies) = house.share(house.harbour), house.share(house.colossus)
    before, charlies_before = guest.get(alices).text, guest.get(charlies).text
    assert 'class="mark"' in before
    dress(house, brand="#7c3aed", logo=picture())
    page = guest.get(alices).text
    assert "--brand:#7c3aed" in page
    found = re.search(r'<img src="(logo\?v=[0-9a-f]{16})"', page)
    assert found is not None
    answer = guest.get(alices + found[1])
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert guest.get(charlies).text == charlies_before
    assert guest.get(charlies + found[1]).status_code == 404  # Charlie's agency has none
    dress(house, without_logo=True)
    assert 'class="mark"' in guest.get(alices).text
    with house.services.reading() as session:
        told = [one.detail for one in session.query(AuditEntry).filter_by(verb="agency.brand")]
    assert told[0].startswith("#7c3aed, logo ")
    assert told[1] == "logo removed"


def test_a_logo_is_made_small_and_keeps_nothing_of_its_file() -> None:
    note = Image.Exif()
    note[0x010E] = "taken at home"
    made = branding.small(picture((4000, 1000), "JPEG", "RGB", exif=note))
    with Image.open(io.BytesIO(made)) as shown:
        assert (shown.format, shown.size, len(shown.getexif())) == ("PNG", (384, 96), 0)
    # 1,200 wide, an eighth transparent on either side: 900 × 300 remain, 96 high.
    with Image.open(io.BytesIO(branding.small(picture()))) as shown:
        assert shown.size == (288, 96)
    with Image.open(io.BytesIO(branding.small(picture((40, 10))))) as shown:
        assert shown.size == (30, 10)  # never larger than it is


def bomb() -> bytes:
    """A PNG whose head says 60,000 × 60,000."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "this file is none"),
        (b"", "this file is none"),
        (picture()[:200], "this file is none"),
        (b"\x89PNG" + bytes(branding.MOST_BYTES), "at most 1 MB"),
        (b"GIF89a/*<svg/onload=alert(1)>*/=1;alert(1)//", "this file is none"),
        (bomb(), "at most|this file is none"),
        (picture((6000, 6000), "PNG"), "at most 10 million pixels"),
    ],
    ids=["svg", "nothing", "half", "heavy", "polyglot", "bomb", "large"],
)
def test_what_is_no_logo_is_refused_and_the_old_one_stays(house: House, file: bytes, why: str) -> None:
    dress(house, logo=picture())
    with pytest.raises(Refused, match=why):
        dress(house, logo=file)
    with house.services.reading() as session:
        assert session.get_one(Agency, house.north_id).logo == branding.small(picture())


@pytest.mark.parametrize(
    ("kind", "name", "fits"),
    [
        ("PNG", "logo.png", True),
        ("PNG", "LOGO.PNG", True),
        ("JPEG", "logo.jpeg", True),
        ("JPEG", "logo.jpg", True),
        ("PNG", "logo.gif", False),
        ("JPEG", "logo.png", False),
        ("PNG", "logo.html", False),
        ("PNG", "logo.png.exe", False),
        ("PNG", "logo", False),
    ],
)
def test_the_name_of_a_logos_file_says_what_is_in_it(house: House, kind: str, name: str, fits: bool) -> None:
    file = picture((400, 100), kind, "RGB" if kind == "JPEG" else "RGBA")
    if fits:
        assert dress(house, logo=file, logo_name=name) is None
        return
    with pytest.raises(Refused, match=f"This picture is a {kind}, and the ending of its name says otherwise"):
        dress(house, logo=file, logo_name=name)


def test_what_stands_behind_a_picture_in_its_file_is_not_kept() -> None:
    made = branding.small(picture() + b"<script>alert(1)</script>")
    assert b"script" not in made
    assert made != picture()


_MEASURED = """
import resource, sys
from dashapp.agencies import branding
from dashapp.errors import Refused

def peak():  # of this program alone: what is counted by the system may be the starter's
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))

before = peak()
try:
    branding.small(sys.stdin.buffer.read())
except Refused:
    print((peak() - before) // 1024)
"""


def _of_many_pixels(side: int) -> bytes:
    """A PNG of that many black pixels a side, some hundred kB large."""
    packed, row = zlib.compressobj(9), b"\x00" * (side + 1)
    data = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is told by Linux")
def test_a_picture_of_169_million_pixels_is_refused_before_it_is_unpacked() -> None:
    bomb = _of_many_pixels(13_000)
    assert len(bomb) < 1_000_000
    done = subprocess.run([sys.executable, "-c", _MEASURED], input=bomb, capture_output=True, check=True)
    assert int(done.stdout) < 50, "MB on top"


def test_nothing_to_see_and_nothing_to_do_are_told() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(clear, "PNG")
    with pytest.raises(Refused, match="transparent"):
        branding.small(clear.getvalue())
