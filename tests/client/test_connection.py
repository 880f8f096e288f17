"""One request, one answer, or one error that says what to do."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from gettone.client.address import gettone_at
from gettone.client.connection import ATTEMPTS_MAX, Connection, Credentials
from gettone.client.records import Record
from gettone.client.requests import Upload
from gettone.model.errors import PlatformError
from tests.client.scripted import Reply, scripted
from tests.journeys.official_clients.certificates import make_certificates

SECRET = "hunter2hunter2hunter2hunter2hunter2"
CREDENTIALS = Credentials("SK" + "1" * 32, SECRET)
GONE = Reply(
    404, b'{"code": 20404, "message": "The requested resource /x was not found", "more_info": "", "status": 404}'
)
BUSY = Reply(429, b'{"code": 20429, "message": "Too many requests", "status": 429}', {"Retry-After": "3"})


class Pauses(list[float]):
    """What was waited for, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def connection(url: str, pause: Callable[[float], None] | None = None, timeout_seconds: float = 5) -> Connection:
    """A connection with credentials that no test may see again."""
    return Connection(
        gettone_at(url), CREDENTIALS, timeout_seconds=timeout_seconds, pause=Pauses() if pause is None else pause
    )


def refused(*replies: Reply, ask: Callable[[Connection], object] | None = None) -> PlatformError:
    """The error that these answers are."""
    with scripted(*replies) as server, connection(server.url) as asking, pytest.raises(PlatformError) as caught:
        (ask or (lambda each: each.get_json("/v1/Services/x")))(asking)
    assert SECRET not in repr(caught.value) + str(caught.value.__cause__)
    return caught.value


def test_forms_repeat_names_and_documents_are_json() -> None:
    """As Twilio's paths take it, and as ours do; and who asks."""
    with scripted(Reply(201, b'{"sid": "ZS1"}')) as server, connection(server.url) as asking:
        made = asking.post_form("/v1/Services", {"A": "ü b", "V": ["1", "2"]})
        asking.post_json("/api/v1/x", {"a": [1]}, {"q": "1"})

    form, document = server.asked
    assert made.text("sid") == "ZS1"
    assert form.body == b"A=%C3%BC+b&V=1&V=2"
    assert form.headers["Authorization"].startswith("Basic ")
    assert (document.path, json.loads(document.body)) == ("/api/v1/x?q=1", {"a": [1]})


def test_a_file_goes_up_as_it_is() -> None:
    """Fields beside it, its name, and its type."""
    upload = Upload({"Path": "/a", "Visibility": "public"}, "a.py", b"\x00\xff\r\n--x", "text/x-python")
    with scripted(Reply(201)) as server, connection(server.url) as asking:
        asking.upload("/v1/Services/ZS1/Functions/ZH1/Versions", upload)

    sent = server.asked[0].body
    assert b'name="Content"; filename="a.py"' in sent
    assert b"\x00\xff\r\n--x" in sent
    assert b"text/x-python" in sent


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (GONE, "not_found", "look at the SID"),
        (Reply(401, b'{"code": 20003, "message": "Authenticate", "status": 401}'), "denied", "gettone login"),
        (Reply(403, b'{"detail": "SK1 lacks x", "code": "denied", "status": 403}'), "denied", "SK1 lacks x"),
        (Reply(409, b'{"code": 20409, "message": "The name is taken", "status": 409}'), "conflict", "is taken"),
        (Reply(500, b'{"code": 20500, "message": "stands in the log", "status": 500}'), "internal", "in the log"),
        (Reply(404, b"<h1>Apache</h1>"), "invalid", "not as a Gettone does"),
        (Reply(413, b"<h1>nginx</h1>"), "too_large", "the proxy's limit"),
        (Reply(502, b"<h1>nginx</h1>"), "unavailable", "Look whether it runs"),
        (Reply(200, b"<h1>Welcome</h1>"), "invalid", "not answer as a Gettone"),
        (Reply(200, b"[" * 100_000), "invalid", "not answer as a Gettone"),
        (Reply(302, b"", {"Location": "https://u:p@elsewhere.example/x"}), "invalid", "https://elsewhere.example:"),
    ],
)
def test_each_refusal_says_what_to_do(reply: Reply, code: str, says: str) -> None:
    """With a code for programs; whatever else listens there is told from a Gettone."""
    error = refused(reply)

    assert error.code == code
    assert says in error.message


