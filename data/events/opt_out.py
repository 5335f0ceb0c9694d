"""Replies that are nothing but a wish to be left alone."""

from __future__ import annotations

import unicodedata
from typing import Final

#: The whole of a reply, by language; politeness around it is cut off first.
_WORDS: Final = frozenset(
    word
    for listed in (
        "unsubscribe|unsubscribe me|unsubscribe please|stop|stop it|opt out|opt-out|optout|remove|remove me|"
        "take me off|no more emails|no more mails|stop emailing me|stop mailing me|delete me|cancel subscription",
        "désabonner|désabonnement|désabonnez-moi|me désabonner|désinscription|désinscrire|désinscrivez-moi|"
        "me désinscrire|desabonner|desinscription|stop pub",
        "abmelden|abmeldung|abbestellen|austragen|bitte abmelden|newsletter abbestellen|abmelden bitte|löschen",
        "baja|darse de baja|darme de baja|dar de baja|cancelar suscripción|cancelar suscripcion|desuscribir",
        "cancellami|disiscrivimi|disiscriviti|disiscrizione|cancellazione|annulla iscrizione|cancellatemi",
        "descadastrar|cancelar inscrição|cancelar inscricao|remover|anular subscrição|sair da lista",
        "afmelden|uitschrijven|afmelding|uitschrijving|schrijf me uit",
        "wypisz|wypisz mnie|rezygnuję|rezygnacja|usuń mnie|wypisz się",
        "afmeld|afmeld mig|frameld|avmeld|meld meg av|stopp",
        "avregistrera|avregistrera mig|avprenumerera|avsluta prenumeration",
        "отписаться|отпишите меня|отписка|отмена подписки|стоп",
        "abonelikten çık|abonelikten çıkar|abonelikten ayrıl|listeden çıkar|listeden çıkarın",
        "退订|取消订阅|退訂|取消訂閱|配信停止|配信停止希望|購読解除|登録解除",
    )
    for word in listed.split("|")
)
_POLITE: Final = ("please", "pls", "thanks", "thank you", "bitte", "danke", "merci", "svp", "s'il vous plaît")
_LONGEST: Final = 60


def is_opt_out(written: str) -> bool:
    """Whether what somebody wrote is only an opt-out word, whatever its case and punctuation."""
    if not written or len(written) > 4 * _LONGEST:
        return False
    folded = unicodedata.normalize("NFC", written).casefold().replace("\u2019", "'")
    words = " ".join("".join(c if c.isalnum() or c in "'-" else " " for c in folded).split()).strip("'- ")
    for polite in _POLITE:
        words = words.removeprefix(f"{polite} ").removesuffix(f" {polite}")
    return words in _WORDS
