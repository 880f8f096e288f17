"""Questions, and what is said where nobody can be asked."""

from __future__ import annotations

import io

import pytest

from gettone.cli.asking import ask, ask_secret, can_ask, confirm, read_secret
from gettone.cli.given import GIVEN
from gettone.model.errors import PlatformError


class Seat(io.StringIO):
    """Somebody at a terminal, with these answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_input", "yes"):
        monkeypatch.setattr(GIVEN, name, False)


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Somebody is there and types these."""
    monkeypatch.setattr("sys.stdin", Seat("".join(f"{line}\n" for line in lines)))


def test_a_question_is_no_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stderr; blanks around an answer are not its own."""
    answer(monkeypatch, "  Zoë ", "")
    given, empty = ask("Name"), ask("Port", "3000")

    assert (given, empty) == ("Zoë", "3000")
    assert capsys.readouterr() == ("", "Name: Port [3000]: ")


@pytest.mark.parametrize(
    ("lines", "default", "given"),
    [
        (["y"], False, True),
        (["NO"], True, False),
        ([""], True, True),
        ([""], False, False),
        (["maybe", "yes"], False, True),
    ],
)
def test_yes_and_no_are_asked_for_until_they_come(
    monkeypatch: pytest.MonkeyPatch, lines: list[str], default: bool, given: bool
) -> None:
    """An empty line is what is offered."""
    answer(monkeypatch, *lines)

    assert confirm("Sure?", default=default) is given


def test_yes_beforehand_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with a terminal nor without one."""
    monkeypatch.setattr("sys.stdin", io.StringIO())

    assert confirm("Sure?", yes=True)
    monkeypatch.setattr(GIVEN, "yes", True)
    assert confirm("Sure?")


def test_without_a_terminal_the_option_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default stands in for an answer."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    assert not can_ask()
    assert ask("Port", "3000") == "3000"
    with pytest.raises(PlatformError, match=r"this is no terminal.*Give --username"):
        ask("SID", instead="--username")
    with pytest.raises(PlatformError, match="Give --yes"):
        confirm("Sure?")
    with pytest.raises(PlatformError, match="Give --password-stdin"):
        ask_secret("Secret", instead="--password-stdin")


def test_no_input_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also at a terminal."""
    answer(monkeypatch, "y")
    monkeypatch.setattr(GIVEN, "no_input", True)

    assert not can_ask()
    with pytest.raises(PlatformError, match="--no-input is given"):
        confirm("Sure?")


def test_no_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty line, and a terminal that is closed."""
    answer(monkeypatch, "")

    with pytest.raises(PlatformError, match="nothing was answered"):
        ask("SID", instead="--username")
    with pytest.raises(PlatformError, match="closed before there was an answer"):
        ask("SID", instead="--username")


@pytest.mark.parametrize(
    ("given", "secret"), [("abc\n", "abc"), ("abc", "abc"), (" a b \r\nnext\n", " a b "), ("\u00e9\n", "\u00e9")]
)
def test_a_secret_on_stdin_is_one_line_as_it_is(monkeypatch: pytest.MonkeyPatch, given: str, secret: str) -> None:
    """Without the line's end, in either way to write that."""
    monkeypatch.setattr("sys.stdin", io.StringIO(given))

    assert read_secret() == secret


@pytest.mark.parametrize(
    ("given", "says"),
    [(b"", "no secret on stdin"), (b"\n", "no secret"), (b"\xff\n", "not UTF-8"), (b"x" * 30_000, "too long")],
)
def test_a_secret_on_stdin_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, given: bytes, says: str) -> None:
    """Without being repeated."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))

    with pytest.raises(PlatformError, match=says) as caught:
        read_secret()

    assert "xxx" not in caught.value.message
