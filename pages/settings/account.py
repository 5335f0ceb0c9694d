"""`/settings/account`: name, e-mail, language, time display, password, second factor, passkeys, sessions."""

from __future__ import annotations

from dashapp.access import current, policy
from dashapp.access.viewer import Member
from dashapp.db.tenants import TWELVE, TWENTY_FOUR, Agency, User
from dashapp.errors import NotFound
from dashapp.languages import NAMES
from dashapp.people import google_contacts, passkeys, second_factor, sessions
from dashapp.ui.format import clock
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import language, say
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.settings.frame import settings_page

ZONE = "UTC"


def layout(visit: Visit) -> Shown:
    """The page of whoever asks, and of nobody else."""
    viewer = visit.viewer
    if not isinstance(viewer, Member):
        raise NotFound("There is nothing here.")
    with visit.services.reading() as session:
        user = session.get_one(User, viewer.user_id)
        factors = second_factor.factors_of(session, user.id)
        keys = [
            {"id": key.id, "name": key.name, "made": format.moment(key.created_at, ZONE)}
            for key in passkeys.passkeys_of(session, user.id)
        ]
        devices = [
            {
                "id": device.id,
                "name": " · ".join(part for part in (device.browser, device.system) if part),
                "place": device.place,
                "seen": format.moment(device.seen_at, ZONE),
                "current": device.current,
            }
            for device in sessions.devices_of(session, user.id, current.session_id())
        ]
        google = google_contacts.status_of(session, user.id)
        agencies = [
            {
                "slug": agency.slug,
                "name": agency.name,
                "required": second_factor.required_by(session, agency),
            }
            for agency_id in viewer.agency_roles
            if policy.allowed(viewer, "agency.members", agency_id)
            and (agency := session.get(Agency, agency_id)) is not None
        ]
    return settings_page(
        visit,
        "account",
        "settings_account.html",
        user=user,
        has_password=user.password_hash is not None,
        factors=factors,
        passkeys=keys,
        devices=devices,
        agencies=agencies,
        google_offered=visit.services.settings.google is not None,
        google=google,
        google_fetched=""
        if google is None or google.fetched_at is None
        else format.moment(google.fetched_at, ZONE),
        google_count="" if google is None else format.integer(google.contacts),
        names=NAMES,
        chosen=language(),
        clocks=[
            ("", say("As in {language}", language=NAMES[language()])),
            (TWENTY_FOUR, clock(14, 30, twelve=False)),
            (TWELVE, clock(14, 30, twelve=True)),
        ],
    )


PAGE = PageSpec(name="settings-account", path="/settings/account", layout=layout)
