"""`gettone token`: made, read and checked without a server; secrets never pass through the words of a command."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from twilio.jwt.access_token import AccessToken as Official  # type: ignore[import-untyped]

from gettone import tokens
from tests.cli.running import run

ACCOUNT_SID, KEY, SECRET = "AC" + "a" * 32, "SK" + "b" * 32, "c" * 32
ENVIRON = {"ACCOUNT_SID": ACCOUNT_SID, "API_KEY": KEY, "API_SECRET": SECRET}
ALICE = ("--identity", "alice")
TRUSTED = {KEY: tokens.TrustedKey(SECRET, ACCOUNT_SID)}
APP = "AP" + "1" * 32
HOSTILE = "\x1b[2J\u202e"


def grants(*words: str) -> object:
    """The grants of a token that was made with these words, as the official library reads it."""
    made = run("token", "create", *words, *ALICE, environ=ENVIRON)
    assert (made.code, made.err) == (0, ""), made.err
    claims = Official.from_jwt(made.out.strip(), SECRET).payload
    assert claims["grants"].pop("identity") == "alice"
    return claims["grants"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("video",), {"video": {}}),
        (("video", "--room", "kitchen"), {"video": {"room": "kitchen"}}),
        (("video", "--room-name", "kitchen"), {"video": {"room": "kitchen"}}),
        (
            ("voice", "--voice-app-sid", APP),
            {"voice": {"incoming": {"allow": True}, "outgoing": {"application_sid": APP}}},
        ),
        (("voice", "--allow-incoming=false"), {"voice": {}}),
        (("voice", "--allow-incoming"), {"voice": {"incoming": {"allow": True}}}),
        (
            ("voice", "--allow-incoming", "false", "--voice-app-sid", APP, "--param", "a=b=c", "--param", "d="),
            {"voice": {"outgoing": {"application_sid": APP, "params": {"a": "b=c", "d": ""}}}},
        ),
        (
            ("chat", "--chat-service-sid", "IS1", "--push-credential-sid", "CR1"),
            {"chat": {"service_sid": "IS1", "push_credential_sid": "CR1"}},
        ),
        (("sync", "--service-sid", "IS1"), {"data_sync": {"service_sid": "IS1"}}),
        (
            ("task-router", "--workspace-sid", "WS1", "--worker-sid", "WK1", "--role", "worker"),
            {"task_router": {"workspace_sid": "WS1", "worker_sid": "WK1", "role": "worker"}},
        ),
        (("playback",), {"player": {}}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_token_of_each_kind_is_read_by_the_official_library(words: tuple[str, ...], expected: object) -> None:
    """With the grant that was asked for, and the token alone on stdout."""
    assert grants(*words) == expected


def test_playback_grant_comes_from_a_file(tmp_path: Path) -> None:
    """For it is a credential; what is no grant is refused."""
    file = tmp_path / "grant.json"
    file.write_text('{"requestCredentials": null, "playbackUrl": "https://play.example"}')

    assert grants("playback", "--grant-file", str(file)) == {
        "player": {"requestCredentials": None, "playbackUrl": "https://play.example"}
    }
    for content, reason in (("[1]", "holds no JSON object"), ("{", "holds no JSON object")):
        file.write_text(content)
        refused = run("token", "create", "playback", *ALICE, "--grant-file", str(file), environ=ENVIRON)
        assert (refused.code, reason in refused.err, refused.out) == (1, True, "")
    assert "there is no file" in run("token", "create", "playback", *ALICE, "--grant-file", "none", environ=ENVIRON).err


@pytest.mark.parametrize(
    ("words", "environ", "stdin"),
    [
        ((), ENVIRON, ""),
        ((), {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": SECRET}, ""),
        (("--account-sid", ACCOUNT_SID, "--key", KEY), {}, f"{SECRET}\n"),
        (("--account-sid", ACCOUNT_SID, "--key", KEY), {"API_SECRET": SECRET}, ""),
        (("--account-sid", ACCOUNT_SID, "--api-key", KEY), {**ENVIRON, "ACCOUNT_SID": "ACx", "API_KEY": "SKx"}, ""),
    ],
    ids=["variables", "Twilio's variables", "stdin", "options and variable", "options first"],
)
def test_values_come_from_options_variables_and_stdin(
    words: tuple[str, ...], environ: dict[str, str], stdin: str
) -> None:
    """The account and the key by name, the secret never as a word."""
    made = run("token", "create", "video", *ALICE, "--ttl", "60", *words, environ=environ, stdin=stdin)

    verified = tokens.verify(made.out.strip(), TRUSTED)
    assert made.out.count("\n") == 1
    assert verified.expires_at - verified.issued_at == 60


def test_variables_may_come_from_a_file(tmp_path: Path) -> None:
    """A project's `.env`, for one."""
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in ENVIRON.items()))
    made = run("token", "create", "video", *ALICE, "--env", str(file))

    assert tokens.verify(made.out.strip(), TRUSTED).identity == "alice"


