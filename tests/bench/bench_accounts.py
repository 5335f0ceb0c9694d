"""An agency's accounts: its dashboard with everything on it, a decision of the policy, logging in with others.

The dashboard is measured in this process: what the server does for a page, without the wire. Log-ins go over
waitress, twenty at once, with passwords hashed as in the product.
"""

from __future__ import annotations

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select

from dashapp.access import policy
from dashapp.access.viewer import Member, load_member
from dashapp.agencies.accounts import create_user, set_password
from dashapp.agencies.attention import reasons
from dashapp.db.base import now
from dashapp.db.tenants import User, Workspace
from dashapp.web.serve import collect_rarely
from jobs.catalog import account_figures
from pages.agency import accounts
from pages.agency.model import dashboard
from tests.bench.bench_views import PERSON, password_of_person
from tests.bench.ground import Ground
from tests.bench.server import running
from tests.bench.table import Row, quantile

LOOKS, DECISIONS = 40, 20_000
AT_ONCE, EACH = 20, 3


def measure(ground: Ground) -> list[Row]:
    """Milliseconds of a dashboard and of log-ins, microseconds of a decision."""
    password = password_of_person(ground)
    begun = time.perf_counter()
    counted = account_figures.bring_up(ground.services.lake, now())
    whole = time.perf_counter() - begun
    rows = [Row("accounts, counted by the worker", whole * 1_000 / max(1, counted), "ms", None, "an account")]
    rows += _dashboard(ground) + _policy(ground)
    with running(ground.settings.home) as (port, _):
        rows += _log_ins(f"http://127.0.0.1:{port}", _people(ground, password), password)
    return rows


def _dashboard(ground: Ground) -> list[Row]:
    with ground.services.session() as session:
        found = [
            reasons.Found(key, "untouched", now(), {"replies": 2})
            for key in ground.ids[: len(ground.ids) // 10]
        ]
        reasons.keep(session, ("untouched",), found)
    collect_rarely()
    times, cpu = [], []
    for look in range(LOOKS + 3):
        begun, used = time.perf_counter(), time.thread_time()
        with ground.services.reading() as session:
            viewer = load_member(session, session.scalars(select(User.id).where(User.email == PERSON)).one())
            agency = session.get_one(Workspace, ground.ids[0]).managing_agency
            assert viewer is not None
            assert agency is not None
            asked = {"sort": ("name", "sent", "leads", "replies")[look % 4]}
            model = dashboard(ground.services.lake, session, viewer, agency, asked)
        accounts.body(model)
        accounts.attention_part(model)
        times.append((time.perf_counter() - begun) * 1_000)
        cpu.append((time.thread_time() - used) * 1_000)
    warm = times[3:]
    return [
        Row(f"dashboard of {len(ground.ids):,} accounts, first", times[0], "ms", None),
        Row("dashboard, p50", quantile(warm, 0.5), "ms", None, f"{LOOKS} looks"),
        Row("dashboard, p95", quantile(warm, 0.95), "ms", 120, f"CPU p50 {quantile(cpu[3:], 0.5):.0f} ms"),
    ]


def _policy(ground: Ground) -> list[Row]:
    roles = dict.fromkeys(range(1, 200), "member")
    member = Member(1, PERSON, "", roles, given=frozenset((1, key) for key in ground.ids))
    begun = time.perf_counter()
    for _ in range(DECISIONS):
        policy.allowed(member, "share.manage", 1, ground.ids[-1])
    return [Row("policy decision", (time.perf_counter() - begun) * 1e6 / DECISIONS, "µs", 50)]


def _people(ground: Ground, password: str) -> list[str]:
    """People who may log in: one account alone would be held up as guessing."""
    emails = [f"bench{n}@north.example" for n in range(AT_ONCE)]
    with ground.services.session() as session:
        agency = session.get_one(Workspace, ground.ids[0]).managing_agency
        for email in emails:
            person = create_user(session, email, agency=agency, agency_role="manager")
            set_password(session, person, password)
    return emails


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **more: object) -> None:
        """The page after the log-in is not measured."""


def _log_ins(base: str, emails: Sequence[str], password: str) -> list[Row]:
    times: list[float] = []

    def person(email: str) -> None:
        for _ in range(EACH):
            opener = urllib.request.build_opener(
                _NoRedirect(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
            )
            page = opener.open(f"{base}/login").read().decode()
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token
            sent = {"email": email, "password": password, "next": "/settings/roles", "csrf_token": token[1]}
            request = urllib.request.Request(
                f"{base}/login", urllib.parse.urlencode(sent).encode(), {"Referer": f"{base}/login"}
            )
            begun = time.perf_counter()
            with suppress(urllib.error.HTTPError):  # 303 is one, unless it is followed
                opener.open(request).read()
            times.append((time.perf_counter() - begun) * 1_000)

    people = [threading.Thread(target=person, args=(email,)) for email in emails]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return [
        Row("log-in, p50", quantile(times, 0.5), "ms", None, f"{AT_ONCE} at once"),
        Row("log-in, p95", quantile(times, 0.95), "ms", 300),
    ]
