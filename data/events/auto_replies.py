"""Which incoming mail no person wrote: absence notices and automatic answers.

Headers decide first (RFC 3834 and what mail systems write instead). A subject decides only by the words an
autoresponder puts in front of the subject it answers: after "Re:" stands the campaign's own subject, which may well
speak of holidays. The text decides only when it is an absence notice and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

AutoReply = Literal["out_of_office", "auto_reply"]
Headers = Iterable[tuple[str, str]]

#: What an autoresponder writes in front of the subject it answers, by language.
_AUTOMATIC: Final = {
    "en": "automatic reply|auto reply|auto-reply|autoreply|automated reply|automatic response|"
    "automated response|"
    "auto response|auto-response|autoresponse|autoresponder",
    "fr": "réponse automatique|reponse automatique|répondeur automatique|réponse auto|"
    "accusé de réception automatique",
    "de": "automatische antwort|automatische rückantwort|autom. antwort|auto-antwort|autoantwort|"
    "automatische eingangsbestätigung|automatische e-mail-antwort",
    "es": "respuesta automática|respuesta automatica|contestación automática|autorrespuesta",
    "it": "risposta automatica|risponditore automatico",
    "pt": "resposta automática|resposta automatica|resposta automática de ausência",
    "nl": "automatisch antwoord|automatische reactie|automatische beantwoording|automatisch bericht",
    "pl": "automatyczna odpowiedź|automatyczna odpowiedz|odpowiedź automatyczna|autoodpowiedź|autoresponder",
    "da": "autosvar|automatisk svar|automatisk besvarelse",
    "sv": "autosvar|automatiskt svar|automatsvar",
    "fi": "automaattinen vastaus",
    "cs": "automatická odpověď|automatická odpoveď",
    "hu": "automatikus válasz",
    "ro": "răspuns automat",
    "el": "αυτόματη απάντηση",
    "ru": "автоответ|автоматический ответ|автоответчик|автоматическое уведомление",
    "uk": "автоматична відповідь|автовідповідь",
    "tr": "otomatik yanıt|otomatik cevap|otomatik mesaj",
    "zh": "自动回复|自动答复|自動回覆|自動回復|自动应答",
    "ja": "自動応答|自動返信|自動送信",
    "ko": "자동 회신|자동 응답|자동회신|자동응답",
}
_ABSENT: Final = {
    "en": "out of office|out of the office|out-of-office|ooo|away from the office|"
    "away from my desk|on vacation|"
    "on holiday|on leave|on annual leave|on parental leave|on maternity leave|on paternity leave|on sick leave|"
    "vacation reply|vacation response|vacation message|vacation notice|absence notice|absence notification|"
    "not in the office|i am out of the office|i am out of office|i'm out of office|"
    "i'm out of the office|i am on leave|i am on holiday|i am away",
    "fr": "absence du bureau|absent du bureau|absente du bureau|absent|absente|absence|message d'absence|"
    "notification d'absence|avis d'absence|hors du bureau|en congé|en congés|je suis absent|je suis absente|"
    "je suis en congés|en vacances",
    "de": "abwesenheitsnotiz|abwesenheitsassistent|abwesenheitsmeldung|abwesenheitsnachricht|"
    "abwesenheit|abwesend|"
    "ich bin abwesend|außer haus|ausser haus|nicht im büro|nicht im haus|im urlaub|urlaub|urlaubsnotiz|"
    "ich bin im urlaub|in elternzeit",
    "es": "fuera de la oficina|fuera de oficina|ausente de la oficina|ausente|ausencia|aviso de ausencia|"
    "de vacaciones|estoy de vacaciones|estoy fuera de la oficina|mensaje de ausencia",
    "it": "fuori ufficio|fuori sede|assente dall'ufficio|assenza dall'ufficio|assente|assenza|in ferie|"
    "sono in ferie|messaggio di assenza",
    "pt": "fora do escritório|fora do escritorio|fora da empresa|ausência|ausencia|ausente|aviso de ausência|"
    "ausência temporária|de férias|em férias|estou de férias|mensagem de ausência",
    "nl": "afwezig|afwezigheid|afwezigheidsbericht|afwezigheidsmelding|niet aanwezig|"
    "niet op kantoor|met vakantie|"
    "op vakantie|met verlof|ik ben afwezig|buiten kantoor",
    "pl": "poza biurem|nieobecność|nieobecnosc|nieobecny|nieobecna|jestem poza biurem|na urlopie|urlop|"
    "nieobecność w biurze",
    "da": "fraværsmeddelelse|fraværsbesked|fravær|fraværende|ikke på kontoret|ikke til stede|ude af kontoret|"
    "ude af huset|på ferie|jeg er på ferie|fraværsmelding|ikke til stede på kontoret",
    "sv": "frånvarande|frånvaro|frånvaromeddelande|frånvarobesked|inte på kontoret|ej på kontoret|på semester|"
    "semester|jag är på semester|tjänstledig|föräldraledig",
    "fi": "poissa toimistosta|poissa|lomalla",
    "cs": "mimo kancelář|nepřítomnost|dovolená",
    "hu": "házon kívül|irodán kívül|szabadságon",
    "ru": "отсутствую|отсутствие|отпуск|отсутствую в офисе|отсутствие на рабочем месте|"
    "нет на месте|вне офиса|в отпуске|"
    "я в отпуске|нахожусь в отпуске",
    "tr": "ofis dışında|ofis dışındayım|yıllık izindeyim|ofiste değilim|izindeyim|izinde|"
    "yıllık izinde|yıllık izin|tatildeyim|"
    "ofis dışı",
    "zh": "外出|外出办公|休假|休假中|不在办公室|离开办公室|出差中|不在辦公室|外出通知",
    "ja": "不在通知|不在|不在のお知らせ|不在連絡|休暇|休暇中|外出中|休業のお知らせ|休暇のお知らせ",
    "ko": "부재중|부재 중|휴가 중|휴가중",
}
#: A prefix of an answer a person wrote, by the reader's language; what follows is the subject that is answered.
_ANSWER: Final = re.compile(
    r"(?:re|aw|antw|sv|vs|odp|r|rif|res|ref|ynt|yan|rv|回复|回覆|答复|返信|ответ|отв|απ|fw|"
    r"fwd|wg|tr|i|enc|doorst|回信)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
#: "[EXTERN]", "(EXT)", "***SPAM***", "EXTERNAL:" — tags a mail system puts in front.
_TAG: Final = re.compile(
    r"(?:\[[^\[\]]{1,30}\]|\{[^{}]{1,30}\}|\((?:ext|extern|external|externe|spam)[^()]{0,20}\)|"
    r"\*{2,5}[^*]{1,30}\*{2,5}|【[^【】]{1,30}】|<[^<>]{1,20}>|"
    r"(?:external|extern|externe|externo|esterno|ext|spam|caution)\s{0,2}[:：|\-])\s{0,3}",
    re.IGNORECASE,
)
#: "Auto: …" is a responder's; "Auto leasing" is a subject.
_AUTO: Final = re.compile(r"auto\s?:")
_LONGEST_SUBJECT: Final = 500
#: What a mail system puts in front of a tag: warning signs, and the mark that makes them coloured.
_SYMBOLS: Final = " \u26a0\ufe0f\u2757\u2709\U0001f512\U0001f534\U0001f6a8!"


def plain_text(text: str) -> str:
    """A text to compare by: NFC, lower case, one kind of space and apostrophe."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("\u2019", "'").replace("i\u0307", "i")
    return " ".join(folded.split())


