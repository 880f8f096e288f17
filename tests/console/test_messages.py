"""Control's sentences in Japanese: each is one that control says, and those that forms show are all there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gettone
from gettone.console.messages import FILE, load_messages
from gettone.console.words import FOLDER, load_words

ROOT = Path(gettone.__file__).parent
MESSAGES = load_messages(load_words())
TRANSLATED = (FOLDER / FILE.format(locale="ja")).read_text(encoding="utf-8")
# What people meet in forms. What operators meet on a terminal is told in English.
IN_FORMS = (
    *("accounts", "api_keys", "applications", "call_requests", "editing", "environments", "file_edits", "host_names"),
    *("invitations", "people_texts", "passwords", "preferences", "releasing", "second_factor", "services", "sessions"),
    *("sign_up", "terms", "texts", "trying", "variable_rules", "variables", "verification"),
)
# Never shown beside a field: what is lost or broken inside, or told to programs.
ELSEWHERE = {"internal"}


def sentences(path: Path) -> Iterator[tuple[str, str]]:
    """Code and sentence of every refusal in a module that is written out there; `{}` for what is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        if node.func.id == "PlatformError":
            code, *rest = node.args
            text = written(rest[0]) if rest else None
            if text is not None and isinstance(code, ast.Constant):
                yield str(code.value), text
        elif node.func.id.startswith("_wrong") and (text := written(node.args[0])) is not None:
            yield "invalid", text


def written(node: ast.expr) -> str | None:
    """A text that stands in the code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def core(text: str) -> str:
    """A sentence with nameless places and without its ends."""
    return re.sub(r"\{[^}]*\}", "{}", text[:1].lower() + text[1:].rstrip("."))


def known() -> set[str]:
    """Sentences that have a translation."""
    return {core(found) for found in re.findall(r'^"((?:[^"\\]|\\.)*)" = ', TRANSLATED, re.MULTILINE)}


@pytest.mark.parametrize("module", IN_FORMS)
def test_what_forms_show_is_told_in_japanese(module: str) -> None:
    """Every refusal that these use cases write out."""
    said = {core(text) for code, text in sentences(ROOT / f"control/{module}.py") if code not in ELSEWHERE}

    assert {text for text in said if text.strip("{}")} - known() == set()


def test_nothing_is_translated_that_nobody_says() -> None:
    """A sentence that control has changed is changed here, too."""
    sources = [*(ROOT / "control").glob("*.py"), *(ROOT / "console").glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    # Sentences stand in several pieces: what lies between two pieces does not count.
    joined = core_of_code(code)

    unsaid = [text for text in known() if not all(part in joined for part in text.split("{}") if part.strip())]

    assert unsaid == []


def core_of_code(code: str) -> str:
    """Code with pieces of texts joined, and places nameless."""
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    return joined + "\n" + re.sub(r'f?"([A-Z])', lambda found: found[1].lower(), joined)


def test_places_are_the_same_in_both_languages() -> None:
    """Nothing that control puts in is lost, but for advice that Japanese words give themselves."""
    for message, translation in re.findall(r'^"((?:[^"\\]|\\.)*)" = "((?:[^"\\]|\\.)*)"$', TRANSLATED, re.MULTILINE):
        places, told = set(re.findall(r"\{(\d)\}", message)), set(re.findall(r"\{(\d)\}", translation))
        assert told <= places, message
        assert places - told <= {"1", "4"} if message.startswith("Content has") else places == told, message


@pytest.mark.parametrize(
    ("message", "japanese"),
    [
        (
            "there is nothing to deploy yet: add a function first",
            "デプロイするものがまだありません。先にFunctionを追加してください。",
        ),
        ("That was too often: try again in 30 seconds.", "回数が多すぎます。30秒後にもう一度お試しください。"),
        ("FriendlyName is missing: it needs 1 or more characters", "表示名を入力してください。1文字以上必要です。"),
        ("this is not the code that was sent: one try is left", "送信されたコードと異なります。あと1回試せます。"),
    ],
)
def test_sentence_is_told_in_the_reader_s_language(message: str, japanese: str) -> None:
    """With what control put in, as the language has it."""
    assert MESSAGES.tell("ja", message) == japanese


def test_parameter_is_told_as_its_field_is_called() -> None:
    """The API's names are not the console's."""
    assert MESSAGES.tell("en", "FriendlyName is missing: write a name") == "Friendly name is missing: write a name"


@pytest.mark.parametrize("message", ["", "SyntaxError: '(' was never closed", "x" * 100_000])
def test_what_is_not_known_is_told_as_it_is(message: str) -> None:
    """Better in English than not at all; at once, however long it is."""
    assert MESSAGES.tell("ja", message) == message