def test_a_refusal_keeps_the_evidence() -> None:
    """Status, Twilio's number, and the request's id, for whoever looks into a log."""
    error = refused(Reply(GONE.status, GONE.body, {"Twilio-Request-Id": "RQ7"}))

    assert error.evidence == {"status": 404, "request_id": "RQ7", "twilio_code": 20404}


def test_what_is_not_there_is_none_but_only_where_a_gettone_says_so() -> None:
    """Another program's 404 says nothing of services."""
    with scripted(GONE, Reply(404, b"nope")) as server, connection(server.url) as asking:
        found = asking.find_json("/v1/Services/x")
        with pytest.raises(PlatformError, match="not as a Gettone does"):
            asking.find_json("/v1/Services/x")

    assert found is None


def test_nobody_there_is_told_at_once() -> None:
    """Without asking again: whoever types a wrong port wants to know."""
    with scripted(Reply()) as server:
        pass
    pauses = Pauses()
    with connection(server.url, pauses) as asking, pytest.raises(PlatformError) as caught:
        asking.get_json("/v1/Services")

    assert caught.value.code == "unavailable"
    assert "nothing answers at" in caught.value.message
    assert "gettone start" in caught.value.message
    assert pauses == []


def test_reading_goes_on_after_a_dropped_connection() -> None:
    """Before the answer, and in the middle of it."""
    with (
        scripted(Reply(hang_up=True), Reply(body=b'{"a": "whole"}', cut=4), Reply(body=b'{"a": "whole"}')) as server,
        connection(server.url) as asking,
    ):
        found = asking.get_json("/v1/Services")

    assert found.text("a") == "whole"
    assert len(server.asked) == 3


def test_a_change_is_not_sent_twice_when_the_network_drops() -> None:
    """Nobody knows whether it was done: that is for a person to find out."""
    with (
        scripted(Reply(hang_up=True)) as server,
        connection(server.url) as asking,
        pytest.raises(PlatformError) as caught,
    ):
        asking.post_form("/v1/Services", {"UniqueName": "a"})

    assert caught.value.code == "unavailable"
    assert "broke off" in caught.value.message
    assert "type the same again" in caught.value.message
    assert len(server.asked) == 1


def test_what_the_server_puts_off_is_sent_again_when_it_says() -> None:
    """A change too: the server says that it did nothing."""
    pauses = Pauses()
    with scripted(BUSY, BUSY, Reply(201)) as server, connection(server.url, pauses) as asking:
        asking.post_form("/v1/Services", {"UniqueName": "a"})

    assert pauses == [3.0, 3.0]
    assert len(server.asked) == 3


def test_a_server_that_puts_off_for_ever_is_given_up() -> None:
    """After a few attempts; a pause that is asked for is bounded, too."""
    pauses = Pauses()
    for_days = Reply(BUSY.status, BUSY.body, {"Retry-After": "86400"})
    with scripted(for_days) as server, connection(server.url, pauses) as asking, pytest.raises(PlatformError) as caught:
        asking.get_json("/v1/Services")

    assert caught.value.code == "unavailable"
    assert "asked too often" in caught.value.message
    assert len(server.asked) == ATTEMPTS_MAX
    assert max(pauses) <= 10


