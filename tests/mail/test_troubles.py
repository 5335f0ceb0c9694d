"""Who is told of what goes wrong: the agency's owners, once when it begins and once when it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.jobs import FreshnessAlarm, JobRun
from dashapp.db.mail import Mail, MailBundle
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule, ScheduleRun, SentReport
from dashapp.db.tenants import AgencyLink, AgencyMember, User, Workspace, WorkspaceMember
from dashapp.mail import outbox
from data.building import failures
from data.intake import refusals
from data.intake.refusals import Refusal
from data.lake.lake import Lake
from data.marts.checks import Finding
from jobs.catalog import tell_troubles
from jobs.runtime.executor import Executor
from jobs.runtime.ledger import run_now
from jobs.runtime.timing import Timing

ALICE, CHARLIE = "alice@north.example", "charlie@south.example"
BEGAN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
#: What only one of the two agencies may read of itself.
OF_NORTH = ("north", "harbour", "pine", "alice", "bob")
OF_SOUTH = ("south", "colossus", "charlie")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="x",
        public_url="https://reports.example.com",
        smtp_url="smtp://localhost?operator=ops@example.com",
    )


class Watch:
    """The job, run at moments of our own."""

    def __init__(self, lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lake, self.at = lake, BEGAN
        self._jobs = {"tell-troubles": tell_troubles.JOB}
        self._executor = Executor(lake, "w", self._jobs, Timing(), settings)
        monkeypatch.setattr(tell_troubles, "now", lambda: self.at)

    def look(self, minutes: float = 1) -> list[Mail]:
        """So many minutes go by, and the job runs; gives the mails it wrote."""
        self.at += timedelta(minutes=minutes)
        with Session(self.lake.engine) as session:
            before = set(session.scalars(select(Mail.id)))
        run_id = run_now(self.lake.engine, "tell-troubles", 0)
        self._executor.once()
        with Session(self.lake.engine) as session:
            run = session.get_one(JobRun, run_id)
            assert run.state == "done", run.detail
            return [row for row in session.scalars(select(Mail).order_by(Mail.id)) if row.id not in before]


@pytest.fixture
def watch(lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(lake, settings, monkeypatch)


@pytest.fixture
def alarm(engine: Engine) -> Callable[..., int]:
    def raise_it(workspace_id: int, since: datetime = BEGAN) -> int:
        with engine.begin() as connection:
            values = {"workspace_id": workspace_id, "since": since, "worst_ms": 61_000}
            made = connection.execute(insert(FreshnessAlarm).values(**values).returning(FreshnessAlarm.id))
            return int(made.scalar_one())

    return raise_it


def end(engine: Engine, at: datetime, *ids: int) -> None:
    with engine.begin() as connection:
        connection.execute(update(FreshnessAlarm).where(FreshnessAlarm.id.in_(ids)).values(ended_at=at))


def test_late_figures_are_told_once_when_they_begin_and_once_when_they_are_over(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    raised = alarm(north.harbour)
    (mail,) = watch.look()
    assert (mail.to, mail.agency_id, mail.state) == (ALICE, north.agency, "queued")
    assert mail.subject == (
        "Figures are late: Harbour Coffee / Chiffres en retard : Harbour Coffee / "
        "Zahlen sind verspätet: Harbour Coffee"
    ), "she never said which language she reads"
    assert "- Harbour Coffee: since 2026-03-02 09:30 UTC\n" in mail.text
    assert "- Harbour Coffee: depuis 2026-03-02 09:30 UTC\n" in mail.text
    assert mail.text.count("https://reports.example.com/data?agency=north\n") == 3
    assert "vitrine doctor" in mail.text
    assert [watch.look() for _ in range(60)] == [[]] * 60, "an hour of it is one mail"
    end(engine, watch.at, raised)
    (over,) = watch.look()
    assert over.subject.startswith("Figures are up to date again: Harbour Coffee / ")
    assert "- Harbour Coffee: from 2026-03-02 09:30 UTC to 2026-03-02 10:32 UTC\n" in over.text
    assert [watch.look(30) for _ in range(3)] == [[]] * 3


def test_an_owner_who_chose_a_language_reads_that_alone(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    with engine.begin() as connection:
        connection.execute(update(User).where(User.email == ALICE).values(language="de"))
    alarm(north.harbour)
    (mail,) = watch.look()
    assert mail.subject == "Zahlen sind verspätet: Harbour Coffee"
    assert "- Harbour Coffee: seit 2026-03-02 09:30 UTC\n" in mail.text
    assert "\n-- \n" not in mail.text
    assert mail.text.count("https://reports.example.com/data?agency=north\n") == 1


def test_each_agency_reads_of_its_own_alone(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    for workspace_id in (north.harbour, south.colossus, north.pine):
        alarm(workspace_id)
        finding = Finding(workspace_id, "messages", "no_future", 7_919, (), "One is of the future.", "Look.")
        failures.record(engine, {workspace_id: [finding]}, "refresh", {})
        with engine.begin() as connection:
            values = {"job": "merge-layers", "tenant": workspace_id, "slot": "s", "origin": "clock"}
            connection.execute(
                insert(JobRun).values(state="dead", finished_at=BEGAN, detail="Colossus Harbour", **values)
            )
    mails = watch.look()
    assert sorted((mail.to, mail.key.split(":")[0]) for mail in mails) == [
        (who, topic) for who in (ALICE, CHARLIE) for topic in ("checks", "late", "runs")
    ], "Bob is no owner; two workspaces are one mail"
    for mail in mails:
        said = f"{mail.subject}\n{mail.text}".lower()
        for word in OF_SOUTH if mail.to == ALICE else OF_NORTH:
            assert word not in said, (mail.to, word)
    by_topic = {mail.key.split(":")[0]: mail for mail in mails if mail.to == ALICE}
    assert by_topic["late"].subject.startswith("Figures are late: Harbour Coffee and 1 more / ")
    assert "- Pine Dental: since" in by_topic["late"].text
    assert "- Pine Dental, messages.no_future: since" in by_topic["checks"].text
    assert "- Pine Dental, merge-layers: since 2026-03-02 09:30 UTC" in by_topic["runs"].text


def test_a_failed_check_and_a_dead_letter_are_over_when_they_are_gone(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    finding = Finding(north.pine, "units", "sums", 2, (), "The sums differ.", "Look.")
    failures.record(engine, {north.pine: [finding]}, "refresh", {})
    with engine.begin() as connection:
        values = {"job": "refresh-marts", "tenant": north.pine, "slot": "s", "origin": "worker"}
        connection.execute(insert(JobRun).values(state="dead", finished_at=BEGAN, **values))
    assert len(watch.look()) == 2
    failures.record(engine, {north.pine: [finding]}, "refresh", {})
    assert watch.look(20) == [], "a failure found again is the same failure"
    with engine.begin() as connection:
        failures.close(connection, [north.pine])
        connection.execute(delete(JobRun).where(JobRun.job == "refresh-marts"))
    assert [mail.subject.split(":")[0] for mail in watch.look()] == ["Checks hold again", "Jobs run again"]


def test_why_a_report_was_not_sent_is_said_in_the_readers_language(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    """Also the second time, when it is another reason."""
    with Session(engine) as session, session.begin():
        session.get_one(User, north.alice).language = "de"
        share = Share(workspace_id=north.harbour, name="Board", nonce="n", token_hash="h")
        session.add(share)
        session.flush()
        rhythm = {"cadence": "weekly", "timezone": "UTC", "period": "last_7_days"}
        schedule = Schedule(workspace_id=north.harbour, share_id=share.id, **rhythm)
        session.add(schedule)
        session.flush()
        run = {"schedule_id": schedule.id, "due": BEGAN, "finished_at": BEGAN}
        session.add(ScheduleRun(slot="1", state="stopped", reason="tile_failed", about="Replies", **run))
    (mail,) = watch.look()
    assert (
        "- Harbour Coffee, Board – Diese Kacheln hatten keine Zahlen: Replies. Es wurde nichts versendet, damit "
        "niemand eine Lücke erhält.: seit 2026-03-02 09:30 UTC\n"
    ) in mail.text
    with Session(engine) as session, session.begin():
        session.add(ScheduleRun(slot="2", state="sent", **run))
    assert len(watch.look()) == 1
    with Session(engine) as session, session.begin():
        session.get_one(User, north.alice).language = "fr"
        again = run | {"finished_at": BEGAN + timedelta(hours=1)}
        session.add(ScheduleRun(slot="3", state="stopped", reason="no_figures", **again))
    (mail,) = watch.look(20)
    assert "Board – Les chiffres n’ont pas pu être lus. Rien n’a été envoyé." in mail.text
    assert "Nothing was sent" not in mail.text


def scheduled(session: Session, workspace_id: int) -> tuple[Schedule, Share]:
    """A weekly schedule of a link that the workspace's agency made."""
    link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == workspace_id)).one()
    share = Share(
        workspace_id=workspace_id, link_id=link.id, name="Board", nonce="n", token_hash=f"h{workspace_id}"
    )
    session.add(share)
    session.flush()
    rhythm = {"cadence": "weekly", "timezone": "UTC", "period": "last_7_days"}
    schedule = Schedule(workspace_id=workspace_id, share_id=share.id, **rhythm)
    session.add(schedule)
    session.flush()
    return schedule, share


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("share_expired", "Board – The link had ended."),
        ("share_revoked", "Board – The link was revoked."),
        ("no_view", "Board – The link shows nothing any more of what is mailed."),
        ("unchanged", None),
        ("no_recipients", None),
    ],
)
def test_a_schedule_that_mails_nobody_any_more_is_told_and_one_without_news_is_not(
    watch: Watch, engine: Engine, north: Any, south: Any, reason: str, told: str | None
) -> None:
    with Session(engine) as session, session.begin():
        schedule, _ = scheduled(session, north.harbour)
        run = {"schedule_id": schedule.id, "due": BEGAN, "finished_at": BEGAN, "state": "skipped"}
        session.add(ScheduleRun(slot="1", reason=reason, **run))
    mails = watch.look()
    assert [mail.to for mail in mails] == ([ALICE] if told else [])
    if told:
        assert mails[0].subject.startswith("A scheduled report was not sent: Harbour Coffee")
        assert f"- Harbour Coffee, {told}" in mails[0].text


