"""The outbox: a message goes once, to the folder or the server, and waits while that is away."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from app.core import mail, mail_delivery
from app.core.command import command
from app.core.errors import Invalid, NotFound
from app.core.mail import OutboxMail
from app.extensions import db
from tests.conftest import START
from tests.core.mail_servers import (
    DropsAfterAnswer,
    DropsInTheMiddle,
    Inbox,
    make_certificate,
    serving,
)
from tests.test_killed_worker import free_port

ROOT = Path(__file__).parent.parent.parent
Move = Callable[[Any], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def post(*recipients: str, subject: str = "Vastaus on\ntullut", fail: bool = False) -> None:
    """Messages in one command."""
    for recipient in recipients:
        mail.post(recipient, subject, "Hyvää päivää!\n\nKaupunki vastasi.")
    if fail:
        raise Invalid("empty")


def outbox() -> list[OutboxMail]:
    db.session.rollback()
    rows = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
    db.session.rollback()
    return rows


def files(app: Flask) -> list[Path]:
    return sorted(Path(app.config["INSTANCE"], "mail").iterdir())


@pytest.fixture
def port(context: Flask) -> int:
    """Where the mail server is, once it is started."""
    number = free_port()
    context.config["SMTP_URL"] = f"smtp://127.0.0.1:{number}"
    return number


@only_sqlite
class TestSending:
    """What arrives, and where."""

    def test_without_a_server_messages_go_to_a_folder_once(self, context: Flask) -> None:
        post("one@example.org", "two@example.org")
        assert mail.send_waiting() == 2
        assert mail.send_waiting() == 0
        first, second = files(context)
        message = message_from_bytes(first.read_bytes(), policy=policy.default)
        assert message["To"] == "one@example.org"
        assert message["Subject"] == "Vastaus on tullut"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Date"].datetime == START
        assert "Kaupunki vastasi." in message.get_content()
        assert "Hyvää päivää" in first.read_text(encoding="utf-8"), "a person can read it"
        assert message["Message-ID"] != message_from_bytes(second.read_bytes())["Message-ID"]
        assert all(row.sent_at == START for row in outbox())
        assert first.parent.stat().st_mode & 0o077 == 0

    def test_a_failed_command_sends_nothing(self, context: Flask) -> None:
        with pytest.raises(Invalid):
            post("one@example.org", fail=True)
        assert mail.send_waiting() == 0
        assert outbox() == []

    def test_messages_reach_the_mail_server_over_one_connection(self, port: int) -> None:
        people = [f"person{n}@example.org" for n in range(mail.BATCH + 5)]
        post(*people)
        with serving(port, Inbox()) as inbox:
            assert mail.send_waiting() == len(people)
            assert mail.send_waiting() == 0
        assert inbox.recipients == people, "in the order in which they were written"
        assert len(inbox.connections) == 1
        assert "Hyvää päivää!" in inbox.messages[0].get_content()
        assert inbox.ids() == [row.message_id for row in outbox()]
        assert all(byte < 128 for byte in inbox.contents[0]), "any server can carry it"

    def test_a_run_leaves_the_other_jobs_their_turn(self, context: Flask) -> None:
        post("one@example.org", "two@example.org")
        assert mail.send_waiting(seconds=-1) == 0
        assert mail.send_waiting() == 2

    def test_nothing_is_locked_while_the_server_thinks(self, context: Flask, port: int) -> None:
        """SQLite has one writer; it must not wait for a mail server."""
        asked, thought = threading.Event(), threading.Event()

        class Slow(Inbox):
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                asked.set()
                thought.wait(30)
                return await super().handle_DATA(server, session, envelope)

        def work() -> None:
            with context.app_context():
                mail.send_waiting()
                db.session.remove()

        post("one@example.org")
        with serving(port, Slow()) as inbox:
            worker = threading.Thread(target=work)
            worker.start()
            assert asked.wait(30)
            try:
                post("two@example.org")
                assert [row.claimed_at for row in outbox()] == [START, None]
            finally:
                thought.set()
                worker.join(60)
        assert inbox.recipients == ["one@example.org", "two@example.org"]


@only_sqlite
class TestHeaders:
    """No title writes headers, and every letter arrives."""

    def test_a_title_cannot_write_headers(self, port: int) -> None:
        for number, line_end in enumerate(("\r\n", "\n", "\r", "\u2028", "\x85", "\x0b")):
            post("one@example.org", subject=f"Valot {number}{line_end}Bcc: victim@example.org\x00")
        with serving(port, Inbox()) as inbox:
            mail.send_waiting()
        for message in inbox.messages:
            assert message["Bcc"] is None
            assert "Bcc: victim@example.org" in message["Subject"]
        assert set(inbox.recipients) == {"one@example.org"}

    def test_every_letter_of_a_long_subject_arrives(self, port: int) -> None:
        subject = "Ääkköset & ruotsin å sekä 🏞 puistossa: " + "pyörätie jäätyy öisin " * 5
        post("one@example.org", subject=subject)
        with serving(port, Inbox()) as inbox:
            mail.send_waiting()
        assert inbox.messages[0]["Subject"] == " ".join(subject.split())
        assert max(len(line) for line in inbox.contents[0].splitlines()) <= 78

    def test_a_subject_longer_than_the_outbox_is_cut(self, context: Flask) -> None:
        post("one@example.org", subject="ä" * 400)
        assert outbox()[0].subject == "ä" * 299 + "…"

    def test_headers_of_the_message_are_kept_and_stay_whole(self, port: int) -> None:
        url = f"https://osallistu.example.org/fi/unfollow/{'abc-_.' * 30}"

        @command
        def announce() -> None:
            mail.post("one@example.org", "Hei", "Hei", {"List-Unsubscribe": f"<{url}>"})

        announce()
        with serving(port, Inbox()) as inbox:
            mail.send_waiting()
        assert f"List-Unsubscribe: <{url}>\r\n".encode() in inbox.contents[0]

    def test_a_sender_with_a_name(self, context: Flask, port: int) -> None:
        context.config["MAIL_FROM"] = "Esbo ä Kuuluu <kuuluu@city.example.org>"
        post("one@example.org")
        with serving(port, Inbox()) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.messages[0]["From"] == "Esbo ä Kuuluu <kuuluu@city.example.org>"
        assert inbox.ids()[0].endswith("@city.example.org>")


@only_sqlite
class TestAwayAndBack:
    """A server that is away, or leaves in the middle."""

    def test_while_the_server_is_away_messages_wait_and_nothing_is_lost(
        self, port: int, held: Move
    ) -> None:
        post("one@example.org", "two@example.org")
        ids = [row.message_id for row in outbox()]
        with capture_logs() as log:
            assert mail.send_waiting() == 0
        assert log == [
            {
                "event": "mail.server_away",
                "problem": "ConnectionRefusedError",
                "log_level": "warning",
            }
        ]
        held(START + timedelta(days=30))
        assert mail.send_waiting() == 0
        post("three@example.org")
        untouched = [(r.attempts, r.claimed_at, r.given_up_at, r.problem) for r in outbox()]
        assert untouched == [(0, None, None, None)] * 3, "no message is to blame"
        with serving(port, Inbox()) as inbox:
            assert mail.send_waiting() == 3
        assert inbox.ids()[:2] == ids
        assert inbox.recipients == ["one@example.org", "two@example.org", "three@example.org"]

    def test_a_server_that_hangs_up_in_the_middle(self, port: int, held: Move) -> None:
        post("one@example.org", "two@example.org")
        DropsInTheMiddle.times = 1
        with serving(port, Inbox(), DropsInTheMiddle) as inbox:
            assert mail.send_waiting() == 1
            first, second = outbox()
            assert (first.attempts, first.problem, first.sent_at) == (1, "cut_off", None)
            assert second.sent_at == START, "the others go on over a new connection"
            assert mail.send_waiting() == 0, "not before its time"
            held(START + timedelta(minutes=1))
            assert mail.send_waiting() == 1
        assert inbox.recipients == ["two@example.org", "one@example.org"]
        assert outbox()[0].problem is None

    def test_a_server_that_hangs_up_after_its_answer_has_the_message(self, port: int) -> None:
        post("one@example.org", "two@example.org")
        with serving(port, Inbox(), DropsAfterAnswer) as inbox:
            assert mail.send_waiting() == 2
            assert mail.send_waiting() == 0
        assert inbox.recipients == ["one@example.org", "two@example.org"], "each once"
        assert all(row.sent_at == START for row in outbox())

    def test_a_full_disk_is_a_server_that_is_away(self, context: Flask) -> None:
        folder = Path(context.config["INSTANCE"]) / "mail"
        folder.write_text("not a folder")
        post("one@example.org")
        assert mail.send_waiting() == 0
        folder.unlink()
        assert mail.send_waiting() == 1
        assert outbox()[0].attempts == 1

    def test_a_setting_that_is_no_mail_server_is_an_error(self, context: Flask) -> None:
        context.config["SMTP_URL"] = "mail.example.org:25"
        with pytest.raises(ValueError, match="KUULUU_SMTP_URL"):
            mail.send_waiting()


@only_sqlite
class TestRefusals:
    """One bad message harms no other."""

    def test_a_refused_recipient_is_given_up_at_once_and_the_others_go(self, port: int) -> None:
        post("gone@example.org", "here@example.org")
        gone = Inbox(lambda address: "550 gone@example.org" if "gone" in address else None)
        with serving(port, gone) as inbox, capture_logs() as log:
            assert mail.send_waiting() == 1
            assert mail.send_waiting() == 0
        assert inbox.recipients == ["here@example.org"]
        first, second = outbox()
        assert (first.given_up_at, first.problem, first.attempts) == (START, "550", 1)
        assert second.sent_at == START
        assert [line["problem"] for line in log] == ["550"]
        assert "@" not in str(log)

    def test_a_refusal_for_now_is_tried_again_later_each_time(self, port: int, held: Move) -> None:
        post("busy@example.org", "here@example.org")
        busy = Inbox(lambda address: "451 come back later" if "busy" in address else None)
        with serving(port, busy):
            assert mail.send_waiting() == 1
            tried = [0]
            for minute in range(1, 70):
                held(START + timedelta(minutes=minute))
                before = outbox()[0].attempts
                mail.send_waiting()
                if outbox()[0].attempts > before:
                    tried.append(minute)
        assert tried == [0, 1, 3, 7, 15, 31, 63]
        assert outbox()[0].problem == "451"
        assert outbox()[0].given_up_at is None

    def test_what_is_refused_for_five_days_is_given_up_and_stays_to_be_seen(
        self, port: int, held: Move
    ) -> None:
        post("busy@example.org")
        now = START
        with serving(port, Inbox(lambda address: "451 come back later")):
            for _ in range(mail.ATTEMPTS):
                mail.send_waiting()
                now = max(now, outbox()[0].next_try_at)
                held(now)
        (row,) = outbox()
        assert row.given_up_at is not None
        assert timedelta(days=4.5) < row.given_up_at - START < timedelta(days=5.5)
        assert (row.attempts, row.problem, row.sent_at) == (mail.ATTEMPTS, "451", None)

    @pytest.mark.parametrize(
        "words", ["554 5.7.1 Relay access denied", "530 Authentication required"]
    )
    def test_a_server_that_does_not_trust_us_loses_nothing(
        self, port: int, held: Move, words: str
    ) -> None:
        """Every recipient would be refused until somebody mends the setting."""
        post("one@example.org", "two@example.org")
        with serving(port, Inbox(lambda address: words)):
            assert mail.send_waiting() == 0
        assert {(r.given_up_at, r.problem) for r in outbox()} == {(None, words[:3])}
        held(START + timedelta(minutes=1))
        with serving(port, Inbox()):
            assert mail.send_waiting() == 2

    def test_words_that_the_server_refuses_are_given_up(self, port: int) -> None:
        class Critic(Inbox):
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                if b"To: one@" in envelope.content:
                    return "554 I do not like it"
                return await super().handle_DATA(server, session, envelope)

        post("one@example.org", "two@example.org")
        with serving(port, Critic()) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.recipients == ["two@example.org"]
        assert outbox()[0].problem == "554"

    def test_a_refused_sender_loses_nothing(self, port: int, held: Move) -> None:
        """It is the city's own setting that is wrong, and will be mended."""

        class Strict(Inbox):
            is_strict = True

            async def handle_MAIL(
                self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
            ) -> str:
                if Strict.is_strict:
                    return "553 you are not from here"
                envelope.mail_from = address
                return "250 OK"

        post("one@example.org")
        with serving(port, Strict()):
            assert mail.send_waiting() == 0
            assert outbox()[0].problem == "553"
            Strict.is_strict = False
            held(START + timedelta(minutes=1))
            assert mail.send_waiting() == 1

    @pytest.mark.parametrize(
        ("recipient", "problem"),
        [
            ("ääkkönen@example.org", "address_not_supported"),
            ("two\nlines@example.org", "unwritable"),
            ("", "unwritable"),
            ("one@example.org, victim@example.org", "unwritable"),
        ],
    )
    def test_an_address_that_cannot_be_written_harms_no_other(
        self, port: int, recipient: str, problem: str
    ) -> None:
        post(recipient, "here@example.org")
        with serving(port, Inbox(), enable_SMTPUTF8=False) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.recipients == ["here@example.org"]
        assert (outbox()[0].given_up_at, outbox()[0].problem) == (START, problem)

    def test_an_address_with_letters_of_its_own_reaches_a_server_that_knows_them(
        self, port: int
    ) -> None:
        post("ääkkönen@example.org")
        with serving(port, Inbox(), enable_SMTPUTF8=True) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.recipients == ["ääkkönen@example.org"]

    @pytest.mark.parametrize(
        "recipient", ["one@ääkköset.example.org", "one@xn--kkset-fraa0m.example.org"]
    )
    def test_a_host_with_letters_of_its_own_is_written_for_every_server(
        self, port: int, recipient: str
    ) -> None:
        post(recipient)
        with serving(port, Inbox(), enable_SMTPUTF8=False) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.recipients == ["one@xn--kkset-fraa0m.example.org"]

    def test_what_was_given_up_can_be_tried_again(self, port: int) -> None:
        post("gone@example.org")
        with serving(port, Inbox(lambda address: "550 no such person")):
            mail.send_waiting()
        (row,) = outbox()
        mail.retry(row.id)
        with serving(port, Inbox()) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.ids() == [row.message_id]
        for mail_id in (row.id, 999):
            with pytest.raises(NotFound):
                mail.retry(mail_id)