@pytest.mark.parametrize(
    ("words", "environ", "reason"),
    [
        (ALICE, {}, "--account-sid or ACCOUNT_SID and --key or API_KEY"),
        (ALICE, {"ACCOUNT_SID": ACCOUNT_SID, "API_KEY": KEY}, "set API_SECRET, or send it on stdin"),
        (("--identity", ""), ENVIRON, "the identity is missing"),
        ((*ALICE, "--ttl", "86401"), ENVIRON, "24 hours"),
        ((*ALICE, "--ttl", "0"), ENVIRON, "at least 1 second"),
        ((*ALICE, "--account-sid", KEY, "--key", ACCOUNT_SID), ENVIRON, "each other's value"),
        ((*ALICE, "--env", "none.env"), ENVIRON, "there is no file none.env"),
    ],
)
def test_what_makes_no_token_is_told_in_one_sentence(
    words: tuple[str, ...], environ: dict[str, str], reason: str
) -> None:
    """On stderr, with exit code 1 and nothing on stdout."""
    refused = run("token", "create", "video", *words, environ=environ)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("gettone: ")
    assert reason in refused.err
    assert SECRET not in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("video",),
        ("video", *ALICE, "--ttl", "soon"),
        ("voice", *ALICE, "--allow-incoming=maybe"),
        ("voice", *ALICE, "--param", "a=b"),
        ("voice", *ALICE, "--voice-app-sid", APP, "--param", "a"),
        ("fax", *ALICE),
    ],
)
def test_wrong_words_are_exit_code_2(words: tuple[str, ...]) -> None:
    """Kinds, options and values that there are none of."""
    assert run("token", "create", *words, environ=ENVIRON).code == 2


def test_short_secret_is_warned_of() -> None:
    """The token is made all the same, for tests and tutorials have such secrets."""
    made = run("token", "create", "video", *ALICE, environ={**ENVIRON, "API_SECRET": "short"})

    assert made.code == 0
    assert "shorter than 32 bytes" in made.err
    assert tokens.decode(made.out.strip()).claims["sub"] == ACCOUNT_SID


def made_token(identity: str = "alice", ttl: int = 3600) -> str:
    """A token for a room."""
    grant = tokens.VideoGrant(room="kitchen")
    return tokens.AccessToken(ACCOUNT_SID, KEY, SECRET, [grant], identity, ttl=ttl).to_jwt()


@pytest.mark.parametrize("by_argument", [True, False])
def test_decode_shows_what_a_token_says_and_that_it_was_not_checked(by_argument: bool) -> None:
    """Identity, grants, account, key, and when it ends."""
    token = made_token()
    shown = run("token", "decode", *([token] if by_argument else []), stdin=f"  {token}\n")

    lines = dict(line.split(maxsplit=1) for line in shown.out.splitlines())
    assert shown.code == 0
    assert "not verified" in shown.err
    assert (lines["identity"], lines["video"], lines["account"]) == ("alice", '{"room": "kitchen"}', ACCOUNT_SID)
    assert lines["expires"].endswith(("Z (in 59 minutes)", "Z (in 1 hour)"))


def test_decode_answers_programs_in_json() -> None:
    """Header and claims, whole, and nothing else on stdout."""
    token = made_token()
    shown = run("token", "decode", "-o", "json", stdin=token).json()

    read = tokens.decode(token)
    assert shown == {"header": read.header, "claims": read.claims}
    assert run("token", "decode", "-o", "tsv", stdin=token).out.splitlines()[0] == "identity\talice"


def test_what_a_stranger_wrote_does_not_steer_the_terminal() -> None:
    """Control characters and marks of direction are shown as what they are, in every form."""
    token = made_token(HOSTILE)

    for form in ("table", "json", "tsv"):
        shown = run("token", "decode", "-o", form, stdin=token).out
        assert shown.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "e30.e30", "x" * 30_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    """In one sentence, without repeating it."""
    refused = run("token", "decode", stdin=text)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("gettone: ")
    assert len(refused.err) < 300


@pytest.mark.parametrize(
    ("environ", "stdin"),
    [({"API_SECRET": SECRET}, "{token}\n"), ({}, "{token}\n{secret}\n"), (ENVIRON, "{token}")],
)
def test_verify_believes_what_the_secret_signed(environ: dict[str, str], stdin: str) -> None:
    """The secret by variable or on stdin's second line; key and account are the token's own unless they are named."""
    checked = run("token", "verify", environ=environ, stdin=stdin.format(token=made_token(), secret=SECRET))

    assert checked.code == 0, checked.err
    assert "verified: signed by" in checked.err
    assert "alice" in checked.out


