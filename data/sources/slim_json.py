"""JSON in one pass, piece by piece, without its attachments: their strings become empty, long texts are cut."""

from __future__ import annotations

import re
from typing import Final

#: Bytes of one text that are kept. No rule reads more of a mail's text.
MOST_OF_TEXT: Final = 300_000
#: How much of a string is remembered, in case it is a name.
_LONGEST_NAME: Final = 64
_QUOTE: Final = re.compile(rb'"')
_IN_STRING: Final = re.compile(rb'["\\]')


class SlimJson:
    """`feed` gives on what is kept of a piece. `dropped`: the names whose strings are left out."""

    def __init__(self, dropped: re.Pattern[bytes]) -> None:
        self._names = dropped
        self._inside = self._escaped = self._dropped = self._is_value = self._cut = False
        self._string = bytearray()  # the beginning of the string being read, to know a name by
        self._name = b""
        self._size = 0

    def feed(self, piece: bytes) -> bytes:
        """What is kept of a piece."""
        out = bytearray()
        at = 0
        while at < len(piece):
            if not self._inside:
                at = self._between(piece, at, out)
            elif self._escaped:
                self._escaped = False
                if not self._dropped and not self._cut:
                    out += b"\\" + piece[at : at + 1]
                    self._size += 2
                at += 1
            else:
                at = self._string_goes_on(piece, at, out)
        return bytes(out)

    def end(self) -> bytes:
        """Nothing is held back."""
        return b""

    def _between(self, piece: bytes, at: int, out: bytearray) -> int:
        found = _QUOTE.search(piece, at)
        end = len(piece) if found is None else found.end()
        between = piece[at:end]
        out += between
        if marks := between.strip(b' \t\r\n"'):
            self._is_value = marks.endswith(b":")
        if found is not None:
            self._inside, self._size, self._cut = True, 0, False
            self._dropped = self._is_value and self._names.fullmatch(self._name) is not None
            self._string.clear()
        return end

    def _string_goes_on(self, piece: bytes, at: int, out: bytearray) -> int:
        found = _IN_STRING.search(piece, at)
        end = len(piece) if found is None else found.start()
        run = piece[at:end]
        if len(self._string) < _LONGEST_NAME:
            self._string += run[:_LONGEST_NAME]
        if not self._dropped and not self._cut:
            # Not within the four digits of an escape, nor within a character.
            room = max(MOST_OF_TEXT - self._size, 4)
            while room < len(run) and run[room] & 0xC0 == 0x80:
                room += 1
            out += run[:room]
            self._size += len(run)
            self._cut = self._size > MOST_OF_TEXT + 8
        if found is None:
            return end
        if found.group() == b"\\":
            self._escaped = True
        else:
            self._inside = False
            self._name = bytes(self._string)
            out += b'"'
        return end + 1
