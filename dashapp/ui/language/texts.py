"""The words of the interface in English and French: one dictionary, and which language a reader gets."""

from __future__ import annotations

from collections.abc import Callable

from dashapp.ui.dashboard_texts import DASHBOARD_TEXTS
from dashapp.ui.language.tile_texts import TILE_TEXTS
from dashapp.ui.language.view_texts import VIEW_TEXTS

LANGUAGES = ("en", "fr")

#: key → (English, French). `{name}` marks are filled by `words(lang)(key, name=…)`.
TEXTS: dict[str, tuple[str, str]] = {
    # page
    "skip": ("Skip to report", "Aller au rapport"),
    "period": ("Period", "Période"),
    "portal_pages": ("Pages of this report", "Pages de ce rapport"),
    "portal_campaigns": ("Campaigns", "Campagnes"),
    "days": ("{n} days", "{n} jours"),
    "compared_same_age": ("compared with {range} at the same age", "comparé au {range}, au même âge"),
    "compared_by_now": ("compared with {range} by now", "comparé au {range}, à présent"),
    "complete_to": ("Data complete to {when}", "Données complètes au {when}"),
    "complete_today": (
        "Data complete to {when}, today until {time}",
        "Données complètes au {when}, aujourd’hui jusqu’à {time}",
    ),
    "periods": ("Other periods", "Autres périodes"),
    "comparison": ("Comparison", "Comparaison"),
    "compare_previous": ("Previous period", "Période précédente"),
    "compare_year": ("Last year", "L’an dernier"),
    "compare_by_now": ("Previous period, by now", "Période précédente, à présent"),
    "compare_none": ("No comparison", "Sans comparaison"),
    "first_day": ("First day", "Premier jour"),
    "last_day": ("Last day", "Dernier jour"),
    "show_days": ("Show these days", "Montrer ces jours"),
    "download": ("Download", "Télécharger"),
    "report_pdf": ("The whole report (PDF)", "Le rapport entier (PDF)"),
    "preparing_file": ("Preparing the file…", "Préparation du fichier…"),
    "tile_files": ("One tile", "Une tuile"),
    "language": ("Language", "Langue"),
    "no_data_yet": ("No data yet", "Pas encore de données"),
    "dark_theme": ("Dark theme", "Thème sombre"),
    "prepared_by": ("Prepared by {name}", "Préparé par {name}"),
    "zone_note": ("Dates and days in {zone} time.", "Dates et jours à l'heure de {zone}."),
    "report_title": ("{name} – outreach report", "{name} – rapport de prospection"),
    "report": ("Report", "Rapport"),
    "not_found_title": ("This page is not available", "Cette page n'est pas disponible"),
    "not_found_text": (
        "The link may have been changed, paused or ended. Ask the person who sent it to you for a new one.",
        "Le lien a peut-être été modifié, suspendu ou clos. Demandez-en un nouveau à son expéditeur.",
    ),
    "unlock_title": ("This report is protected", "Ce rapport est protégé"),
    "unlock_text": (
        "Enter the password you were given with the link.",
        "Saisissez le mot de passe reçu avec le lien.",
    ),
    "password": ("Password", "Mot de passe"),
    "open_report": ("Open report", "Ouvrir le rapport"),
    "wrong_password": ("This password is not right.", "Ce mot de passe n'est pas le bon."),
    "too_many": (
        "Too many attempts. Try again in {minutes} minutes.",
        "Trop de tentatives. Réessayez dans {minutes} minutes.",
    ),
    # states
    "failed": ("Could not load this tile.", "Impossible de charger cette tuile."),
    "retry": ("Retry", "Réessayer"),
    "empty_period": (
        "No e-mails were sent in this period. Choose a longer one to see earlier figures.",
        "Aucun e-mail envoyé sur cette période. Choisissez-en une plus longue.",
    ),
    "empty_longest": (
        "No e-mails were sent in this period.",
        "Aucun e-mail envoyé sur cette période.",
    ),
    "empty_filtered": (
        "No e-mails match the filters in this period.",
        "Aucun e-mail ne correspond aux filtres sur cette période.",
    ),
    "empty_ever": (
        "Figures appear here with the first e-mail sent.",
        "Les chiffres apparaîtront ici au premier e-mail envoyé.",
    ),
    # tiles
    "previous_short": ("Previous", "Précédente"),
    "this_period": ("This period", "Cette période"),
    "prev_tip": ("prev. {value}", "préc. {value}"),
    "untracked": ("{n} untracked", "{n} non suivis"),
    "versus": ("versus {before}", "comparé avec {before}"),
    "no_full_earlier": ("no full earlier period", "pas de période antérieure complète"),
    "too_few": ("too few to compare", "trop peu pour comparer"),
    "same_age": ("at the same age", "au même âge"),
    "by_now": ("as it is by now", "telle qu’elle est à présent"),
    # what a period is compared with, in full and for narrow places
    "before_day": ("the day before", "le jour précédent"),
    "before_days": ("the previous {days} days", "les {days} jours précédents"),
    "before_week": ("the week before", "la semaine précédente"),
    "before_month": ("the month before", "le mois précédent"),
    "before_quarter": ("the quarter before", "le trimestre précédent"),
    "before_year": ("the year before", "l’année précédente"),
    "before_52_weeks": ("the same days 52 weeks before", "les mêmes jours 52 semaines avant"),
    "before_year_ago": ("the same of last year", "la même période de l’an dernier"),
    "prev_day": ("the day before", "la veille"),
    "prev_days": ("prev. {days} days", "les {days} j. préc."),
    "prev_week": ("the week before", "la semaine préc."),
    "prev_month": ("the month before", "le mois préc."),
    "prev_quarter": ("the quarter before", "le trimestre préc."),
    "prev_year": ("the year before", "l’année préc."),
    "prev_52_weeks": ("52 weeks before", "52 semaines avant"),
    "prev_year_ago": ("last year", "l’an dernier"),
    # the same when a page compares with the same weekdays a year ago
    "previous_short_year": ("52 weeks before", "52 semaines avant"),
    "prev_tip_year": ("52 weeks before {value}", "52 semaines avant {value}"),
    "better": ("improvement", "amélioration"),
    "worse": ("deterioration", "dégradation"),
    "per_day": ("per day sent", "par jour d'envoi"),
    "per_week": ("per 7 days sent", "par 7 jours d'envoi"),
    "week1_note": ("in the week of sending", "la semaine de l'envoi"),
    "week_1": ("Week 1: {metric}", "Semaine 1 : {metric}"),
    "in_progress": ("in progress", "en cours"),
    "complete_weeks": ("complete weeks", "semaines complètes"),
    "current_week": ("current week, not in the figure", "semaine en cours, hors du chiffre"),
    "sent_emails": ("Sent e-mails", "E-mails envoyés"),
    "sent_per_day": ("per day, all campaigns", "par jour, toutes campagnes"),
    "over_time": ("{metric} over time", "{metric} dans le temps"),
    "cohort_title": ("{metric} by weekly cohort", "{metric} par cohorte hebdomadaire"),
    "cohort_note": (
        "cumulative, by week after the first e-mail",
        "cumulé, par semaine après le premier e-mail",
    ),
    "cohort_note_email": ("cumulative, by week after sending", "cumulé, par semaine après l'envoi"),
    "cohort": ("Week of", "Semaine du"),
    "base": ("Base", "Base"),
    "week_short": ("W{k}", "S{k}"),
    "not_yet": ("not yet", "pas encore"),
    "no_base": ("nothing sent", "aucun envoi"),
    "top_campaigns": ("Top campaigns", "Meilleures campagnes"),
    "by_metric": ("by {metric}", "par {metric}"),
    "campaign": ("Campaign", "Campagne"),
    "no_campaign": ("No campaign", "Sans campagne"),
    "change": ("Change", "Évolution"),
    "new": ("new", "nouveau"),
    "arrow_hint": (
        "Use the left and right arrow keys to read single values.",
        "Les flèches gauche et droite lisent les valeurs une à une.",
    ),
    "total": ("Total {value}.", "Total : {value}."),
    "nothing_counts": ("nothing to measure yet", "rien à mesurer encore"),
    "none_sent": ("no e-mails", "aucun e-mail"),
    # how is this counted?
    "explore": ("Explore", "Explorer"),
    "how": ("How is this counted?", "Comment est-ce compté ?"),
    "take": ("Download:", "Télécharger :"),
    "how_formula": ("Formula", "Formule"),
    "how_here": ("Here", "Ici"),
    "how_left_out": ("Left out", "Exclus"),
    "how_mind": ("Keep in mind", "À savoir"),
    "how_dates": ("Dates", "Dates"),
    "how_untracked": ("{n} {unit} without tracking", "{n} {unit} sans suivi"),
    "trend_partial": (
        "Recent days may still rise as people open and reply. Days with very few e-mails are not drawn.",
        "Les derniers jours peuvent encore monter avec les ouvertures et réponses. Les jours à très peu "
        "d'e-mails ne sont pas tracés.",
    ),
    # metrics: label, unit names, numerators and bases
    "sent": ("E-mails sent", "E-mails envoyés"),
    "open": ("Open rate", "Taux d'ouverture"),
    "click": ("Click rate", "Taux de clic"),
    "reply": ("Reply rate", "Taux de réponse"),
    "positive_reply": ("Positive reply rate", "Taux de réponses positives"),
    "negative_reply": ("Negative reply rate", "Taux de réponses négatives"),
    "bounce": ("Bounce rate", "Taux d'erreur"),
    "unsubscribe": ("Unsubscribe rate", "Taux de désinscription"),
    # what was counted, of its base; French says one, and none, in the singular
    "n_open": ("{n} of {base} opened", "{n} ouverts sur {base}"),
    "n_open_one": ("{n} of {base} opened", "{n} ouvert sur {base}"),
    "n_click": ("{n} of {base} clicked", "{n} cliqués sur {base}"),
    "n_click_one": ("{n} of {base} clicked", "{n} cliqué sur {base}"),
    "n_reply": ("{n} of {base} replied", "{n} réponses sur {base}"),
    "n_reply_one": ("{n} of {base} replied", "{n} réponse sur {base}"),
    "n_positive_reply": ("{n} of {base} replied positively", "{n} réponses positives sur {base}"),
    "n_positive_reply_one": ("{n} of {base} replied positively", "{n} réponse positive sur {base}"),
    "n_negative_reply": ("{n} of {base} replied negatively", "{n} réponses négatives sur {base}"),
    "n_negative_reply_one": ("{n} of {base} replied negatively", "{n} réponse négative sur {base}"),
    "n_bounce": ("{n} of {base} bounced", "{n} en erreur sur {base}"),
    "n_bounce_one": ("{n} of {base} bounced", "{n} en erreur sur {base}"),
    "n_unsubscribe": ("{n} of {base} unsubscribed", "{n} désinscrits sur {base}"),
    "n_unsubscribe_one": ("{n} of {base} unsubscribed", "{n} désinscrit sur {base}"),
    "unit_email": ("e-mails", "e-mails"),
    "unit_lead": ("leads", "prospects"),
    **VIEW_TEXTS,
    **TILE_TEXTS,
    **DASHBOARD_TEXTS,
}

Words = Callable[..., str]


def words(lang: str) -> Words:
    """`t(key, **marks)` for one language; an unknown key is a programming error (KeyError)."""
    index = LANGUAGES.index(lang)

    def text(key: str, **marks: str | int) -> str:
        found = TEXTS[key][index]
        return found.format(**marks) if marks else found

    return text


def choose_language(wanted: str | None, accept_language: str | None) -> str:
    """`?lang=` when it is one of ours, else the first of ours that Accept-Language prefers, else English."""
    if wanted in LANGUAGES:
        return str(wanted)
    ranked: list[tuple[float, str]] = []
    for part in (accept_language or "")[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, tag.split("-")[0].lower()))
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]
