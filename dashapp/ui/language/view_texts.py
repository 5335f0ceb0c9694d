"""The words about views: what differs, what changed, who touches what. Part of `ui/texts.py`."""

from __future__ import annotations

#: key → (English, French), as in TEXTS.
VIEW_TEXTS: dict[str, tuple[str, str]] = {
    # options of tiles, as they stand in a sentence; one without an entry is said by its own name
    "opt_data_type": ("data type", "donnée"),
    "opt_metric": ("data type", "donnée"),
    "opt_metrics": ("figures", "indicateurs"),
    "opt_series": ("series", "séries"),
    "opt_view": ("shown as", "affichage"),
    "opt_show": ("shown as", "affichage"),
    "opt_attribution": ("counted per", "compté par"),
    "opt_sender_provider": ("sender provider", "fournisseur de l'expéditeur"),
    "opt_recipient_provider": ("recipient provider", "fournisseur du destinataire"),
    "opt_clock": ("clock", "horloge"),
    "opt_engagement": ("engagement", "engagement"),
    "opt_campaign": ("campaign", "campagne"),
    "opt_campaigns": ("campaigns", "campagnes"),
    "opt_user": ("user", "utilisateur"),
    "opt_period": ("period", "période"),
    "opt_compare": ("comparison", "comparaison"),
    "opt_comparison": ("comparison", "comparaison"),
    "opt_sort": ("order", "ordre"),
    "opt_rows": ("rows", "lignes"),
    "opt_by": ("broken down by", "ventilé par"),
    "opt_text": ("text", "texte"),
    "opt_goal": ("goal", "objectif"),
    "opt_target": ("goal", "objectif"),
    # values of options
    "val_true": ("yes", "oui"),
    "val_false": ("no", "non"),
    "val_none": ("none", "aucun"),
    "val_any": ("any", "tous"),
    "val_open": ("open", "ouverture"),
    "val_click": ("click", "clic"),
    "val_reply": ("reply", "réponse"),
    "val_positive_reply": ("positive reply", "réponse positive"),
    "val_negative_reply": ("negative reply", "réponse négative"),
    "val_bounce": ("bounce", "erreur"),
    "val_unsubscribe": ("unsubscribe", "désinscription"),
    "val_sent": ("sent", "envoi"),
    "val_email": ("e-mail", "e-mail"),
    "val_lead": ("lead", "prospect"),
    "val_calendar": ("calendar", "calendaire"),
    "val_elapsed": ("elapsed time", "temps écoulé"),
    "val_human": ("human", "humain"),
    "val_all": ("all", "tout"),
    "val_rate": ("rate", "taux"),
    "val_count": ("number", "nombre"),
    "val_percentage": ("percentage", "pourcentage"),
    "val_absolute": ("absolute", "absolu"),
    "val_page": ("as the page", "comme la page"),
    "val_gmail": ("Gmail", "Gmail"),
    "val_outlook": ("Outlook", "Outlook"),
    "val_custom": ("custom", "personnalisé"),
    "val_other": ("other", "autre"),
    # what changed
    "quoted": ("“{text}”", "« {text} »"),
    "own_title": ("its own title", "son titre d'origine"),
    "instead": ("{what} {after} instead of {before}", "{what} {after} (et non {before})"),
    "said_title": ("title", "titre"),
    "said_name": ("name", "nom"),
    "said_type": ("type", "type"),
    "said_place": ("place", "emplacement"),
    "said_size": ("size", "taille"),
    "moved": ("moved", "déplacée"),
    "place": ("column {x}, row {y}", "colonne {x}, ligne {y}"),
    "locked_now": ("locked", "verrouillée"),
    "unlocked_now": ("unlocked", "déverrouillée"),
    "change_added": ("Added: {label}.", "Ajoutée : {label}."),
    "change_removed": ("Removed: {label}.", "Retirée : {label}."),
    "change_tile": ("{label}: {what}.", "{label} : {what}."),
    "change_view": ("The view: {what}.", "La vue : {what}."),
    "differs": ("Differs from the template: {what}.", "Diffère du modèle : {what}."),
    "only_here": (
        "Added in this workspace; not in the template.",
        "Ajoutée dans cet espace ; absente du modèle.",
    ),
    # overrides that have no effect
    "problem_gone": (
        "{label} is no longer in the template; what this workspace changed in it is not used.",
        "{label} n'est plus dans le modèle ; ce que cet espace y avait modifié n'est pas utilisé.",
    ),
    "problem_type": (
        "{label} is another type of tile in the template now; what this workspace changed in it is not used.",
        "{label} est désormais d'un autre type dans le modèle ; ce que cet espace y avait modifié "
        "n'est pas utilisé.",
    ),
    "problem_options": (
        "{label} does not take this workspace's options any more; those of the template are used.",
        "{label} n'accepte plus les options de cet espace ; celles du modèle sont utilisées.",
    ),
    "problem_locked": (
        "{label} is locked by the agency; what this workspace changed in it is not used.",
        "{label} est verrouillée par l'agence ; ce que cet espace y avait modifié n'est pas utilisé.",
    ),
    "problem_all_locked": (
        "The agency locked this template; what this workspace changed in it is not used.",
        "L'agence a verrouillé ce modèle ; ce que cet espace y avait modifié n'est pas utilisé.",
    ),
    "problem_unreadable": (
        "What this workspace changed in the template cannot be read any more; the template is shown.",
        "Ce que cet espace avait modifié dans le modèle n'est plus lisible ; le modèle est affiché.",
    ),
    "problem_moved": (
        "{label} moved down: the template has a tile in its place now.",
        "{label} est descendue : le modèle a désormais une tuile à sa place.",
    ),
    # two people
    "somebody": ("Somebody", "Quelqu'un"),
    "conflict": (
        "{label}, {what}: {who} saved {theirs} meanwhile, yours was {mine}.",
        "{label}, {what} : {who} a enregistré {theirs} entre-temps, le vôtre était {mine}.",
    ),
    "conflict_you_removed": (
        "{label}: you removed it, {who} changed it meanwhile; it is still here.",
        "{label} : vous l'avez retirée, {who} l'a modifiée entre-temps ; elle est toujours là.",
    ),
    "conflict_they_removed": (
        "{label}: {who} removed it meanwhile, you changed it; it is still here.",
        "{label} : {who} l'a retirée entre-temps, vous l'avez modifiée ; elle est toujours là.",
    ),
    "the_view": ("The view", "La vue"),
    # rollout
    "rollout_none": (
        "This changes nothing that any workspace shows.",
        "Cela ne change rien à ce qu'affichent les espaces.",
    ),
    "rollout_workspaces": ("Workspaces that will look different: {n}.", "Espaces qui changeront : {n}."),
    "rollout_links": (
        "Open share links that will look different: {n}.",
        "Liens de partage ouverts qui changeront : {n}.",
    ),
    "rollout_one": (
        "{name}: changes {n}, open links {links}.",
        "{name} : changements {n}, liens ouverts {links}.",
    ),
    "rollout_untouched": ("{name} stays as it is.", "{name} reste inchangé."),
    "idle": (
        "Its own settings of {label} make no difference any more.",
        "Ses propres réglages de {label} ne changent plus rien.",
    ),
    "rollout_idle": (
        "{name}: its own settings of {label} make no difference any more.",
        "{name} : ses propres réglages de {label} ne changent plus rien.",
    ),
    # notes of versions the program writes itself
    "note_restore": ("Version {n} restored", "Version {n} restaurée"),
    "note_undo": ("Undone: as version {n}", "Annulé : comme la version {n}"),
    "note_rename": ("Renamed", "Renommée"),
    "note_import": ("Imported from a file", "Importée d'un fichier"),
    "note_drop": ("Back to the template", "Retour au modèle"),
}
