"""What the demo's e-mails say, as a source would give it: the template of each step."""

from __future__ import annotations

from typing import Final

_FIRST: Final = {
    "en": (
        "<p>Hi {first},</p><p>I looked at what {company} does and had one thought that may save your team a few "
        'hours a week. There is a two-minute tour here: <a href="{url}">{url}</a></p>'
        "<p>Would it be silly to talk on Thursday?</p><p>Best,<br>{sender}</p>"
    ),
    "fr": (
        "<p>Bonjour {first},</p><p>J’ai regardé ce que fait {company} et j’ai une idée qui peut vous faire gagner "
        'quelques heures par semaine. Deux minutes suffisent : <a href="{url}">{url}</a></p>'
        "<p>Un échange jeudi vous conviendrait-il ?</p><p>Bien à vous,<br>{sender}</p>"
    ),
}
_NEXT: Final = {
    "en": (
        "<p>Hi {first},</p><p>Just making sure my last note did not get lost. Here is one short example of a team "
        'like yours: <a href="{url}">{url}</a></p><p>{sender}</p>'
    ),
    "fr": (
        "<p>Bonjour {first},</p><p>Je me permets de revenir vers vous, avec un court exemple d’une équipe comme la "
        'vôtre : <a href="{url}">{url}</a></p><p>{sender}</p>'
    ),
}


def body_of(language: str, step: int, url: str) -> str:
    """The template of a step, with the marks a source would fill for each lead."""
    texts = _FIRST if step == 1 else _NEXT
    return texts.get(language, texts["en"]).replace("{url}", url)