def went_out(session: Session, schedule: Schedule, slot: str, errors: Sequence[str | None]) -> None:
    """A run with a mail for each of `errors`: why it did not go, None for one that went."""
    run = ScheduleRun(schedule_id=schedule.id, slot=slot, due=BEGAN, finished_at=BEGAN, state="sent")
    bundle = MailBundle()
    session.add_all([run, bundle])
    session.flush()
    kept = {"run_id": run.id, "share_id": schedule.share_id, "bundle_id": bundle.id}
    session.add(SentReport(as_of=BEGAN, facts={}, body=b"", **kept))
    for n, error in enumerate(errors):
        state = "sent" if error is None else "failed" if error.startswith("550") else "stopped"
        mail = {"to": f"v{n}@x.example", "subject": "s", "text": "t", "bundle_id": bundle.id}
        session.add(Mail(key=f"schedule run {run.id}: {n}", state=state, last_error=error or "", **mail))


def test_mails_of_a_report_that_were_stopped_or_failed_are_told_and_who_unsubscribed_is_not(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    """Of four mails two do not go, and one is not wanted any more. The next report goes to everybody."""
    narrowed = "The link was narrowed before the mail was sent: it shows less than this report."
    with Session(engine) as session, session.begin():
        schedule, _ = scheduled(session, north.harbour)
        unwanted = "The recipient no longer wants this report."
        went_out(session, schedule, "1", [narrowed, "550 no such person", unwanted, None])
    (mail,) = watch.look()
    assert "- Harbour Coffee, Board – 2 mails did not go. 550 no such person" in mail.text
    with Session(engine) as session, session.begin():
        went_out(session, session.scalars(select(Schedule)).one(), "2", [unwanted, None])
    (over,) = watch.look(20)
    assert over.subject.startswith("Scheduled reports are sent again: Harbour Coffee")


def test_the_agency_that_was_unlinked_reads_of_its_own_link_and_not_what_the_account_is_called_now(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    with Session(engine) as session, session.begin():
        schedule, _ = scheduled(session, north.harbour)
        run = {"schedule_id": schedule.id, "due": BEGAN, "finished_at": BEGAN, "state": "skipped"}
        session.add(ScheduleRun(slot="1", reason="unlinked", **run))
        link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == north.harbour)).one()
        link.state, link.account_name = "ended", "Our client"
        session.get_one(Workspace, north.harbour).name = "Secret new name"
    (mail,) = watch.look()
    assert mail.to == ALICE
    assert (
        "- North, Our client, Board – The agency that made the link no longer manages the workspace."
        in mail.text
    )
    assert "Secret" not in f"{mail.subject}{mail.text}"