class TestClaims:
    """Two workers, and workers that die."""

    def test_a_message_is_one_workers_at_a_time(self, context: Flask) -> None:
        post("one@example.org")
        (row,) = outbox()
        assert mail._claim(row.id) is not None
        assert mail._claim(row.id) is None
        assert mail.send_waiting() == 0

    def test_many_workers_at_once_send_each_message_once(self, context: Flask, port: int) -> None:
        people = [f"person{n}@example.org" for n in range(20)]
        post(*people)
        sent: list[int] = []

        def work() -> None:
            with context.app_context():
                sent.append(mail.send_waiting())
                db.session.remove()

        with serving(port, Inbox()) as inbox:
            workers = [threading.Thread(target=work) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(60)
        assert sorted(inbox.recipients) == sorted(people)
        assert sum(sent) == len(people)

    def test_a_claim_that_nobody_finished_is_tried_once_more_and_then_given_up(
        self, context: Flask, held: Move
    ) -> None:
        post("one@example.org")
        (row,) = outbox()
        now = START
        for times in (1, 2):
            assert mail._claim(row.id) is not None
            now += mail.CLAIM - timedelta(seconds=1)
            held(now)
            mail._release_stale_claims()
            assert outbox()[0].claimed_at is not None, "its worker may be alive"
            now += timedelta(seconds=1)
            held(now)
            mail._release_stale_claims()
            assert outbox()[0].claimed_at is None
            assert outbox()[0].unfinished == times
        assert outbox()[0].given_up_at == now
        assert outbox()[0].problem == mail.UNCERTAIN
        assert mail.send_waiting() == 0

    def test_a_worker_that_was_only_slow_still_tells_that_it_was_sent(
        self, context: Flask, held: Move
    ) -> None:
        post("one@example.org")
        slow = mail._claim(outbox()[0].id)
        assert slow is not None
        held(START + mail.CLAIM)
        mail._release_stale_claims()
        quick = mail._claim(slow.number)
        assert quick is not None
        mail._record_failure(slow, "cut_off", for_good=True)
        assert outbox()[0].given_up_at is None, "the claim is another's now"
        mail._record_sent(slow)
        mail._record_failure(quick, "cut_off", for_good=False)
        (row,) = outbox()
        assert row.sent_at is not None
        assert (row.given_up_at, row.problem) == (None, None)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kills a process")
    def test_a_worker_killed_after_the_servers_answer_repeats_once_at_most(
        self, context: Flask, port: int, held: Move
    ) -> None:
        """A real process dies between the server's 250 and its commit, again and again."""
        post("one@example.org")
        (row,) = outbox()
        now = START
        with serving(port, Inbox()) as inbox:
            for _ in range(4):
                _send_and_die(context, now.isoformat())
                now += mail.CLAIM
            held(now)
            mail.send_waiting()
        assert inbox.ids() == [row.message_id] * 2
        (row,) = outbox()
        assert (row.sent_at, row.problem) == (None, mail.UNCERTAIN)
        assert row.given_up_at is not None

    def test_after_one_death_the_next_worker_sends_it_and_that_is_all(
        self, context: Flask, port: int, held: Move
    ) -> None:
        post("one@example.org", "two@example.org")
        with serving(port, Inbox()) as inbox:
            _send_and_die(context, START.isoformat())
            assert mail.send_waiting() == 1, "the others do not wait for it"
            held(START + mail.CLAIM)
            assert mail.send_waiting() == 1
            assert mail.send_waiting() == 0
        assert inbox.recipients == ["one@example.org", "two@example.org", "one@example.org"]
        assert [row.given_up_at for row in outbox()] == [None, None]


DIES = """
import sys, time
from datetime import datetime
from app import create_app
from app.core import clock, mail

def tell_and_wait(letter):
    print("answered", flush=True)
    time.sleep(600)

url, smtp, now = sys.argv[1:]
mail._record_sent = tell_and_wait
clock.set_source(lambda: datetime.fromisoformat(now))
app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SMTP_URL": smtp})
with app.app_context():
    mail.send_waiting()
print("nothing to send", flush=True)
"""


def _send_and_die(app: Flask, now: str) -> None:
    """Send in another process and kill it when the server has answered."""
    instance = {"KUULUU_INSTANCE": str(app.config["INSTANCE"]), "KUULUU_SECRET_KEY": "for tests"}
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", DIES),
            *(app.config["SQLALCHEMY_DATABASE_URI"], app.config["SMTP_URL"], now),
        ],
        cwd=ROOT,
        env=os.environ | instance,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        try:
            assert process.stdout.readline().strip() in ("answered", "nothing to send")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)


