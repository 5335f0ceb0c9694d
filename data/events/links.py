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
#: A name of the domain name system has no more.
_LONGEST_HOST: Final = 253
_DEFAULT_PORT: Final = {"http": ":80", "https": ":443"}
#: Parameters that say which mail or advertisement led here, not where to.
_TRACKING: Final = re.compile(
    r"utm_.*|mtm_.*|pk_.*|matomo_.*|oly_.*|_hs.*|hsa_.*|hsctatracking|mc_[ce]id|mkt_tok|gclid|gclsrc|"
    r"dclid|gbraid|wbraid|"
    r"fbclid|msclkid|yclid|ttclid|twclid|li_fat_id|igshid|igsh|_ga|_gl|_kx|_ke|vero_(id|conv)|wickedid|"
    r"ck_subscriber_id|"
    r"_bta_(tid|c)|trk(_.*)?|elq.*|s_cid|cmpid|rb_clickid|sscid|spm|_openstat|epik|ml_subscriber.*|dm_i|"
    r"ref_src|__s|"
    r"piwik_.*|hubs_.*|srsltid|wt_(mc|zmc|ref)|at_(medium|campaign|creation|emailtype|link_.*|"
    r"recipient_.*)|cm_mm[ac].*|"
    r"s_kwcid|sc_(cid|campaign|channel)|zanpid|mkwid|dicbo|tduid|guccounter|guce_.*|oft_.*|nr_.*|emci|"
    r"emdi|ceid",
    re.IGNORECASE,
)
#: Parameters that say who the reader is, by their names without "_" and "-".
_PERSONAL: Final = re.compile(
    r"(contact|lead|user|person|people|profile|subscriber|recipient|customer|client|member|account|"
    r"visitor|prospect|"
    r"respondent|participant|employee|guest)(id|key|hash|token|uuid|guid|email|mail|name|no|number)?|"
    r"e|em|eml|e?mail|mailid|emailaddress|email(id|hash)|uid|cid|rid|sid|eid|lid|guid|uuid|"
    r"(access|auth|login|session|magic|reset|invite|unsubscribe|unsub|optout|preview|share|csrf|id|"
    r"refresh|api)?"
    r"(token|key|hash|signature|secret|password|passwd|otp|jwt|nonce)|sig|auth|pw|pwd|tok|session(id)?|"
    r"(first|last|full|sur|f|l|given|family)?name|(tele)?phone(number)?|tel|mobile|birthday|dob|ip|"
    # In German, French, Spanish, Italian, Portuguese and Dutch.
    r"(vor|nach|familien)name|(kunden?|mitglieds?|teilnehmer|empfänger|benutzer|nutzer)(nr|nummer|id|nam?e)?|"
    r"telefon(nummer|o)?|handy(nr|nummer)?|geburts(datum|tag)|pr[eé]nom|nom|courriel|t[eé]l[eé]phone|"
    r"(client|adh[eé]rent|"
    r"abonn[eé]|destinataire|utilisateur)(id|no|num[eé]ro)?|nombre|apellidos?|correo(electr[oó]nico)?|"
    r"tel[eé]fono|cognome|"
    r"nome|sobrenome|(cliente|usuario|utente|us[uú]ario|destinatario)(id|numero)?|(voor|achter)naam|"
    r"klant(id|nr|nummer)?",
    re.IGNORECASE,
)
#: What stands in a path in front of somebody's number: "/unsubscribe/81234".
_BEFORE_A_NUMBER: Final = re.compile(
    r"unsub(scribe)?|optout|(email)?pref(s|erences)?|abmelden|abbestellen|desabonner|d[eé]sinscription|"
    r"baja|afmelden|u|"
    r"contacts?|leads?|users?|persons?|people|profiles?|subscribers?|recipients?|customers?|members?|"
    r"accounts?|prospects?",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[A-Za-z_-]{0,3}\d[\w-]{3,}")
_TELEPHONE: Final = re.compile(r"\+?[\d\s()./-]{8,24}")
#: Signs that need no percent sign, and the spelling of those that do (RFC 3986, 6.2.2).
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_UUID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_RUN: Final = re.compile(r"[A-Za-z0-9]{12,}")


@lru_cache(maxsize=65_536)
def link_of(url: str) -> str:
    """The address without what is personal or only tracks, in one spelling. What is no web address is kept.

    Linear in its length. The link of a link is itself.
    """
    if _PLAIN.fullmatch(url):
        return url
    text = _PERCENT.sub(_percent, _ESCAPED.sub("&", url.strip()))
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return _without_scheme(text)
    scheme, host, path, query, fragment = found.groups()
    scheme = scheme.lower()
    host = host.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORT.get(scheme, ":")).rstrip(".")
    if not host.isascii():
        host = _in_ascii(host)
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


def _percent(escaped: re.Match[str]) -> str:
    """One spelling of an escaped sign."""
    sign = chr(int(escaped.group(1), 16))
    return sign if sign in _UNRESERVED else escaped.group().upper()


def _in_ascii(host: str) -> str:
    """The host as it is looked up: "bücher.example" and "xn--bcher-kva.example" are one."""
    if len(host) > _LONGEST_HOST:
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _path(path: str) -> str:
    parts = path.split("/")
    return "/".join(
        MASK
        if _is_personal(part)
        or (at and _NUMBER.fullmatch(part) and _BEFORE_A_NUMBER.fullmatch(re.sub(r"[_-]", "", parts[at - 1])))
        else part
        for at, part in enumerate(parts)
    )


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
    if (plain := unquote(value)).startswith(("+", "00")) and _TELEPHONE.fullmatch(plain):
        return True
    return any(_is_token(run) for run in _RUN.findall(value))


def _is_token(run: str) -> bool:
    """Letters and digits that no word is made of."""
    digits = sum(character.isdigit() for character in run)
    if digits >= 2 and (digits < len(run) or len(run) >= 9):
        return digits >= 4 or len(run) >= 16
    mixed = any(a.islower() and b.isupper() for a, b in pairwise(run))
    return len(run) >= 20 and mixed and sum(map(str.isupper, run)) >= 4
