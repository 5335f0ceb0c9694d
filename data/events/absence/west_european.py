"""English, French, German, Spanish, Italian, Portuguese, Dutch."""

from __future__ import annotations

from typing import Final

from data.events.absence.words import Words

_EN_AM: Final = (
    r"(?:\bi am|\bi'm|\bi will be|\bi'll be|\bwe are|\bwe're|\bwe will be|(?:^|[.!:;,] ?)(?:am|will be))"
    r"(?: (?:currently|now|presently|temporarily|also|either))?"
)

WORDS: Final[dict[str, Words]] = {
    "en": Words(
        "automatic reply|auto reply|auto-reply|autoreply|automated reply|automatic response|"
        "automated response|auto response|auto-response|autoresponse|autoresponder|auto responder|"
        "automated message|"
        "automatic message|automated email response|read receipt",
        "out of office|out of the office|out-of-office|ooo|ooto|oof|away from the office|away from office|"
        "away from my desk|away from my mail|away from my email|on vacation|on holiday|on holidays|on leave|"
        "on annual leave|on parental leave|on maternity leave|on paternity leave|on sick leave|on pto|"
        "vacation reply|"
        "vacation response|vacation message|vacation notice|vacation auto-reply|vacation autoreply|"
        "holiday auto-reply|"
        "absence notice|absence notification|not in the office|currently away|currently out of office|"
        "currently out of the office|i am away|i'm away",
        "away|annual leave|maternity leave|paternity leave|parental leave|sick leave|pto|vacation|holiday|"
        "holidays|"
        "leave|absence|travelling|traveling|office closed|office closure",
        _EN_AM
        + r" (?:(?:away |out )?(?:on|for|of|from|in|at) (?:the |my |an? )?(?:(?:annual|extended|parental|"
        r"maternity|"
        r"paternity|sick|medical|bank|family|summer|short) )?(?:office|leave|holidays?|vacation|pto|desk|"
        r"business trip|"
        r"sabbatical)\b(?! (?:more|too|a lot|most|soon|next|anyway|in |every|when|homes?|rentals?))"
        r"|out of office\b|not in the office\b|ooo\b|away (?:until|till|from|this|today|through|for)\b"
        r"|travell?ing\b|unavailable\b|off (?:work|sick|today)\b)"
        r"|\b(?:my|our|the) offices? (?:is|are|will be) closed\b",
        r"\b(?:will |shall )?return(?:ing)?\b|\bbe back\b|\bback (?:in the office|on)\b|limited access|"
        r"no access|not "
        r"(?:be )?(?:checking|reading|monitoring)|\bwill (?:reply|respond|answer|get back)\b|\bmy reply\b|"
        r"slow to respond"
        r"|urgent|immediate|emergenc|in my absence|please (?:contact|call|email|e-mail)|forwarded"
        r"|\b(?:until|till|through|from) (?:\w+,? ){0,2}?(?:the )?(?:\d|mon|tue|wed|thu|fri|sat|sun|next|"
        r"further)",
        r"\b(?:i am|i'm|i will be|i'll be|be) back (?:in|on|at)\b",
        r"\binterest(?:ed|ing)\b|\blet'?s\b|\bhappy to\b|\bwould (?:like|love|help)\b|\bsounds? (?:good|"
        r"great)|\byes\b|"
        r"\bno thanks\b|\bcall me (?:on monday|then|when|after|next|back)|\bmy mobile\b(?=.{0,9}\d{3})|"
        r"\bdemo\b|"
        r"\bsend me\b|\bshare (?:the|a)\b|\btalk (?:then|on|after|next)|\bquot(?:e|ation)\b|"
        r"\bnot for us\b|\bpric(?:e|ing)\b",
        r"\bthis is an (?:automatic|automated|auto)(?:ally generated)?[- ]?(?:reply|response|message|"
        r"answer|e-?mail)\b"
        r"|\bautomatically generated (?:reply|message|response|e-?mail)\b",
    ),
    "fr": Words(
        "réponse automatique|reponse automatique|répondeur automatique|réponse auto|message automatique|"
        "accusé de réception automatique|accusé de lecture|réponse d'absence|courriel automatique|"
        "e-mail automatique",
        "absence du bureau|absent du bureau|absente du bureau|absent(e) du bureau|absent(e)|absent|"
        "absente|absence|"
        "message d'absence|notification d'absence|avis d'absence|hors du bureau|hors bureau|en congé|"
        "en congés|"
        "actuellement absent|actuellement absente|actuellement en congés|actuellement en congé|"
        "en congé maternité|en congé de maternité|en congé parental|en arrêt maladie|en vacances|"
        "fermeture annuelle",
        "congés|congé|congés annuels|congé maternité|congé de maternité|congé parental|vacances|"
        "indisponible|de retour|"
        "retour|en déplacement|fermeture",
        r"\b(?:je suis|je serai|nous sommes|nous serons|actuellement|j'étais|^|"
        r"[.!:;,] ?)(?: (?:actuellement|donc|"
        r"également|momentanément))? ?\b(?:absente?(?:\(e\))?s?\b(?! de (?:ce|votre))|en (?:congés?|"
        r"vacances|déplacement|arrêt)\b|"
        r"hors du bureau\b|indisponible\b|en télétravail\b(?=.{0,20}absent))"
        r"|\b(?:nos|notre|les) bureaux? (?:sont|est|seront|sera) fermés?\b",
        r"de retour|à mon retour|à notre retour|mon absence|notre absence|urgen|veuillez contacter|"
        r"merci de contacter|"
        r"contactez|vous pouvez (?:contacter|joindre)|jusqu'(?:au|à)|accès limité|prendrai connaissance|"
        r"inclus\b",
        r"\bde retour (?:le|au|à partir|dès)\b",
        r"intéress|rappelez|appelez-moi|envoyez-moi|me rappeler|m'appeler|volontiers|\bdevis\b|\btarifs?\b|"
        r"contactez-moi|me contacter|je souhaite|j'aimerais|on peut",
        r"ceci est (?:une réponse|un message|un e-?mail|un courriel) (?:automatique|généré)|"
        r"message (?:généré )?"
        r"automatique(?:ment)?, merci de ne pas",
    ),
    "de": Words(
        "automatische antwort|automatische antwort auf|automatische rückantwort|autom. antwort|"
        "auto-antwort|autoantwort|"
        "automatische eingangsbestätigung|automatische empfangsbestätigung|automatische e-mail-antwort|"
        "automatische nachricht|automatische mitteilung|automatische rückmeldung|lesebestätigung",
        "abwesenheitsnotiz|abwesenheitsassistent|abwesenheitsmeldung|abwesenheitsnachricht|"
        "abwesenheitsbenachrichtigung|"
        "abwesenheitsinfo|abwesenheitshinweis|abwesenheitsmitteilung|abwesenheit|"
        "automatische abwesenheitsnotiz|"
        "automatische abwesenheitsmeldung|automatische abwesenheitsnachricht|abwesend|derzeit abwesend|"
        "außer haus|"
        "ausser haus|außer büro|nicht im büro|nicht im haus|derzeit nicht im büro|im urlaub|urlaub|"
        "urlaubsnotiz|"
        "urlaubsabwesenheit|in elternzeit|im mutterschutz",
        "urlaubsvertretung|mutterschutz|elternzeit|krankmeldung|betriebsferien|betriebsurlaub|dienstreise|"
        "ferien|"
        "krank|nicht erreichbar|nicht verfügbar",
        r"\b(?:ich bin|ich werde|bin ich|wir sind|ich befinde mich|befinde ich mich|wir befinden uns|"
        r"bin (?=bis|vom|ab|derzeit))"
        r"[^.!?]{0,50}?(?:nicht im (?:büro|hause?)|nicht am (?:arbeitsplatz|platz)|außer haus|ausser haus|"
        r"außerhalb des "
        r"büros|im (?:\w+)?urlaub\b(?! auf)|in (?:elternzeit|urlaub|mutterschutz|den ferien)|"
        r"im mutterschutz|abwesend|nicht (?:\w+ )?"
        r"erreichbar|nicht verfügbar|auf (?:dienst|geschäfts)reise|verreist|erkrankt|krankgeschrieben)"
        r"|\b(?:unser|das|mein) büro (?:ist|bleibt)[^.!?]{0,40}?geschlossen|"
        r"\bwir haben[^.!?]{0,30}?betriebsferien",
        r"nicht (?:automatisch |auch )?(?:weitergeleitet|gelesen|bearbeitet)|wieder (?:im|da|für|zurück|"
        r"erreichbar|zu erreichen)|"
        r"dringend|wenden sie sich|zurück(?:kehr)?|meiner abwesenheit|rückkehr|antworte|vertret|"
        r"\b(?:bis|vom|ab)\b.{0,14}?\d|kontaktieren sie",
        r"\b(?:ab|am)\b[^.!?]{0,20} wieder[^.!?]{0,14} (?:erreichbar|da|zurück)|\bwieder (?:im büro|da|"
        r"erreichbar|für sie)",
        r"interess(?:e\b|ant|iert)|rufen sie mich|gerne?,|\bklingt\b|schicken sie|senden sie mir|"
        r"\bangebot (?:zu|für)|wäre mir|"
        r"melden sie sich (?:dann|danach|bei mir)|ihre seite|nicht zuständig|kein bedarf",
        r"(?:dies ist eine|diese) (?:automatische?|automatisch (?:generierte|erstellte|"
        r"erzeugte)) (?:antwort|nachricht|e-?mail|mail)",
    ),
    "es": Words(
        "respuesta automática|respuesta automatica|contestación automática|autorrespuesta|"
        "contestador automático|"
        "mensaje automático|respuesta de ausencia|confirmación de lectura|correo automático",
        "fuera de la oficina|fuera de oficina|ausente de la oficina|ausente|ausencia|aviso de ausencia|"
        "de vacaciones|"
        "estoy de vacaciones|estoy fuera de la oficina|mensaje de ausencia|ausencia de la oficina|"
        "de baja por maternidad|"
        "de baja por paternidad|de baja maternal|de permiso|no estoy en la oficina",
        "vacaciones|baja maternal|cerrado por vacaciones|de baja|de viaje",
        r"\b(?:estoy|estaré|me encuentro|me encontraré|estamos|estaremos)(?: (?:actualmente|"
        r"ya))? (?:fuera de (?:la )?oficina|de "
        r"vacaciones|ausentes?|de baja|de viaje|de permiso|cerrados?)\b|\bno (?:estoy|estaré|"
        r"me encuentro) en la oficina\b"
        r"|\bnuestras? oficinas? (?:está|están|estará|permanecerá)n? cerradas?",
        r"regres|vuelvo|vuelta|en mi ausencia|mi ausencia|contacte|urgen|responder[ée]|acceso limitado|"
        r"\bhasta (?:el|la|nuevo)|"
        r"\bdel? \d|escrib[ai]",
        r"\b(?:de vuelta|regres[oa]) (?:el|a partir)\b",
        r"interesad|me interesa|llámeme|llámame|contacte conmigo|contácteme|envíeme|mándeme|me gustaría|"
        r"\bpero\b|presupuesto",
        r"(?:esta es una|este es un) (?:respuesta|mensaje|correo) automátic[oa]",
    ),
    "it": Words(
        "risposta automatica|risponditore automatico|messaggio automatico|conferma di lettura|"
        "auto-risposta|autorisposta",
        "fuori ufficio|fuori dall'ufficio|fuori sede|assente dall'ufficio|assenza dall'ufficio|assente|"
        "assenza|in ferie|"
        "sono in ferie|messaggio di assenza|avviso di assenza|notifica di assenza|in congedo|in maternità|"
        "non sono in ufficio",
        "ferie|chiusura estiva|chiusura uffici|chiusura per ferie|maternità|congedo|vacanza|in vacanza|"
        "in trasferta",
        r"\b(?:sono|sarò|siamo|saremo)(?: (?:attualmente|momentaneamente))? (?:fuori (?:ufficio|"
        r"dall'ufficio|sede)|in (?:ferie|"
        r"vacanza|congedo|maternità|malattia|trasferta)|assent[ei]\b|chius[ie] per ferie)|\bnon (?:sono|"
        r"sarò) in ufficio\b"
        r"|\b(?:i nostri|gli) uffici (?:sono|saranno|rimarranno) chiusi",
        r"rientr|in mia assenza|mia assenza|contattar|urgen|torner|risponder|\bfino al?\b|\bdal? \d|"
        r"scriver|ritorno",
        r"\bdi ritorno (?:il|dal|al)\b",
        r"interessat|interessa\b|mi chiami|mi contatti|mi mandi|mi richiami|vorrei|\bma\b|listino|preventivo",
        r"(?:questa è una|questo è un) (?:risposta|messaggio|e-?mail) automatic[ao]",
    ),
    "pt": Words(
        "resposta automática|resposta automatica|resposta automática de ausência|mensagem automática|"
        "autorresposta|confirmação de leitura|email automático|e-mail automático",
        "fora do escritório|fora do escritorio|fora da empresa|fora do gabinete|ausência|ausencia|ausente|"
        "aviso de ausência|"
        "ausência temporária|de férias|em férias|estou de férias|mensagem de ausência|ausência do escritório|"
        "ausente do escritório|licença maternidade|licença de maternidade|em licença maternidade|"
        "em licença|de licença",
        "férias|férias coletivas|recesso|em viagem",
        r"\b(?:estou|estarei|encontro-me|encontrar-me-ei|estamos|estaremos|me encontro)(?: (?:atualmente|"
        r"actualmente))? (?:fora d[oae] "
        r"(?:escritório|empresa|gabinete)|de (?:férias|licença|baixa)|em (?:férias|licença|viagem|"
        r"recesso)|ausentes?\b)"
        r"|\bnão (?:estou|estarei) no escritório",
        r"ausência|voltar|regress|retorn|urgen|contact|contat|responder|\baté\b|\bde \d|acesso limitado",
        r"\bde volta (?:a|em|no|dia)\b",
        r"interessad|interesse\b|ligue-me|me ligue|contacte-me|quero|gostaria|\bmas\b|orçamento|envie-me",
        r"esta é uma (?:resposta|mensagem) automática|este é um e-?mail automático",
    ),
    "nl": Words(
        "automatisch antwoord|automatische reactie|automatische beantwoording|automatisch bericht|"
        "automatische e-mail|"
        "automatische melding|autoreply|leesbevestiging",
        "afwezig|afwezigheid|afwezigheidsbericht|afwezigheidsmelding|afwezigheidsassistent|"
        "afwezig wegens vakantie|"
        "niet aanwezig|niet op kantoor|met vakantie|op vakantie|met verlof|ik ben afwezig|buiten kantoor|"
        "out-of-office bericht|met zwangerschapsverlof|met ouderschapsverlof|momenteel afwezig|"
        "tijdelijk afwezig",
        "vakantie|verlof|zwangerschapsverlof|ouderschapsverlof|ziek|zomersluiting|gesloten",
        r"\b(?:ik ben|ben ik|wij zijn|we zijn|ik zal)[^.!?]{0,50}?(?:afwezig\b|niet aanwezig|"
        r"niet op kantoor|(?:met|op) (?:vakantie|"
        r"zakenreis)|met (?:\w*verlof)|niet bereikbaar|niet op het werk)|\b(?:ons|het|"
        r"mijn) kantoor is[^.!?]{0,30}?gesloten",
        r"terug|dringende|spoed|afwezigheid|bereikbaar|contact op|\b(?:tot|vanaf|van)\b.{0,14}?\d|"
        r"lees mijn|niet gelezen",
        r"\b(?:vanaf|op)\b[^.!?]{0,20} weer[^.!?]{0,14}(?:bereikbaar|aanwezig|terug|op kantoor)",
        r"interesse\b|geïnteresseerd|bel me|bel mij|stuur me|graag|\bmaar\b|offerte|niet de juiste",
        r"dit is een automatisch(?:e)? (?:antwoord|bericht|gegenereerd|reactie|e-?mail)",
    ),
}