@only_sqlite
class TestEncryption:
    """TLS from the start or by STARTTLS, with certificates that are checked."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Any:
        """Path and context of the server's certificate."""
        return make_certificate(tmp_path)

    @pytest.fixture
    def trusted(self, certificate: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The city trusts the one who made it."""
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        return certificate[1]

    def test_tls_from_the_first_byte_with_a_password(
        self, context: Flask, port: int, trusted: Any
    ) -> None:
        context.config["SMTP_URL"] = f"smtps://city:s%3Acr%2Ft@127.0.0.1:{port}"
        post("one@example.org")
        inbox = Inbox()
        options = {"authenticator": inbox.let_in, "ssl_context": trusted}
        with serving(port, inbox, auth_require_tls=False, **options):
            assert mail.send_waiting() == 1
        assert inbox.users == [b"city"]
        assert mail_delivery.PORTS == {"smtp": 25, "smtps": 465}

    def test_starttls_before_a_password_is_told(
        self, context: Flask, port: int, trusted: Any
    ) -> None:
        context.config["SMTP_URL"] = f"smtp://city:s%3Acr%2Ft@127.0.0.1:{port}"
        post("one@example.org")
        inbox = Inbox()
        options = {"authenticator": inbox.let_in, "auth_required": True, "tls_context": trusted}
        with serving(port, inbox, **options):
            assert mail.send_waiting() == 1
        assert (inbox.users, inbox.was_encrypted) == ([b"city"], [True])

    def test_no_password_goes_to_a_server_without_tls(self, context: Flask, port: int) -> None:
        context.config["SMTP_URL"] = f"smtp://city:s%3Acr%2Ft@127.0.0.1:{port}"
        post("one@example.org")
        inbox = Inbox()
        with serving(port, inbox, authenticator=inbox.let_in, auth_require_tls=False):
            assert mail.send_waiting() == 0
        assert inbox.users == []
        assert outbox()[0].attempts == 0

    def test_a_wrong_password_loses_nothing(self, context: Flask, port: int, trusted: Any) -> None:
        context.config["SMTP_URL"] = f"smtp://city:wrong@127.0.0.1:{port}"
        post("one@example.org")
        inbox = Inbox()
        with (
            serving(port, inbox, authenticator=inbox.let_in, tls_context=trusted),
            capture_logs() as log,
        ):
            assert mail.send_waiting() == 0
        assert [line["problem"] for line in log] == ["535"]
        assert outbox()[0].attempts == 0

    @pytest.mark.parametrize("scheme", ["smtp", "smtps"])
    def test_a_certificate_nobody_vouches_for_is_refused(
        self, context: Flask, port: int, certificate: Any, scheme: str
    ) -> None:
        context.config["SMTP_URL"] = f"{scheme}://city:s%3Acr%2Ft@127.0.0.1:{port}"
        post("one@example.org")
        inbox, own = Inbox(), certificate[1]
        tls = {"ssl_context": own} if scheme == "smtps" else {"tls_context": own}
        with serving(port, inbox, authenticator=inbox.let_in, **tls), capture_logs() as log:
            assert mail.send_waiting() == 0
        assert [line["problem"] for line in log] == ["SSLCertVerificationError"]
        assert inbox.users == []

    def test_another_machine_that_offers_tls_gets_it_without_a_password(
        self, context: Flask, port: int, trusted: Any
    ) -> None:
        context.config["SMTP_URL"] = f"smtp://127.0.0.2:{port}"
        post("one@example.org")
        with serving(port, Inbox(), host="127.0.0.2", tls_context=trusted) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.was_encrypted == [True]

    def test_this_machines_own_server_needs_no_certificate(
        self, port: int, certificate: Any
    ) -> None:
        post("one@example.org")
        with serving(port, Inbox(), tls_context=certificate[1]) as inbox:
            assert mail.send_waiting() == 1
        assert inbox.was_encrypted == [False]