def test_an_account_without_an_agency_is_told_itself_and_the_operator_of_everything_else(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    """Nora owns Harbour, which no agency manages any more; Bob only works there, Pine has no owner."""
    with Session(engine) as session, session.begin():
        for workspace_id in (north.harbour, north.pine):
            schedule, _ = scheduled(session, workspace_id)
            share = session.get_one(Share, schedule.share_id)
            share.link_id = None  # the account's own people made it
            run = {"schedule_id": schedule.id, "due": BEGAN, "finished_at": BEGAN, "state": "stopped"}
            session.add(ScheduleRun(slot="1", reason="failed", **run))
        for link in session.scalars(select(AgencyLink).where(AgencyLink.agency_id == north.agency)):
            link.state = "ended"
        nora = User(email="nora@harbour.example", password_hash="x", language="en")
        session.add(nora)
        session.flush()
        session.add(WorkspaceMember(workspace_id=north.harbour, user_id=nora.id, role="owner"))
    alarm(north.harbour)
    mails = {(mail.to, mail.subject): mail for mail in watch.look()}
    own = mails.pop(("nora@harbour.example", "A scheduled report was not sent: Harbour Coffee"))
    assert (own.agency_id, own.workspace_id) == (None, north.harbour)
    assert "https://reports.example.com/w/harbour-coffee/schedules\n" in own.text
    assert "Pine" not in own.text
    assert sorted((to, subject.split(" / ")[0]) for to, subject in mails) == [
        ("ops@example.com", "A scheduled report was not sent: Pine Dental"),
        ("ops@example.com", "Figures are late: Harbour Coffee"),
    ]


def test_a_mail_about_several_workspaces_is_read_as_long_as_all_of_them_are_managed(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    alarm(north.harbour)
    alarm(north.pine)
    (mail,) = watch.look()
    assert (mail.workspace_id, sorted(mail.about)) == (None, sorted([north.harbour, north.pine]))
    with Session(engine) as session:
        assert [one.id for one in outbox.of_agency(session, north.agency, 20)] == [mail.id]
        assert outbox.of_agency(session, south.agency, 20) == []
        link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == north.pine)).one()
        link.state = "ended"
        assert outbox.of_agency(session, north.agency, 20) == []


