"""What stands above the quote headers of mail programs in many languages, and how much work it is to find."""

from __future__ import annotations

import pytest

from data.events.auto_replies import automatic, is_absence_notice
from data.events.opt_out import is_opt_out
from data.events.replies import classify, sentiment
from data.events.visible_text import visible

QUOTE_HEADERS = [
    "On Mon, 2 Sep 2024 at 09:00, Sam <sam@north.example> wrote:",
    "On Mon, 2 Sep 2024 at 09:00, Samuel Longname-Hyphenated\n<samuel.longname@north.example> wrote:",
    "On Mon, 2 Sep 2024 at 09:00, Samuel Longname-Hyphenated <\nsamuel.longname@north.example>\nwrote:",
    "On 2 Sep 2024, at 09:00, Sam <sam@north.example> wrote:",
    "Le lun. 2 sept. 2024 à 09:00, Sam <sam@north.example> a écrit :",
    "Le lun. 2 sept. 2024 à 09:00, Samuel Longname <samuel.longname@north.example>\na écrit :",
    "Am Mo., 2. Sept. 2024 um 09:00 Uhr schrieb Sam <sam@north.example>:",
    "Am Mo., 2. Sept. 2024 um 09:00 Uhr schrieb Samuel Longname <\nsamuel.longname@north.example>:",
    "El lun, 2 sept 2024 a las 09:00, Sam (<sam@north.example>) escribió:",
    "Il giorno lun 2 set 2024 alle ore 09:00 Sam <sam@north.example> ha scritto:",
    "Il giorno lun 2 set 2024 alle ore 09:00 Samuel Longname <\nsamuel.longname@north.example> ha scritto:",
    "Em seg., 2 de set. de 2024 às 09:00, Sam <sam@north.example> escreveu:",
    "Op ma 2 sep 2024 om 09:00 schreef Sam <sam@north.example>:",
    "pon., 2 wrz 2024 o 09:00 Sam <sam@north.example> napisał(a):",
    "Den man. 2. sep. 2024 kl. 09.00 skrev Sam <sam@north.example>:",
    "Den mån 2 sep. 2024 kl 09:00 skrev Sam <sam@north.example>:",
    "пн, 2 сент. 2024 г. в 09:00, Sam <sam@north.example>:",
    "2 сентября 2024 г., 09:00, Sam <sam@north.example> написал(а):",
    "Sam <sam@north.example>, 2 Eyl 2024 Pzt, 09:00 tarihinde şunu yazdı:",
    "Sam <sam@north.example> 于2024年9月2日周一 09:00写道：",
    "2024年9月2日(月) 9:00 Sam <sam@north.example>:",
    "2024/09/02 9:00、Sam <sam@north.example>のメール:",
    "-----Original Message-----\nFrom: Sam",
    "-----Ursprüngliche Nachricht-----\nVon: Sam",
    "-------- Message d'origine --------\nDe : Sam",
    "-----Mensaje original-----\nDe: Sam",
    "-----Messaggio originale-----\nDa: Sam",
    "-----Mensagem original-----\nDe: Sam",
    "-----Oorspronkelijk bericht-----\nVan: Sam",
    "-----Oprindelig meddelelse-----\nFra: Sam",
    "-----Ursprungligt meddelande-----\nFrån: Sam",
    "-----Исходное сообщение-----\nОт: Sam",
    "-----原始邮件-----\n发件人: Sam",
    "________________________________\nFrom: Sam",
    "From: Sam <sam@north.example>\nSent: Monday, 2 September 2024 09:00\nTo: Ann\nSubject: Hello",
    "*From:* Sam <sam@north.example>\n*Sent:* Monday\n*To:* Ann",
    "Von: Sam <sam@north.example>\nGesendet: Montag, 2. September 2024 09:00\nAn: Ann\nBetreff: Hallo",
    "De : Sam <sam@north.example>\nEnvoyé : lundi 2 septembre 2024 09:00\nÀ : Ann\nObjet : Bonjour",
    "De: Sam <sam@north.example>\nEnviado el: lunes, 2 de septiembre de 2024 9:00\nPara: Ann\nAsunto: Hola",
    "Da: Sam <sam@north.example>\nInviato: lunedì 2 settembre 2024 09:00\nA: Ann\nOggetto: Ciao",
    "De: Sam <sam@north.example>\nEnviado: segunda-feira, 2 de setembro de 2024 09:00\nPara: Ann\nAssunto: Olá",
    "Van: Sam <sam@north.example>\nVerzonden: maandag 2 september 2024 09:00\nAan: Ann\nOnderwerp: Hallo",
    "Od: Sam <sam@north.example>\nWysłano: poniedziałek, 2 września 2024 09:00\nDo: Ann\nTemat: Cześć",
    "Fra: Sam <sam@north.example>\nSendt: 2. september 2024 09:00\nTil: Ann\nEmne: Hej",
    "Från: Sam <sam@north.example>\nSkickat: den 2 september 2024 09:00\nTill: Ann\nÄmne: Hej",
    "От: Sam <sam@north.example>\nОтправлено: 2 сентября 2024 г. 9:00\nКому: Ann\nТема: Привет",
    "Kimden: Sam <sam@north.example>\nGönderildi: 2 Eylül 2024 Pazartesi 09:00\nKime: Ann\nKonu: Merhaba",
    "发件人: Sam <sam@north.example>\n发送时间: 2024年9月2日 9:00\n收件人: Ann\n主题: 您好",
    "差出人: Sam <sam@north.example>\n送信日時: 2024年9月2日 9:00\n宛先: Ann\n件名: こんにちは",
]