def _phrases(table: dict[str, str]) -> tuple[str, ...]:
    """The phrases of all languages, the longest first."""
    found = {plain_text(phrase) for listed in table.values() for phrase in listed.split("|")}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


_AUTOMATIC_PHRASES: Final = _phrases(_AUTOMATIC)
_ABSENT_PHRASES: Final = _phrases(_ABSENT)
#: What may stand behind such a phrase: a separator, then the subject answered; or how long and from when.
_AFTER: Final = re.compile(
    r"\s{0,2}(?:$|[:：;|,.!*)\](\[\-–—~/】」]|(?:auto-?reply|reply|message|notification|"
    r"response)\b|v\. ?\d|(?:re|aw|sv|antw|fw|fwd|wg)\s{0,2}[:：]|\d{1,4}[./-]\d|"
    r"(?:from|until|till|through|to|this week|today|bis|vom|ab|du|jusqu'|depuis|hasta|"
    r"desde|del|dal|fino|a partire|"
    r"até|de \d|tot|van|t/m|do|od|til|fra|till|från|до|с|по)\b)"
)
#: Headers that only automatic mail has, whatever they say.
_ONLY_AUTOMATIC: Final = frozenset(
    {
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply",
        "x-autoreply-from",
        "x-auto-reply-from",
        "x-autogenerated",
        "x-mail-autoreply",
        "x-vacation",
        "x-failed-recipients",
        "x-ms-exchange-generated-message-source",
    }
)
_SAYS_NO: Final = frozenset(("no", "false", "0", ""))
_LIST: Final = frozenset(("list-id", "list-post", "mailing-list"))
_DAEMON: Final = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|no-?reply-bounces?)@", re.IGNORECASE)