@pytest.mark.postgres_long
def test_alarms_that_come_and_go_are_a_mail_in_a_quarter_of_an_hour(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    written: list[Mail] = []
    for _ in range(60):  # two hours: late for a minute, well for a minute
        raised = alarm(north.harbour, watch.at)
        written += watch.look()
        end(engine, watch.at, raised)
        written += watch.look()
    assert 8 <= len(written) <= 16, "at most one of each kind in fifteen minutes"
    end_of_it = watch.look(20)
    assert {mail.key.split(":")[2] for mail in end_of_it} <= {"over"}
    assert watch.look(20) == []


def test_what_begins_while_it_is_quiet_is_told_later_if_it_lasts(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    alarm(north.harbour)
    assert len(watch.look()) == 1
    alarm(north.pine)
    assert watch.look() == []
    (mail,) = watch.look(15)
    assert "Pine Dental" in mail.text
    assert "Harbour" not in mail.text


def test_dead_again_is_told_again(watch: Watch, engine: Engine, north: Any, south: Any) -> None:
    with engine.begin() as connection:
        values = {"job": "refresh-marts", "tenant": north.pine, "slot": "s", "origin": "worker"}
        connection.execute(insert(JobRun).values(state="dead", finished_at=BEGAN, **values))
    assert len(watch.look()) == 1
    with engine.begin() as connection:
        connection.execute(update(JobRun).where(JobRun.slot == "s").values(state="done"))
    assert len(watch.look()) == 1
    with engine.begin() as connection:
        again = {"state": "dead", "finished_at": BEGAN + timedelta(minutes=20)}
        connection.execute(update(JobRun).where(JobRun.slot == "s").values(**again))
    (mail,) = watch.look(20)
    assert "since 2026-03-02 09:50 UTC" in mail.text


def test_the_installations_own_runs_are_told_to_who_runs_it(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    with engine.begin() as connection:
        values = {"job": "collect-orphans", "tenant": 0, "slot": "s", "origin": "clock"}
        connection.execute(insert(JobRun).values(state="dead", finished_at=BEGAN, **values))
    (mail,) = watch.look()
    assert (mail.to, mail.agency_id) == ("ops@example.com", None)
    assert "- the installation, collect-orphans: since 2026-03-02 09:30 UTC" in mail.text
    assert "vitrine jobs dead" in mail.text
    assert not any(word in mail.text.lower() for word in OF_NORTH[:3] + OF_SOUTH[:2])


def test_owners_who_left_are_not_told_and_a_name_cannot_add_a_header(
    watch: Watch, engine: Engine, north: Any, south: Any, alarm: Any
) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(User, north.alice).active = False
        dora = User(email="dora@north.example", name="Dora")
        session.add(dora)
        session.flush()
        session.add(AgencyMember(user_id=dora.id, agency_id=north.agency, role="owner"))
        session.get_one(Workspace, north.harbour).name = "Harbour\r\nBcc: charlie@south.example" + "x" * 70
    alarm(north.harbour)
    (mail,) = watch.look()
    assert mail.to == "dora@north.example"
    assert mail.subject.isprintable()
    assert "\nBcc" not in mail.text
    assert len(mail.subject) <= 200


def test_deliveries_refused_again_and_again_are_told(
    watch: Watch, engine: Engine, north: Any, south: Any
) -> None:
    def refuse(times: int, workspace_id: int, source_id: int = 5) -> None:
        one = Refusal(workspace_id, source_id, "signature", "The signature is wrong.", 9, watch.at, watch.at)
        with engine.begin() as connection:
            refusals.keep(connection, [one] * times)

    refuse(2, north.harbour)
    assert watch.look() == [], "twice may be a slip while a secret is changed"
    refuse(1, north.harbour)
    refuse(1, south.colossus, 6)
    (mail,) = watch.look()
    assert mail.to == ALICE
    assert mail.subject.startswith("Deliveries are refused: Harbour Coffee / Des livraisons sont refusées")
    assert "(signature, 3)" in mail.text
    assert not [word for word in OF_SOUTH if word in mail.text.lower()]
    refuse(40, north.harbour)
    assert watch.look() == []
    (over,) = watch.look(6 * 60 + 1)
    assert over.subject.startswith("Deliveries are no longer refused: Harbour Coffee")
