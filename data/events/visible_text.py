"""The part of a mail its writer wrote: quoted mail and signature removed, in one pass over its lines.

Every look is at a bounded piece of a line, and at a bounded number of lines around it: the time grows with the
length of the text, whatever is in it.
"""

from __future__ import annotations

import re
from typing import Final

#: Nobody writes more; what is longer is pasted, and no rule needs it.
_LONGEST: Final = 100_000
#: How much of a line is looked at, at its beginning and its end, and over how many lines a quote's opening
#: is wrapped.
_HEAD: Final = 240
_WRAPPED: Final = 3
#: How far below the first line of a block of headers another one must stand.
_BLOCK: Final = 6

#: "wrote", as mail programs put it at the end of "On … Bob <bob@x> wrote:".
_WROTE: Final = re.compile(
    r"(?:\bwrote|\ba écrit|\ba ecrit|\bschrieb\b[^\n]{0,100}|\bschreef\b[^\n]{0,100}|\bescribió|\bescribio|"
    r"\bha scritto|\bescreveu|\bnapisał(?:\(a\)|a)?|\bpisze|\bskrev\b[^\n]{0,100}|\bkirjoitti|\bnapsal(?:\(a\)|a)?|"
    r"\bezt írta|\ba scris|\bέγραψε|\bпишет|\bнаписал(?:\(а\)|а)?|\bпише|\bşunu yazdı|\byazdı|写道|寫道|"
    r"のメール|さんは書きました|書きました|님이 작성)\s{0,3}[:：]?$",
    re.IGNORECASE,
)
#: The writer speaking of themselves: "On 3 September I wrote:" is a sentence.
_FIRST_PERSON: Final = re.compile(
    r"\b(?:i|we|you|she|he|they) (?:\w{1,12} )?wrote|\bj'(?:ai|avais) écrit|\b(?:nous|vous) avez? écrit|"
    r"\bschrieb (?:ich|wir|er|sie|ihr)\b|\b(?:ich|wir) schrieb(?:en)?\b|\bschreef ik\b|"
    r"\bik schreef\b|\bskrev (?:jeg|jag)\b|"
    r"\b(?:jeg|jag) skrev\b|\bho scritto\b|\bescribí\b|\bescrevi\b|\bnapisałem\b|\bnapisałam\b|\bя написала?\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,100}")
