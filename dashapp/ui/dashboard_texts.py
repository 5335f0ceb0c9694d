"""The words of the dashboard’s tiles in English and French; `texts.py` holds them together with the rest."""

from __future__ import annotations

#: key → (English, French).
DASHBOARD_TEXTS: dict[str, tuple[str, str]] = {
    # types of actions
    "channel_email": ("E-mail", "E-mail"),
    "channel_video": ("Video message", "Message vidéo"),
    "channel_postcard": ("Postcard", "Carte postale"),
    "channel_gift_card": ("Gift card", "Carte cadeau"),
    "channel_handwritten_note": ("Handwritten note", "Mot manuscrit"),
    "channel_phone": ("Phone call", "Appel"),
    "channel_linkedin": ("LinkedIn task", "Tâche LinkedIn"),
    "channel_other": ("Other task", "Autre tâche"),
    # statuses of actions
    "status_delivered": ("Delivered", "Remis"),
    "status_deferred": ("Deferred", "Différé"),
    "status_failed": ("Failed", "Échoué"),
    "status_opened": ("Opened", "Ouvert"),
    "status_clicked": ("Link clicked", "Lien cliqué"),
    "status_video_opened": ("Video opened", "Vidéo ouverte"),
    "status_video_watched": ("Video watched", "Vidéo regardée"),
    "status_replied": ("Replied", "Répondu"),
    "status_auto_replied": ("Automatic reply", "Réponse automatique"),
    "status_bounced": ("Bounced", "En erreur"),
    "status_complained": ("Complained", "Plainte"),
    "status_unsubscribed": ("Unsubscribed", "Désinscrit"),
    "status_resubscribed": ("Resubscribed", "Réinscrit"),
    "status_mailed": ("Mailed", "Posté"),
    "status_processed": ("Processed", "Traité"),
    "status_in_transit": ("In transit", "En transit"),
    "status_local_area": ("In the local area", "Dans la zone locale"),
    "status_rerouted": ("Re-routed", "Réacheminé"),
    "status_returned": ("Returned", "Retourné"),
    "status_booked": ("Booked", "Rendez-vous pris"),
    "status_call_back": ("Call back", "À rappeler"),
    "status_left_message": ("Left message", "Message laissé"),
    "status_bad_number": ("Bad number", "Mauvais numéro"),
    "status_not_interested": ("No interest", "Pas d’intérêt"),
    "status_completed": ("Completed", "Terminé"),
    # kinds of engagement
    "reason_multiple_opens": ("Multiple opens", "Plusieurs ouvertures"),
    "reason_reply": ("Replies", "Réponses"),
    "reason_click": ("Links clicked", "Liens cliqués"),
    "reason_video_watched": ("Videos watched", "Vidéos regardées"),
    "reason_booked": ("Demos booked", "Démos prises"),
    "reason_incoming": ("Incoming e-mails", "E-mails entrants"),
    "reason_multiple_opens_one": ("Multiple opens", "Plusieurs ouvertures"),
    "reason_reply_one": ("Reply", "Réponse"),
    "reason_click_one": ("Link clicked", "Lien cliqué"),
    "reason_video_watched_one": ("Video watched", "Vidéo regardée"),
    "reason_incoming_one": ("Incoming e-mail", "E-mail entrant"),
    # engagement overview
    "engagement_overview": ("Engagement overview", "Vue d’ensemble de l’engagement"),
    "positively_engaged": ("positively engaged", "engagés positivement"),
    "of_contacts": ("{n} of {base} contacts", "{n} contacts sur {base}"),
    "no_contacts": (
        "Nobody received anything in these days. Choose a longer period to see earlier contacts.",
        "Personne n’a rien reçu ces jours-ci. Choisissez une période plus longue.",
    ),
    "phrases": ("Excluded replies", "Réponses exclues"),
    "phrases_are": (
        "A reply with one of these phrases is no engagement: “unsubscribe me”, “spam”, “take me off your list”, "
        "“remove me from your list”, “remove me”, “not interested”.",
        "Une réponse contenant l’une de ces phrases n’est pas un engagement : « unsubscribe me », « spam », « take "
        "me off your list », « remove me from your list », « remove me », « not interested ».",
    ),
    "kind_of_engagement": ("Kind", "Type"),
    "contacts": ("Contacts", "Contacts"),
    # action analytics
    "action_analytics": ("Action analytics", "Analyse des actions"),
    "n_actions": ("{n} actions", "{n} actions"),
    "n_actions_one": ("1 action", "1 action"),
    "status": ("Status", "Statut"),
    "no_status": ("No status came back yet.", "Aucun statut reçu pour l’instant."),
    "no_actions": (
        "No actions in these days. Choose a longer period to see earlier ones.",
        "Aucune action ces jours-ci. Choisissez une période plus longue.",
    ),
    # timeline
    "timeline": ("Timeline", "Fil d’activité"),
    "no_timeline": (
        "Nothing happened in these days. Replies, opens, clicks and completed tasks appear here.",
        "Rien ne s’est passé ces jours-ci. Réponses, ouvertures, clics et tâches terminées apparaîtront ici.",
    ),
    "times_happened": ("{n} times: list them", "{n} fois : les afficher"),
    "show_it": ("Show it", "Afficher"),
    "more_of": ("More about this action", "Plus sur cette action"),
    "older": ("Show older", "Afficher plus ancien"),
    "click_to_refresh": ("Click to refresh", "Cliquer pour actualiser"),
    "nobody_named": ("Unknown contact", "Contact inconnu"),
    # top performing campaigns
    "top_flows": ("Top performing campaigns", "Meilleures campagnes"),
    "sort_by": ("Sort by", "Trier par"),
    "sort_rate": ("Engagement %", "Engagement en %"),
    "sort_count": ("Engagement #", "Engagement en nombre"),
    "engaged": ("Engaged", "Engagés"),
    "not_interested": ("Not interested", "Pas intéressés"),
    "n_active": ("{n} active contacts", "{n} contacts actifs"),
    "n_active_one": ("1 active contact", "1 contact actif"),
    "no_flows": (
        "No campaign yet. Connect a source or import events, and the best three stand here.",
        "Aucune campagne pour l’instant. Connectez une source ou importez des événements : les trois "
        "meilleures seront ici.",
    ),
    # hot leads
    "hot_leads": ("Hot leads", "Prospects chauds"),
    "score_is": ("{n} engagements", "{n} engagements"),
    "score_is_one": ("1 engagement", "1 engagement"),
    "no_hot_leads": (
        "Nobody engaged in these days. Who replies, clicks or opens more than once stands here.",
        "Personne ne s’est engagé ces jours-ci. Qui répond, clique ou ouvre plusieurs fois apparaît ici.",
    ),
    "how_opens": ("Opens", "Ouvertures"),
    "how_opens_are": (
        "An open may be a server’s scan, a second look or a forwarded message; known machines are left out.",
        "Une ouverture peut venir d’un serveur, d’une relecture ou d’un transfert ; les machines connues sont "
        "écartées.",
    ),
    # tasks
    "tasks_due": ("Tasks due today", "Tâches du jour"),
    "no_tasks_due": (
        "Nothing is due today. Tasks are created on the Tasks page.",
        "Rien à faire aujourd’hui. Les tâches se créent sur la page Tâches.",
    ),
    "tasks_elsewhere": (
        "Tasks are shown to the team, on the desk.",
        "Les tâches sont montrées à l’équipe, au bureau.",
    ),
    "complete_task": ("Complete: {title}", "Terminer : {title}"),
    "done_task": ("Completed: {title}", "Terminée : {title}"),
    "others_task": ("Only {who} can complete this", "Seul(e) {who} peut terminer"),
    "was_due": ("due {day}", "prévue le {day}"),
    "all_tasks": ("All tasks", "Toutes les tâches"),
    "names_people": (
        "It names people, so it is for the team: portals do not show it.",
        "Elle nomme des personnes : réservée à l’équipe, elle n’apparaît pas dans les portails.",
    ),
}
