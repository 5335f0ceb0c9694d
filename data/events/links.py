"""One link however it is written: what answers group clicks by, and what they show of an address.

The address a person clicked is often theirs alone: it carries their id, a token that signs them in, their e-mail
address. What is personal is left out, so that the button is one row, and nobody who reads the answer learns it.
Stored events keep the address as it came; this is applied where clicks are counted and shown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

#: What stands for a personal part of a path: without it another page would be named.
MASK: Final = "…"
_PLAIN: Final = re.compile(r"https?://[a-z.-]+[a-z](?:/[a-zA-Z_.-]*)+")
_ADDRESS: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL
)
_ESCAPED: Final = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}
#: Parameters that say which mail or advertisement led here, not where to.
_TRACKING: Final = re.compile(
    r"utm_.*|mtm_.*|pk_.*|matomo_.*|oly_.*|_hs.*|hsa_.*|hsctatracking|mc_[ce]id|mkt_tok|gclid|gclsrc|dclid|gbraid|wbraid|"
    r"fbclid|msclkid|yclid|ttclid|twclid|li_fat_id|igshid|igsh|_ga|_gl|_kx|_ke|vero_(id|conv)|wickedid|ck_subscriber_id|"
    r"_bta_(tid|c)|trk_.*|elq.*|s_cid|cmpid|rb_clickid|sscid|spm|_openstat|epik|ml_subscriber.*|dm_i|ref_src|__s",
    re.IGNORECASE,
)
#: Parameters that say who the reader is, by their names without "_" and "-".
_PERSONAL: Final = re.compile(
    r"(contact|lead|user|person|people|profile|subscriber|recipient|customer|client|member|account|visitor|prospect|"
    r"respondent|participant|employee|guest)(id|key|hash|token|uuid|guid|email|mail|name|no|number)?|"
    r"e|em|eml|e?mail|mailid|emailaddress|email(id|hash)|uid|cid|rid|sid|eid|lid|guid|uuid|"
    r"(access|auth|login|session|magic|reset|invite|unsubscribe|unsub|optout|preview|share|csrf|id|refresh|api)?"
    r"(token|key|hash|signature|secret|password|passwd|otp|jwt|nonce)|sig|auth|pw|pwd|tok|session(id)?|"
    r"(first|last|full|sur|f|l|given|family)?name|phone(number)?|tel|mobile|birthday|dob|ip",
    re.IGNORECASE,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_RUN: Final = re.compile(r"[A-Za-z0-9]{12,}")


@lru_cache(maxsize=65_536)
def link_of(url: str) -> str:
    """The address without what is personal or only tracks, in one spelling. What is no web address is kept.

    Linear in its length. The link of a link is itself.
    """
    if _PLAIN.fullmatch(url):
        return url
    text = _ESCAPED.sub("&", url.strip())
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return _without_scheme(text)
    scheme, host, path, query, fragment = found.groups()
    scheme = scheme.lower()
    host = host.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORT.get(scheme, ":")).rstrip(".")
    link = f"{scheme}://{host}{_path(path) or '/'}"
    if kept := _parameters(query or ""):
        link += f"?{'&'.join(kept)}"
    if fragment and not _is_personal(fragment) and "=" not in fragment:
        link += f"#{fragment}"
    return link


def _without_scheme(text: str) -> str:
    """`mailto:` and the like name a person; a bare path is taken as one."""
    scheme, colon, _ = text.partition(":")
    if colon and scheme.lower() in ("mailto", "tel", "sms"):
        return f"{scheme.lower()}:{MASK}"
    if "?" in text:
        path, _, query = text.partition("?")
        kept = "&".join(_parameters(query.partition("#")[0]))
        return _path(path) + (f"?{kept}" if kept else "")
    return _path(text)


def _path(path: str) -> str:
    return "/".join(MASK if _is_personal(part) else part for part in path.split("/"))


def _parameters(query: str) -> list[str]:
    """The parameters that belong to the address, sorted: their order says nothing."""
    kept = []
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if not parameter or _TRACKING.fullmatch(unquote(name)):
            continue
        if (
            _PERSONAL.fullmatch(re.sub(r"[_\-\[\].]", "", unquote(name)))
            or _is_personal(value)
            or _is_personal(name)
        ):
            continue
        kept.append(parameter)
    return sorted(kept)


def _is_personal(value: str) -> bool:
    """Whether a text is an address of a person, a token or a long number."""
    if len(value) < 5:
        return False
    if "@" in value or "%40" in value or "@" in unquote(value):
        return True
    if len(value) < 9:
        return False
    if value.isdigit() or _UUID.search(value):
        return True
    return any(_is_token(run) for run in _RUN.findall(value))


def _is_token(run: str) -> bool:
    """Letters and digits that no word is made of."""
    digits = sum(character.isdigit() for character in run)
    if digits >= 2 and (digits < len(run) or len(run) >= 9):
        return digits >= 4 or len(run) >= 16
    mixed = any(a.islower() and b.isupper() for a, b in pairwise(run))
    return len(run) >= 20 and mixed and sum(map(str.isupper, run)) >= 4