def automatic(headers: Headers, subject: str | None, writer: str | None, text: str = "") -> AutoReply | None:
    """`out_of_office` or `auto_reply` when no person wrote the mail, else None. `text`: what its writer wrote."""
    by_subject = subject_says(subject)
    if by_headers(headers, writer):
        return "out_of_office" if by_subject == "out_of_office" or is_absence_notice(text) else "auto_reply"
    if by_subject is not None:
        return by_subject
    return "out_of_office" if is_absence_notice(text) else None


def by_headers(headers: Headers, writer: str | None) -> bool:
    """Whether the headers say that no person wrote the mail.

    `X-Auto-Response-Suppress` alone says nothing: it asks that nobody answer automatically, and systems that people
    write through send it, too. `Precedence: bulk` says nothing of a mail that came through a mailing list.
    """
    named: dict[str, str] = {}
    for name, value in headers:
        named.setdefault(name.strip().lower(), value.strip().lower())
    if named.get("auto-submitted", "no").split(";")[0].split("(")[0].strip() not in _SAYS_NO:
        return True
    if any(named[name] not in _SAYS_NO for name in _ONLY_AUTOMATIC & named.keys()):
        return True
    precedence = named.get("precedence", "").replace("_", "-")
    if precedence == "auto-reply" or (precedence in ("bulk", "junk") and not _LIST & named.keys()):
        return True
    return (
        named.get("return-path") == "<>"
        or named.get("content-type", "").startswith(("multipart/report", "message/delivery-status"))
        or (writer is not None and bool(_DAEMON.match(writer)))
    )


def subject_says(subject: str | None) -> AutoReply | None:
    """What the words in front of a subject say, tags such as "[EXTERN]" left aside; None after "Re:"."""
    if not subject:
        return None
    rest = plain_text(subject[:_LONGEST_SUBJECT]).lstrip(_SYMBOLS)
    for _ in range(5):
        if not (tag := _TAG.match(rest)):
            break
        inside = tag.group().strip("[]{}()*【】<> :：|-")
        if _starts(inside, _ABSENT_PHRASES):
            return "out_of_office"
        if _starts(inside, _AUTOMATIC_PHRASES):
            return "auto_reply"
        rest = rest[tag.end() :]
    rest = rest.lstrip(_SYMBOLS)
    if _ANSWER.match(rest):
        return None
    if _starts(rest, _ABSENT_PHRASES):
        return "out_of_office"
    return "auto_reply" if _AUTO.match(rest) or _starts(rest, _AUTOMATIC_PHRASES) else None