_STAMP: Final = re.compile(
    r"\b\d{1,2}[:.h]\d{2}\b|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d年|\d時"
)
_OPENS: Final = re.compile(
    r"(?:[>\-\s]{0,6})(?:on|le|am|op|el|il|den|em|a|w dniu|dnia|dne|pe|на|в|at)\b", re.IGNORECASE
)
#: Names of headers, as Outlook and its like write them above what they quote.
_FROM: Final = re.compile(
    r"\*{0,2}(?:from|von|de|da|van|od|fra|från|от|від|kimden|gönderen|kimden|feladó|lähettäjä|发件人|寄件者|寄件人|"
    r"差出人|送信者|보낸 사람)\*{0,2}\s{0,3}[:：]",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(
    r"\*{0,2}(?:sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|envoyé le|date|à|objet|enviado|"
    r"enviado el|enviada|enviado em|fecha|data|para|asunto|assunto|inviato|a|oggetto|verzonden|"
    r"aan|onderwerp|wysłano|"
    r"wysłane|do|dw|temat|sendt|dato|til|emne|skickat|till|ämne|отправлено|дата|кому|копия|тема|gönderildi|"
    r"gönderme tarihi|tarih|kime|konu|bilgi|发送时间|"
    r"时间|日期|收件人|抄送|主题|主題|傳送時間|收件者|送信日時|日時|宛先|"
    r"件名|보낸 날짜|받는 사람|제목)\*{0,2}\s{0,3}[:：]",
    re.IGNORECASE,
)
_DIVIDER: Final = re.compile(
    r"(?:-{2,}|_{2,}|={3,})\s{0,5}(?:original|forwarded|reply|ursprüngliche|weitergeleitete|"
    r"message d|message transféré|"
    r"mensaje|messaggio|mensagem|oorspronkelijk|doorgestuurd|oprindelig|videresendt|opprinnelig|ursprungligt|"
    r"vidarebefordrat|wiadomość|исходное|пересыл|özgün|orijinal|iletilen|原始邮件|原始郵件|转发|元のメッセージ|転送|원본)",
    re.IGNORECASE,
)
_LINE: Final = re.compile(r"_{10,}$")
_FORWARDED: Final = re.compile(r"begin forwarded message\s{0,3}:", re.IGNORECASE)
_DASHED_NAME: Final = re.compile(r"-{1,2} ?[^\W\d_a-z]\w*(?: [^\W\d_a-z]\w*){0,2}$")
_RULE: Final = re.compile(r"[-_=*]{3,}$")
_SIGNATURE: Final = re.compile(
    r"--$|—$|__+$|(?:sent from (?:my|yahoo|mail for|outlook|samsung)\b|sent (?:via|using|"
    r"with) \w|get outlook for\b|"
    r"(?:von|gesendet von) mein(?:em|er) \w+|gesendet mit\b|envoyé (?:de(?:puis)?) mon\b|enviado desde mi\b|"
    r"enviado do meu\b|inviato da(?:l mio)?\b|verzonden (?:vanaf|met|vanuit) (?:mijn|outlook)\b|"
    r"wysłane z\b|sendt fra min\b|"
    r"skickat från min\b|отправлено (?:с|из)\b|iphone'umdan gönderildi|发自我的|從我的|iphoneから送信)",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """The part of a reply its writer wrote: quoted mail and signature removed, outer white space stripped."""
    if not text or not text.strip():
        return ""
    lines = text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    # What is looked at of each line; one long line costs as much as its length, once.
    heads = [line.strip()[:_HEAD] for line in lines]
    tails = [line.rstrip()[-_HEAD:].lstrip() for line in lines]
    kept: list[str] = []
    answered = _answered_below(heads)
    number = 0
    while number < len(lines):
        head = heads[number]
        if head.startswith((">", "&gt;")) and not _attribution(heads, tails, number):
            number += 1
            continue
        if _signature(head) or _DIVIDER.match(head) or _LINE.match(head) or _FORWARDED.match(head):
            break
        if _FROM.match(head) and _is_block(heads, number):
            break
        if opening := _attribution(heads, tails, number):
            number += opening
            if not answered[min(number, len(heads))]:
                break
            continue
        kept.append(lines[number].rstrip())
        number += 1
    while kept and (not kept[-1].strip() or _RULE.match(kept[-1].strip())):
        kept.pop()
    if (
        len(kept) > 1
        and _DASHED_NAME.match(kept[-1].strip()[:_HEAD])
        and not kept[-2].lstrip().startswith("-")
    ):
        kept.pop()
    return "\n".join(kept).strip()


def _signature(head: str) -> bool:
    return bool(_SIGNATURE.match(head))


def _is_block(heads: list[str], number: int) -> bool:
    """Whether the "From:" of a line is the first of a block of headers."""
    below = [head for head in heads[number + 1 : number + 1 + _BLOCK] if head]
    named = sum(1 for head in below if _HEADER.match(head))
    return named >= 2 or (named == 1 and bool(_ADDRESS.search(heads[number])))


def _attribution(heads: list[str], tails: list[str], number: int) -> int:
    """Over how many lines, from `number` on, "On … Bob <bob@x> wrote:" goes; 0 when there is none."""
    if not heads[number]:
        return 0
    whole = ""
    for width in range(1, _WRAPPED + 1):
        at = number + width - 1
        if at >= len(heads) or (width > 1 and not heads[at]):
            return 0
        whole = f"{whole} {heads[at] if len(heads[at]) < _HEAD else tails[at]}".strip()
        ends = tails[at].endswith((":", "："))
        if not ends and width < _WRAPPED and at + 1 < len(heads):
            # "schrieb Bob <", and the address on the next line.
            ends = not (tails[at + 1].endswith((":", "：")) and _ADDRESS.search(heads[at + 1]))
        if ends and (tails[at].endswith((":", "：")) or _WROTE.search(tails[at][-140:])):
            return width if _opens_quote(whole, heads, at) else 0
        if width == 1 and not (_OPENS.match(heads[number]) or _STAMP.search(heads[number])):
            return 0
    return 0


def _opens_quote(whole: str, heads: list[str], at: int) -> bool:
    """Whether a text that ends in "wrote:" or in a colon is what a mail program writes above what it quotes."""
    if _FIRST_PERSON.search(whole):
        return False
    wrote = bool(_WROTE.search(whole[-160:]))
    stamped, addressed = bool(_STAMP.search(whole)), bool(_ADDRESS.search(whole))
    if stamped and (wrote or addressed):
        return True
    if not wrote:
        return False
    quoted = next((head for head in heads[at + 1 : at + 3] if head), "").startswith((">", "&gt;"))
    return addressed or quoted


def _answered_below(heads: list[str]) -> list[bool]:
    """For each line whether, from it on, somebody answered between quoted lines: some are quoted, some are not."""
    below = [False] * (len(heads) + 1)
    quoted = written = False
    for number in range(len(heads) - 1, -1, -1):
        if heads[number].startswith((">", "&gt;")):
            quoted = True
        elif heads[number]:
            written = True
        below[number] = quoted and written
    return below
