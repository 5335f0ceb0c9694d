"""The demo agencies' logos, drawn pixel by pixel: a disc in the brand colour with a pine on it, as PNG."""

from __future__ import annotations

import struct
import zlib

SIZE = 128
_SAMPLES = (0.17, 0.5, 0.83)


def logo(brand: str) -> bytes:
    """A PNG of 128 × 128 pixels with a transparent ground. `brand`: a colour like "#7a3e9d"."""
    colour = tuple(int(brand[i : i + 2], 16) for i in (1, 3, 5))
    rows = bytearray()
    for y in range(SIZE):
        rows.append(0)  # each row of a PNG starts with its filter: none
        for x in range(SIZE):
            disc = pine = 0
            for dy in _SAMPLES:
                for dx in _SAMPLES:
                    u, v = (x + dx) / SIZE * 2 - 1, (y + dy) / SIZE * 2 - 1
                    if u * u + v * v <= 0.97:
                        disc += 1
                        pine += _in_pine(abs(u), v)
            white = pine / disc if disc else 0.0
            rows += bytes(round(part + (255 - part) * white) for part in colour)
            rows.append(round(255 * disc / 9))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _in_pine(u: float, v: float) -> bool:
    """Three stacked triangles and a trunk; `u`: distance from the axis, `v`: downwards, both −1 to 1."""
    if 0.52 <= v <= 0.70:
        return u <= 0.07
    return any(
        top <= v <= top + 0.44 and u <= (v - top) * spread
        for top, spread in ((-0.68, 0.62), (-0.34, 0.82), (0.1, 1.05))
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