@pytest.mark.parametrize("header", QUOTE_HEADERS)
@pytest.mark.parametrize(
    "quoted", ["> Shall we talk?\n> Sam", "Shall we talk?\nSam"], ids=["marked", "unmarked"]
)
def test_what_stands_above_a_quote_header(header: str, quoted: str) -> None:
    assert visible(f"Yes please.\n\n{header}\n\n{quoted}\n") == "Yes please."


@pytest.mark.parametrize(
    "text",
    [
        "On Tuesday I wrote:\nplease call me.",
        "On 3 September 2024 I wrote:\nplease call me.",
        "You asked about the price. On Tuesday Bob wrote:\nten euros.",
        "Am Dienstag schrieb ich:\nbitte anrufen.",
        "Le mardi j'ai écrit :\nappelez-moi.",
        "Our address:\nSam Street 4",
        "From: my point of view this is fine.\nTo: be honest, I like it.",
        "We can do it at 10:00:\n- you\n- me",
        "De: nada!\nHasta luego",
    ],
)
def test_sentences_are_no_quote_headers(text: str) -> None:
    assert visible(text) == text


def test_answers_between_quoted_lines_are_kept() -> None:
    header = "On Mon, 2 Sep 2024 at 09:00, Sam <sam@north.example> wrote:"
    assert visible(f"{header}\n> When?\nTuesday.\n> Where?\nLyon.") == "Tuesday.\nLyon."


LONG = 100_000
SHAPES = {
    "blanks after wrote": "on wrote" + " " * LONG + "x",
    "many on": "on " * (LONG // 3) + "wrote",
    "on a line each": "on\n" * (LONG // 3),
    "on wrote each": "on 10:00 wrote\n" * (LONG // 15),
    "stamps": "10:00 " * (LONG // 6) + "a@b:",
    "stamp lines": "10:00 a@b:\n" * (LONG // 11),
    "stamp lines open": "10:00 a@\n" * (LONG // 9),
    "addresses": "a@" * (LONG // 2),
    "colons": ":" * LONG,
    "colon lines": ":\n" * (LONG // 2),
    "from lines": "From: a@b\n" * (LONG // 10),
    "newlines": "\n" * LONG,
    "quotes": ">\n" * (LONG // 2),
    "quotes and answers": ">\na 10:00 b@c wrote:\n" * (LONG // 20),
    "dashes": "-" * LONG,
    "dash lines": "--x\n" * (LONG // 4),
    "names": "-A " + "b" * LONG,
    "not": ("not" + " " * 500) * (LONG // 503),
    "one word": "x" * LONG,
    "tabs": "take" + "\t" * LONG,
    "brackets": "[" * LONG,
    "braces": "{(" * (LONG // 2),
    "stars": "*" * LONG,
    "schrieb": "schrieb " * (LONG // 8),
    "ich bin": "ich bin " * (LONG // 8),
    "combining": "e" + "\u0301" * LONG,
    "nbsp": "\u00a0" * LONG + "x",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_takes_more_than_its_length(shape: str) -> None:
    """Quadratic patterns took minutes for these; the time limit of a test is the only clock here."""
    text = SHAPES[shape]
    visible(text)
    classify(text)
    sentiment(None, text)
    is_opt_out(text)
    is_absence_notice(text)
    automatic([("Precedence", text), ("Auto-Submitted", text)], text, text, text)