def _starts(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether the text starts with one of the phrases as words of their own."""
    return any(text.startswith(phrase) and _AFTER.match(text, len(phrase)) for phrase in phrases)


#: A sentence that tells an absence, at the beginning of a text or of one of its sentences.
_TELLS_ABSENCE: Final = re.compile(
    r"(?:i am|i'm|i will be|i'll be|we are)(?: currently| now| presently| temporarily)?(?: away| out)?"
    r"(?: (?:on|from|of|in|at))?(?: the| my| annual| parental| maternity| paternity| sick)?"
    r" (?:office|leave|holiday|holidays|vacation|desk)\b(?! (?:soon|next|anyway|in ))"
    r"|(?:i am|i'm) (?:currently )?(?:out of (?:the )?office|not in the office|away until|away from)"
    r"|ich bin (?:derzeit|momentan|zurzeit|zur zeit|aktuell|bis|vom|ab|heute|leider|im moment)?.{0,50}?"
    r"(?:nicht im (?:büro|hause?)|außer haus|ausser haus|im urlaub|in elternzeit|abwesend|nicht erreichbar)"
    r"|je (?:suis|serai)(?: actuellement)? (?:absent|absente|en congés?|en vacances|"
    r"hors du bureau|indisponible)\b"
    r"|(?:estoy|estaré|me encuentro)(?: actualmente)? (?:fuera de la oficina|de vacaciones|ausente)"
    r"|(?:sono|sarò)(?: attualmente)? (?:fuori ufficio|in ferie|assente|fuori sede)"
    r"|(?:estou|estarei|encontro-me)(?: atualmente)? (?:fora do escritório|de férias|em férias|ausente)"
    r"|ik ben (?:momenteel |op dit moment |tot |van ).{0,50}?(?:afwezig|niet aanwezig|"
    r"niet op kantoor|met vakantie|"
    r"op vakantie|met verlof)|ik ben (?:afwezig|met vakantie|op vakantie|niet op kantoor)"
    r"|(?:jestem|będę|przebywam)(?: obecnie)? (?:poza biurem|na urlopie|nieobecny|nieobecna)"
    r"|jeg er (?:i øjeblikket |p\.t\. |for tiden )?(?:på ferie|ikke på kontoret|fraværende|"
    r"ude af kontoret|bortrejst)"
    r"|jag är (?:för närvarande |just nu )?(?:på semester|inte på kontoret|frånvarande|ledig|"
    r"tjänstledig|föräldraledig)"
    r"|(?:я )?(?:сейчас )?(?:нахожусь в отпуске|в отпуске|отсутствую|нахожусь вне офиса)"
    r"|(?:şu anda )?(?:ofis dışındayım|ofiste değilim|yıllık izindeyim|izindeyim|tatildeyim)"
    r"|(?:我(?:目前|现在|正在|將|将)?.{0,12}?)(?:不在办公室|不在辦公室|休假|外出|出差)"
    r"|(?:現在|只今|ただいま).{0,12}?(?:不在|休暇|外出)|(?:休暇|不在)(?:中|にして|のため)"
)
#: What only a notice says beside it: when somebody is back, whom to ask meanwhile, that mail is not read.
_NOTICE_WORDS: Final = re.compile(
    r"return(?:ing)?\b|be back|back (?:in the office|on)|limited access|no access|will (?:reply|"
    r"respond|answer|get back)|"
    r"(?:urgent|immediate|emergenc)|in my absence|please contact|forwarded|nicht weitergeleitet|"
    r"wieder (?:im|da|für|zurück|erreichbar)|"
    r"dringend|wenden sie sich|zurück(?:kehr)?|meiner abwesenheit|de retour|"
    r"mon absence|urgen|veuillez contacter|"
    r"regres|vuelvo|en mi ausencia|contacte|rientr|in mia assenza|contatt|torner|ausência|voltar|contact|"
    r"terug|dringende|afwezigheid|wrac|wróc|piln|nieobecno|tilbage|haster|mit fravær|"
    r"tillbaka|brådskande|frånvaro|"
    r"вернусь|срочн|по возвращении|döneceğim|dönece|acil|返回|"
    r"回来|回复您|紧急|緊急|聯絡|联系|戻り|復帰|出社|お急ぎ|"
    r"ご連絡"
)
#: Longer than that, or with a question, it is a letter: a person wants something.
_LONGEST_NOTICE: Final = 900


def is_absence_notice(text: str | None) -> bool:
    """Whether a text is an absence notice and nothing else: it tells the absence, and what notices tell with it."""
    if not text or len(text) > 4 * _LONGEST_NOTICE:
        return False
    folded = plain_text(text)
    if len(folded) > _LONGEST_NOTICE or "?" in folded or "？" in folded:
        return False
    return bool(_TELLS_ABSENCE.search(folded) and _NOTICE_WORDS.search(folded))
