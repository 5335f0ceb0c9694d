"""How a campaign is named in an address: letters of its name, and a digest that tells equal ones apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

#: What an address may hold in a campaign's place.
PATTERN = r"[a-z0-9][a-z0-9-]{0,59}"
_LETTERS = 40


def campaign_key(name: str) -> str:
    """ "Été: relance" → "ete-relance-1f3a9c2e": the same for the same name, whatever else there is."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LETTERS].strip("-") or "campaign"
    return f"{slug}-{blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def campaign_of(key: str, names: Iterable[str]) -> str | None:
    """The campaign of an address among those the asker may see; None for any other."""
    return next((name for name in names if campaign_key(name) == key), None)
