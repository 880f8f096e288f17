"""`testing.js`: users call their own handlers in their own tests."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from gettone.sandbox.node import node_binary
from tests.guests.javascript.guests import ACCOUNT, GUEST, handler

TESTING = GUEST / "testing.js"
TOKEN = handler(
    "const { AccessToken } = Twilio.jwt;"
    "const token = new AccessToken(context.ACCOUNT_SID, process.env.API_KEY, context.API_SECRET, {"
    " identity: event.identity });"
    "token.addGrant(new AccessToken.VideoGrant());"
    "console.log('for', event.identity);"
    "callback(null, { token: token.toJwt(), agent: event.request.headers['user-agent'],"
    " cookie: event.request.cookies.A });"
)


def run(project: Path, script: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the project with Node."""
    place = project / "script.mjs"
    place.write_text(
        f"import {{ call }} from {json.dumps(str(TESTING))};\nconst ACCOUNT = {json.dumps(ACCOUNT)};\n{script}"
    )
    return subprocess.run(
        [node_binary(), *flags, str(place)], cwd=project, capture_output=True, text=True, check=False, timeout=60
    )


def answers(project: Path, files: Mapping[str, str], script: str) -> object:
    """Write files, and run a script whose last expression `answer` is what is wanted."""
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    done = run(project, f"{script}\nprocess.stdout.write('\\n' + JSON.stringify(answer));")
    assert done.returncode == 0, done.stderr
    value: object = json.loads(done.stdout.splitlines()[-1])
    return value


def test_handler_is_called_with_event_variables_headers_and_cookies(tmp_path: Path) -> None:
    """As a request would, and its answer is there to be looked at."""
    answer = answers(
        tmp_path,
        {"functions/token.js": TOKEN},
        "const a = await call('functions/token.js', { event: { identity: 'alice' }, variables: ACCOUNT,"
        " headers: { 'User-Agent': 'test' }, cookies: { A: 'b' } });"
        "const { token, agent, cookie } = a.json();"
        "const answer = [a.status, a.headers, typeof a.body, token.split('.').length, agent, cookie, a.logs,"
        " a.failure];",
    )

    assert answer == [
        200,
        {"content-type": "application/json; charset=utf-8"},
        "string",
        3,
        "test",
        "b",
        [{"level": "info", "text": "for alice"}],
        None,
    ]


def test_failure_is_an_answer_with_its_place(tmp_path: Path) -> None:
    """500, the error as a client reads it, and where it came from."""
    answer = answers(
        tmp_path,
        {"functions/f.js": handler("throw new TypeError('broken');")},
        (
            "const a = await call('functions/f.js'); const answer = [a.status, a.json(), a.failure.problem.file,"
            " a.failure.problem.line];"
        ),
    )

    assert answer == [500, {"message": "broken", "name": "TypeError", "code": None}, "functions/f.js", 2]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("functions/a/f.mjs", "export const handler = (c, e, callback) => callback(null, c.PATH);"),
        ("src/a/f.protected.ts", "exports.handler = (c: any, e: any, callback: any) => callback(null, c.PATH);"),
        ("functions/a/f.js", "await 1; export const handler = (c, e, callback) => callback(null, c.PATH);"),
    ],
)
def test_every_kind_of_file_is_called(tmp_path: Path, file: str, source: str) -> None:
    """Its route is the one that it is served at."""
    answer = answers(tmp_path, {file: source}, f"const answer = (await call('{file}')).body;")

    assert answer == "/a/f"


def test_runtime_knows_the_project(tmp_path: Path) -> None:
    """Its functions of both languages, and its private assets."""
    answer = answers(
        tmp_path,
        {
            "functions/f.js": handler(
                "callback(null, [Object.keys(Runtime.getFunctions()).sort(), Runtime.getAssets()['/m.txt'].open()]);"
            ),
            "functions/a/secret.private.js": "",
            "functions/b.py": "",
            "assets/m.private.txt": "text",
            "assets/open.txt": "",
        },
        "const answer = (await call('functions/f.js')).json();",
    )

    assert answer == [["a/secret", "b", "f"], "text"]


def test_calls_at_once_keep_their_environments_apart(tmp_path: Path) -> None:
    """They run one after another, and the test's own environment is there again."""
    source = handler("setTimeout(() => callback(null, process.env.NAME), 5);")
    answer = answers(
        tmp_path,
        {"functions/f.js": source},
        "process.env.OWN = 'own';"
        "const all = await Promise.all(['a', 'b'].map((NAME) => call('functions/f.js', { variables: { NAME } })));"
        "const answer = [all.map(({ body }) => body), process.env.OWN, process.env.NAME ?? null,"
        " process.env.PATH !== undefined];",
    )

    assert answer == [["a", "b"], "own", None, True]


def test_handler_that_never_answers_is_timed_out(tmp_path: Path) -> None:
    """504, after the seconds that the test allows."""
    answer = answers(
        tmp_path,
        {"functions/f.js": handler("")},
        (
            "const a = await call('functions/f.js', { timeoutSeconds: 0.05 }); const answer = [a.status,"
            " a.failure.error.message];"
        ),
    )

    assert answer == [504, "functions/f.js did not call callback within 0.05 seconds."]


def test_headers_are_named_in_lower_case_and_cookies_are_a_list(tmp_path: Path) -> None:
    """As `fetch` shows them, but for what comes twice; bytes are bytes."""
    source = handler(
        "callback(null, new Twilio.Response({ statusCode: 201, body: Buffer.from([1]), headers: { 'X-A': 'b' } })"
        ".setCookie('a', '1').setCookie('b', '2'));"
    )
    answer = answers(
        tmp_path,
        {"functions/f.js": source},
        "const a = await call('functions/f.js'); const answer = [a.status, a.headers, Buffer.isBuffer(a.body)];",
    )

    assert answer == [
        201,
        {"x-a": "b", "set-cookie": ["a=1", "b=2"], "content-type": "application/octet-stream"},
        True,
    ]


def test_file_that_is_not_there_is_an_error_of_the_test(tmp_path: Path) -> None:
    """It is not a failed handler."""
    answer = answers(tmp_path, {}, "const answer = await call('functions/nothing.js').catch((error) => error.message);")

    assert str(answer).endswith("functions/nothing.js is not a JavaScript function: there is no such file.")


def test_it_works_in_nodes_own_test_runner(tmp_path: Path) -> None:
    """The runner's report is not taken for the handler's output."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "token.js").write_text(TOKEN)
    script = (
        "import test from 'node:test';\nimport assert from 'node:assert/strict';\n"
        "test('a token', async () => {\n"
        "  console.log('outside');\n"
        "  const answer = await call('functions/token.js', { event: { identity: 'a' }, variables: ACCOUNT });\n"
        "  assert.deepEqual(answer.logs, [{ level: 'info', text: 'for a' }]);\n"
        "});\n"
    )
    done = run(tmp_path, script, "--test", "--test-reporter=tap")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 1" in done.stdout
    assert "outside" in done.stdout
