"""The composition root: Flask, the gate, the desk (Dash), the portal, the hooks, wired once."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dash
from flask import Flask
from flask_wtf.csrf import generate_csrf

import pages
from callbacks.guard import Guard
from dashapp.access import current, limits, tokens
from dashapp.agencies.look import agency_of, look_of
from dashapp.config import Settings
from dashapp.db import migrate
from dashapp.portal.campaigns import blueprint as portal_campaigns
from dashapp.portal.files import blueprint as portal_files
from dashapp.portal.inline import source
from dashapp.portal.mail_choice import blueprint as mail_choice
from dashapp.portal.questions import blueprint as portal_questions
from dashapp.portal.routes import blueprint as portal
from dashapp.portal.sent import blueprint as portal_sent
from dashapp.services import EXTENSION, Services, open_services
from dashapp.ui.desk.shell import spoken, theme_script
from dashapp.web import assets, campaign_files, data_files, health, hooks, invitations, login
from dashapp.web.account import fields, google, keys, own, reset, second_step, sign_up, workspace
from dashapp.web.api.routes import blueprint as api
from dashapp.web.middleware import envelope, failures, headers
from dashapp.web.middleware.domains import Domains
from dashapp.web.middleware.gate import Gate
from dashapp.web.middleware.polls import Polls
from pages.analytics import files as analytics_files
from pages.contacts import routes as contacts
from pages.frame.first_sight import first_sight
from pages.sources import routes as uploads

ASSETS = Path(__file__).resolve().parent.parent / "assets"
#: Bytes of a request's body; hooks have their own, smaller limit.
MAX_BODY = 2 * 1024 * 1024


class Desk(dash.Dash):
    """Dash, telling the browser no more than it needs, with our own door for files."""

    files: assets.Assets
    running: Services

    def _config(self) -> dict[str, Any]:
        # Dash publishes sys.version to everyone who opens the page, and names every component there is;
        # the renderer asks for those that hold components outside of `children` only. (What it does not find it
        # takes to hold them in `defaultValue`, which of these three only dcc's components have.)
        told = super()._config()
        named = {
            space: {name: props for name, props in of.items() if props or space == "dash_core_components"}
            for space, of in told.get("children_props", {}).items()
        }
        return {**told, "python_version": "", "children_props": named}

    def interpolate_index(self, *args: Any, **parts: Any) -> str:
        """The document in the language of whoever asks for it, with the page they asked for."""
        viewer = current.viewer()
        first, icon = first_sight(self.running, viewer), self.files.url("icon.svg")
        if agency_of(viewer) is not None:
            with self.running.reading() as session:
                look = look_of(session, viewer)
            if look is not None:
                parts["title"], icon = look.name, look.logo or "data:,"
        return spoken(super().interpolate_index(*args, **parts), first, icon)

    def get_asset_url(self, path: str) -> str:
        """The address of a file with its digest."""
        return self.files.url(path)


def create_app(settings: Settings, services: Services | None = None, *, development: bool = False) -> Flask:
    """The whole web app over these settings; brings the database's schema up to date first.

    `services`: already open ones (tests, `vitrine demo`). `development` adds `/styleguide`; without it there
    is no such address.
    """
    running = services or open_services(settings, web=True)
    limits.install(settings)
    migrate.upgrade(running.engine)
    app = Flask(
        "dashapp", static_folder=None, template_folder=str(Path(__file__).parent / "web" / "templates")
    )
    app.secret_key = tokens.sign(settings.secret_key, "flask", "secret key")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=trusted_hosts(settings),
        SESSION_COOKIE_NAME="unused",
        PROPAGATE_EXCEPTIONS=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions[EXTENSION] = running
    failures.install(app)
    current.install(app, running)
    gate = Gate(running, pages.desk_paths(), pages.desk_verbs())
    app.extensions["vitrine_gate"] = gate
    gate.install(app)
    files = assets.install(app, ASSETS)
    for blueprint in (
        second_step.blueprint,
        sign_up.blueprint,
        reset.blueprint,
        own.blueprint,
        keys.blueprint,
        google.blueprint,
        fields.blueprint,
        workspace.blueprint,
        api,
    ):
        app.register_blueprint(blueprint)
    for blueprint in (login.blueprint, hooks.blueprint, health.blueprint, data_files.blueprint, portal):
        app.register_blueprint(blueprint)
    app.register_blueprint(portal_files)
    app.register_blueprint(portal_campaigns)
    app.register_blueprint(portal_questions)
    app.register_blueprint(portal_sent)
    app.register_blueprint(mail_choice)
    app.register_blueprint(campaign_files.blueprint)
    app.register_blueprint(invitations.blueprint)
    app.register_blueprint(analytics_files.blueprint)
    app.register_blueprint(contacts.blueprint)
    app.register_blueprint(uploads.blueprint)
    if development:
        from dashapp.web.styleguide.embed import blueprint as embed
        from dashapp.web.styleguide.mails import blueprint as mails
        from dashapp.web.styleguide.routes import blueprint as styleguide

        app.register_blueprint(styleguide)
        app.register_blueprint(mails)
        app.register_blueprint(embed)

    desk = _desk(app, running, files)
    hashes = _warm_up(app, desk)
    headers.install(app, settings, lambda: hashes)
    app.after_request(login.renew_csrf_cookie)
    app.extensions["vitrine_desk"] = desk
    app.wsgi_app = Polls(Domains(app.wsgi_app, running, app.config["TRUSTED_HOSTS"]))  # type: ignore[method-assign,assignment]
    return app


def _desk(app: Flask, running: Services, files: assets.Assets) -> Desk:
    desk = Desk(
        "dashapp",
        server=app,
        url_base_pathname="/",
        pages_folder="",
        use_pages=False,  # its router would be a callback without a policy
        assets_folder=str(ASSETS),
        assets_url_path="_unused-assets",
        include_assets_files=False,
        suppress_callback_exceptions=True,
        enable_mcp=False,
        update_title=None,
        title="Vitrine",
        add_log_handler=False,
        serve_locally=True,
    )
    desk.files, desk.running = files, running
    envelope.install(app, desk)
    pages.build(desk, Guard(desk, running), running)
    return desk


def _warm_up(app: Flask, desk: Desk) -> list[str]:
    """Run Dash's first-request set-up now: two first requests would race, and the hashes miss scripts."""
    with app.test_request_context("/login", base_url=f"http://{app.config['TRUSTED_HOSTS'][0]}"):
        app.preprocess_request()
        generate_csrf()
    return [*desk.csp_hashes(), source(theme_script(ASSETS))]


def trusted_hosts(settings: Settings) -> list[str]:
    """The names a request may call us by: the public address and, listening locally, this machine's."""
    names = [urlsplit(settings.public_url).hostname or "", settings.host]
    if settings.host in {"127.0.0.1", "::1", "localhost", "0.0.0.0"}:  # noqa: S104 — compared, not bound
        names += ["127.0.0.1", "localhost"]
    return [name for name in dict.fromkeys(names) if name and name not in {"0.0.0.0", "::"}]  # noqa: S104
