"""What the mails of troubles say, in English and then in French: nobody has told us which of them they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Phase = Literal["began", "over"]
#: More lines than this are counted instead.
MOST_LINES = 10


@dataclass(frozen=True)
class Line:
    """One thing that goes wrong: where (a workspace's name; "": the installation), what, since when."""

    where: str
    what: str
    since: datetime
    over: datetime | None = None


@dataclass(frozen=True)
class _Words:
    """`subject` and `happened` name the agency as {who}."""

    subject: str
    happened: str
    todo: str


_ENGLISH: dict[tuple[str, Phase], _Words] = {
    ("late", "began"): _Words(
        "Figures are late: {where}",
        "Events that came in for {who} wait to be counted. Nothing is lost: the figures shown are those of "
        "before, and say so.",
        "If it lasts, see under “Freshness” and “Job runs” what holds it up; “Refresh now” tries at once. Whoever "
        "runs the server can run: vitrine doctor",
    ),
    ("late", "over"): _Words(
        "Figures are up to date again: {where}", "All that came in for {who} is counted again.", ""
    ),
    ("checks", "began"): _Words(
        "A check of the figures failed: {where}",
        "A check of the marts of {who} does not hold. The version before stays and goes on being shown; the "
        "workspace is built again by itself.",
        "See under “Checks” which rows are wrong and what to do.",
    ),
    ("checks", "over"): _Words(
        "Checks hold again: {where}", "Every check named here holds again for {who}.", ""
    ),
    ("runs", "began"): _Words(
        "A job failed for good: {where}",
        "A background job of {who} failed at every try and was set aside.",
        "See under “Job runs” why it failed, put that right, and press “Retry”.",
    ),
    ("runs", "over"): _Words("Jobs run again: {where}", "The jobs named here are no longer set aside.", ""),
    ("refused", "began"): _Words(
        "Deliveries are refused: {where}",
        "A provider sends events or replies to {who} that are not taken. They are missing in the figures; the "
        "provider tries again for some hours only.",
        "See under “Refused deliveries” why. With a wrong signature, compare the source’s secret with the one at "
        "the provider.",
    ),
    ("refused", "over"): _Words(
        "Deliveries are no longer refused: {where}",
        "For six hours nothing was refused at the sources named here.",
        "",
    ),
    ("reports", "began"): _Words(
        "A scheduled report was not sent: {where}",
        "A report that {who} mails on a schedule was held up: figures of it were missing, held back or old, or it "
        "could not be made. Its recipients got nothing.",
        "See under “Scheduled reports” of the workspace why, and press “Send now” when it is put right.",
    ),
    ("reports", "over"): _Words(
        "Scheduled reports are sent again: {where}", "The reports named here went out.", ""
    ),
}
_FRENCH: dict[tuple[str, Phase], _Words] = {
    ("late", "began"): _Words(
        "Chiffres en retard : {where}",
        "Des événements reçus pour {who} attendent d’être comptés. Rien n’est perdu : les chiffres affichés sont "
        "ceux d’avant, et le disent.",
        "Si cela dure, voyez sous « File d’attente et fraîcheur » et « Exécutions des tâches » ce qui bloque ; "
        "« Actualiser » essaie tout de suite. Qui gère le serveur peut lancer : vitrine doctor",
    ),
    ("late", "over"): _Words(
        "Chiffres de nouveau à jour : {where}", "Tout ce qui est arrivé pour {who} est de nouveau compté.", ""
    ),
    ("checks", "began"): _Words(
        "Un contrôle des chiffres a échoué : {where}",
        "Un contrôle des données de {who} n’est pas respecté. La version précédente reste affichée ; l’espace est "
        "reconstruit automatiquement.",
        "Voyez sous « Contrôles » quelles lignes sont fausses et que faire.",
    ),
    ("checks", "over"): _Words(
        "Contrôles de nouveau respectés : {where}",
        "Tous les contrôles nommés ici sont de nouveau respectés pour {who}.",
        "",
    ),
    ("runs", "began"): _Words(
        "Une tâche a échoué définitivement : {where}",
        "Une tâche de fond de {who} a échoué à chaque essai et a été mise de côté.",
        "Voyez sous « Exécutions des tâches » pourquoi, corrigez la cause, puis « Réessayer ».",
    ),
    ("runs", "over"): _Words(
        "Les tâches tournent de nouveau : {where}", "Les tâches nommées ici ne sont plus mises de côté.", ""
    ),
    ("refused", "began"): _Words(
        "Des livraisons sont refusées : {where}",
        "Un fournisseur envoie à {who} des événements ou des réponses qui ne sont pas acceptés. Ils manquent dans "
        "les chiffres ; le fournisseur ne réessaie que pendant quelques heures.",
        "Voyez pourquoi sous « Livraisons refusées ». Si la signature est incorrecte, comparez le secret de la "
        "source avec celui du fournisseur.",
    ),
    ("refused", "over"): _Words(
        "Les livraisons ne sont plus refusées : {where}",
        "Depuis six heures, rien n’a été refusé aux sources nommées ici.",
        "",
    ),
    ("reports", "began"): _Words(
        "Un rapport planifié n’est pas parti : {where}",
        "Un rapport que {who} envoie régulièrement a été retenu : des chiffres manquaient, étaient retenus ou "
        "anciens, ou il n’a pas pu être produit. Ses destinataires n’ont rien reçu.",
        "Voyez pourquoi sous « Rapports planifiés » de l’espace, puis « Envoyer maintenant » une fois la cause "
        "corrigée.",
    ),
    ("reports", "over"): _Words(
        "Les rapports planifiés partent de nouveau : {where}", "Les rapports nommés ici sont partis.", ""
    ),
}
_INSTALLATION = ("the installation", "l’installation")
#: For who runs the server: what is theirs is on the command line, not on an agency’s page.
_OPERATOR = ("See: vitrine jobs dead", "Voyez : vitrine jobs dead")


def subject(topic: str, phase: Phase, lines: Sequence[Line]) -> str:
    """One line in both languages, short enough for a list."""
    both = []
    for words, nobody, more in (
        (_ENGLISH, _INSTALLATION[0], "and {n} more"),
        (_FRENCH, _INSTALLATION[1], "et {n} autres"),
    ):
        places = list(dict.fromkeys(line.where or nobody for line in lines))
        where = places[0] if len(places[0]) <= 40 else f"{places[0][:39]}…"
        if len(places) > 1:
            where = f"{where} {more.format(n=len(places) - 1)}"
        both.append(words[topic, phase].subject.format(where=where))
    said = "".join(c if c.isprintable() else " " for c in " / ".join(both))
    return said if len(said) <= 200 else f"{said[:199]}…"


def text(topic: str, phase: Phase, lines: Sequence[Line], agency: str | None, link: str | None) -> str:
    """The whole mail: what happened, where, since when, what to do, and the way there."""
    english = _part(_ENGLISH[topic, phase], agency or _INSTALLATION[0], lines, 0)
    french = _part(_FRENCH[topic, phase], agency or _INSTALLATION[1], lines, 1)
    if agency is None:
        english, french = (
            f"{part}\n\n{todo}" for part, todo in zip((english, french), _OPERATOR, strict=True)
        )
    way = f"\n\n{link}" if link else ""
    return f"{english}{way}\n\n-- \n\n{french}{way}\n"


def _part(words: _Words, who: str, lines: Sequence[Line], language: int) -> str:
    told = [_line(line, language) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        told.append(("- and {n} more", "- et {n} autres")[language].format(n=len(lines) - MOST_LINES))
    parts = [words.happened.format(who=who), "\n".join(told), words.todo]
    return "\n\n".join(part for part in parts if part)


def _line(line: Line, language: int) -> str:
    where = line.where or _INSTALLATION[language]
    what = f", {line.what}" if line.what else ""
    if line.over is None:
        when = ("since {since}", "depuis {since}")[language]
    else:
        when = ("from {since} to {over}", "de {since} à {over}")[language]
    said = when.format(since=_moment(line.since), over=line.over and _moment(line.over))
    return " ".join(f"- {where}{what}: {said}".split())


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