@pytest.mark.parametrize(
    ("words", "environ", "reason"),
    [
        ((), {"API_SECRET": "d" * 32}, "signature is not this API key's"),
        ((), {"API_SECRET": "short"}, "shorter than 32 bytes"),
        (("--key", "SK" + "9" * 32), {"API_SECRET": SECRET}, "none of the API keys that are trusted"),
        ((), {**ENVIRON, "ACCOUNT_SID": "AC" + "9" * 32}, "its API key belongs to another"),
        ((), {}, "the API key's secret is missing"),
    ],
)
def test_verify_says_why_a_token_is_not_good(words: tuple[str, ...], environ: dict[str, str], reason: str) -> None:
    """With exit code 1, nothing on stdout and no secret anywhere."""
    refused = run("token", "verify", *words, made_token(), environ=environ)

    assert (refused.code, refused.out) == (1, "")
    assert reason in refused.err
    assert SECRET not in refused.err


def test_expired_token_is_not_good_unless_clocks_may_differ() -> None:
    """The leeway is for two clocks, five minutes at most."""
    key = tokens.AccessToken(ACCOUNT_SID, KEY, SECRET, [tokens.VideoGrant()], "alice", ttl=60)
    token = key._mint(None, int(time.time()) - 90, "0" * 21)

    assert "expired 30 seconds ago" in run("token", "verify", token, environ=ENVIRON).err.replace("31", "30")
    assert run("token", "verify", token, "--leeway", "60", environ=ENVIRON).code == 0
    assert run("token", "verify", token, "--leeway", "301", environ=ENVIRON).code == 2


def test_made_and_checked_are_one_pipe() -> None:
    """What create prints, verify reads."""
    made = run("token", "create", "video", *ALICE, environ=ENVIRON)
    shown = run("token", "verify", "-o", "json", environ=ENVIRON, stdin=made.out)

    assert json.loads(shown.out)["claims"]["grants"] == {"identity": "alice", "video": {}}


def write_profiles(folder: Path, username: str = KEY) -> dict[str, str]:
    """Two profiles of one account, as `login` keeps them; the environment that they are found in."""
    one = {"url": "http://localhost:8001", "username": username, "secret": SECRET, "account_sid": ACCOUNT_SID}
    other = {**one, "username": "SK" + "d" * 32, "secret": "e" * 32}
    tables = [
        f"[profiles.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in each.items())
        for name, each in (("one", one), ("other", other))
    ]
    (folder / "gettone").mkdir()
    (folder / "gettone" / "profiles.toml").write_text('active = "one"\n' + "\n".join(tables))
    return {"XDG_CONFIG_HOME": str(folder)}


def test_profile_signs_where_nobody_else_is_named(tmp_path: Path) -> None:
    """The active one after variables, a named one before them; who signed with it can check with it."""
    environ = write_profiles(tmp_path)
    kitchen = ("token", "create", "video", *ALICE)
    active = run(*kitchen, environ=environ).out.strip()
    named = run("--profile", "other", *kitchen, environ={**environ, **ENVIRON, "API_KEY": "SKx"}).out.strip()
    variables = run(*kitchen, environ={**environ, **ENVIRON, "API_KEY": "SK" + "f" * 32}).out.strip()

    signers = [tokens.decode(token).claims["iss"] for token in (active, named, variables)]
    assert signers == [KEY, "SK" + "d" * 32, "SK" + "f" * 32]
    assert run("token", "verify", active, environ=environ).code == 0
    assert run("token", "verify", named, environ=environ, stdin="e" * 32).code == 0


def test_profile_of_an_account_signs_nothing(tmp_path: Path) -> None:
    """Only keys do: that is said where it was named, and it is passed over where it was not."""
    environ = write_profiles(tmp_path, username=ACCOUNT_SID)
    named = run("token", "create", "video", *ALICE, "--profile", "one", environ=environ)
    active = run("token", "create", "video", *ALICE, environ=environ)

    assert (named.code, active.code) == (1, 1)
    assert "is no API key's" in named.err
    assert "nobody is named who signs" in active.err


@pytest.mark.parametrize("words", [(), ("create",), ("create", "voice"), ("decode",), ("verify",)])
def test_help_ends_with_an_example(words: tuple[str, ...]) -> None:
    """At every level."""
    assert run("token", *words, "--help").out.rstrip().splitlines()[-1].strip().startswith("Example: gettone token")