def test_pages_are_followed_but_never_to_another_server() -> None:
    """A link is a path: who could answer with another host would be sent the credentials."""
    first = {"things": [{"n": "1"}], "meta": {"next_page_url": "http://127.0.0.1:1/v1/Things?Page=1&PageToken=a%2Bb"}}
    last = {"things": [{"n": "2"}], "meta": {"next_page_url": None}}
    replies = [Reply(body=json.dumps(each).encode()) for each in (first, last)]
    with scripted(*replies) as server, connection(server.url) as asking:
        found = [record.text("n") for record in asking.pages("/v1/Things", "things")]

    assert found == ["1", "2"]
    assert [each.path for each in server.asked] == ["/v1/Things?PageSize=1000", "/v1/Things?Page=1&PageToken=a%2Bb"]


def test_lists_of_2010_name_the_next_page_by_a_path() -> None:
    """Beside the list, not under `meta`."""
    first = {"keys": [], "next_page_uri": "/2010-04-01/Accounts/AC1/Keys.json?Page=1"}
    last = {"keys": [{"sid": "SK1"}], "next_page_uri": None}
    replies = [Reply(body=json.dumps(each).encode()) for each in (first, last)]
    with scripted(*replies) as server, connection(server.url) as asking:
        found = [record.text("sid") for record in asking.pages("/2010-04-01/Accounts/AC1/Keys.json", "keys")]

    assert found == ["SK1"]


def test_silence_is_bounded() -> None:
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with connection(url, timeout_seconds=0.2) as asking, pytest.raises(PlatformError) as caught:
            asking.get_json("/v1/Services")

    assert "did not answer within 0.2 s" in caught.value.message


def test_events_come_one_by_one() -> None:
    """With their names and ids; a server that sends something else is told."""
    body = b": listening\n\nid: NO1\ndata: {}\n\nevent: dropped\ndata: 2\n\n"
    stream = Reply(body=body, headers={"Content-Type": "text/event-stream"})
    with scripted(stream, Reply()) as server, connection(server.url) as asking:
        with asking.events("/api/v1/logs/tail", last_id="NO0") as events:
            found = [(event.name, event.data, event.id) for event in events]
        with (
            pytest.raises(PlatformError, match="sends no events"),
            asking.events("/api/v1/logs/tail") as none,
        ):
            list(none)

    assert found == [("message", "{}", "NO1"), ("dropped", "2", "NO1")]
    assert server.asked[0].headers["Last-Event-ID"] == "NO0"


def test_nothing_shows_a_secret() -> None:
    """Neither credentials, nor a connection, nor an answer."""
    with connection("http://127.0.0.1:1") as asking:
        shown = repr(CREDENTIALS) + repr(asking) + repr(Record({"secret": SECRET}, "x"))

    assert SECRET not in shown


def test_a_certificate_of_an_unknown_authority_is_told(tmp_path: Path) -> None:
    """With the variable that names another authority; with it, the server is asked."""
    made = make_certificates(tmp_path, ["localhost"], "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with scripted(Reply(body=b'{"a": "b"}'), tls=context) as server:
        with connection(server.url) as asking, pytest.raises(PlatformError) as caught:
            asking.get_json("/v1/Services")
        with Connection(gettone_at(server.url), CREDENTIALS, ca_file=made.authority) as asking:
            found = asking.get_json("/v1/Services")

    assert "SSL_CERT_FILE" in caught.value.message
    assert caught.value.code == "unavailable"
    assert found.text("a") == "b"


def test_https_where_there_is_none_is_told() -> None:
    """It is a word in the address that is wrong."""
    with (
        scripted(Reply()) as server,
        connection(server.url.replace("http:", "https:")) as asking,
        pytest.raises(PlatformError, match="write http:// in the address"),
    ):
        asking.get_json("/v1/Services")


def test_a_file_of_certificates_that_is_none_is_told() -> None:
    """Before anything is sent."""
    with pytest.raises(PlatformError, match="holds no certificates"):
        Connection(gettone_at("https://localhost:1"), CREDENTIALS, ca_file=Path("/nowhere.pem"))
