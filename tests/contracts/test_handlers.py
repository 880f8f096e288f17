"""The handler contract, in both languages, through the real gateway: one table, one expected answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.dev_server import ACCOUNT, Answer, DevServer, dev_server, write_project

LANGUAGES = ("py", "js")
TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"

# Name: what a Python handler and a JavaScript handler do, and the status, content type and body they are answered with.
RESULTS: dict[str, tuple[str, str, int, str | None, bytes]] = {
    "text": ("return 'hé'", "callback(null, 'hé')", 200, TEXT, "hé".encode()),
    "empty-text": ("return ''", "callback(null, '')", 200, TEXT, b""),
    "object": ("return {'a': [1, None]}", "callback(null, {a: [1, null]})", 200, JSON, b'{"a":[1,null]}'),
    "list": ("return [1, 'b']", "callback(null, [1, 'b'])", 200, JSON, b'[1,"b"]'),
    "number": ("return 404", "callback(null, 404)", 200, JSON, b"404"),
    "zero": ("return 0", "callback(null, 0)", 200, JSON, b"0"),
    "boolean": ("return False", "callback(null, false)", 200, JSON, b"false"),
    "bytes": (
        "return b'\\x00\\xff'",
        "callback(null, Buffer.from([0, 255]))",
        200,
        "application/octet-stream",
        b"\x00\xff",
    ),
    "nothing": ("return None", "callback()", 200, None, b""),
    "null": ("return", "callback(null, null)", 200, None, b""),
    "twiml": (
        "import types; return type('VoiceResponse', (), {'to_xml': lambda self: '<Response/>'})()",
        "callback(null, new Twilio.twiml.VoiceResponse())",
        200,
        "text/xml; charset=utf-8",
        b"",  # compared loosely below: the library writes a declaration
    ),
    "response": (
        "return Response(status_code=201, body={'a': 1}, headers={'X-A': 'b'})",
        "const r = new Twilio.Response({statusCode: 201, body: {a: 1}, headers: {'X-A': 'b'}}); callback(null, r)",
        201,
        "application/json",
        b'{"a":1}',
    ),
    "response-text-as-json": (
        "return Response().set_headers({'Content-Type': 'application/json'}).set_body('eyJ')",
        "callback(null, new Twilio.Response().setHeaders({'Content-Type': 'application/json'}).setBody('eyJ'))",
        200,
        "application/json",
        b"eyJ",
    ),
    "response-text": (
        "return Response(body='<b>')",
        "callback(null, new Twilio.Response({body: '<b>'}))",
        200,
        "text/html; charset=utf-8",
        b"<b>",
    ),
    "response-no-content": (
        "return Response(status_code=204)",
        "callback(null, new Twilio.Response({statusCode: 204}))",
        204,
        None,
        b"",
    ),
    "redirect": (
        "return Response(status_code=301, headers={'Location': 'https://example.com/'})",
        "callback(null, new Twilio.Response({statusCode: 301, headers: {Location: 'https://example.com/'}}))",
        301,
        None,
        b"",
    ),
}

# Name: what a handler does that is no result, and the status and a word of the message it is answered with.
FAILURES: dict[str, tuple[str, str, int, str]] = {
    "throws": ("raise ValueError('broken')", "throw new Error('broken')", 500, "broken"),
    "calls-back-an-error": ("return callback(ValueError('wrong'))", "callback(new Error('wrong'))", 500, "wrong"),
    "calls-back-an-error-text": ("return callback('bad')", "callback('bad')", 500, "bad"),
    "rejects": (
        "import asyncio\n    async def go():\n        raise ValueError('late')\n    asyncio.run(go())",
        "return Promise.reject(new Error('late'))",
        500,
        "late",
    ),
    "cannot-be-sent": ("return {'a': {1, 2}}", "callback(null, {a: 10n})", 500, ""),
    "refers-to-itself": ("a = []; a.append(a); return a", "const a = []; a.push(a); callback(null, a)", 500, ""),
    "exits": ("import os; os._exit(3)", "process.exit(3)", 502, ""),
    "bad-header": (
        "return Response(headers={'X': 'a\\r\\nSet-Cookie: b=1'})",
        "callback(null, new Twilio.Response({headers: {X: 'a\\r\\nSet-Cookie: b=1'}}))",
        500,
        "",
    ),
    "too-large": ("return 'x' * 5_000_000", "callback(null, 'x'.repeat(5000000))", 500, "bytes"),
}

ECHO = (
    (
        "return {k: event[k] for k in event} | {'request': {'headers': dict(event.request.headers),"
        " 'cookies': dict(event.request.cookies)}} if hasattr(event.request, 'headers') else dict(event)"
    ),
    "callback(null, event)",
)


def python(body: str) -> str:
    """A Python handler with this body."""
    return f"from gettone import Response, Runtime\n\n\ndef handler(context, event):\n    {body}\n"


def python_calling_back(body: str) -> str:
    """A Python handler that takes a callback."""
    return f"def handler(context, event, callback):\n    {body}\n"


def javascript(body: str) -> str:
    """A JavaScript handler with this body."""
    return f"exports.handler = function (context, event, callback) {{\n  {body};\n}};\n"


def project_files() -> dict[str, str]:
    """One function per row and language."""
    files = {
        "assets/hello.txt": "hello",
        "assets/secret.private.txt": "for handlers",
        "assets/index.html": "<h1>i</h1>",
    }
    files["assets/shut.protected.txt"] = "shut"
    rows = [(name, row[0], row[1]) for table in (RESULTS, FAILURES) for name, row in table.items()]
    for name, py, js in rows:
        make = python_calling_back if "callback" in py else python
        files[f"functions/py/{name}.py"] = make(py)
        files[f"functions/js/{name}.js"] = javascript(js)
    files["functions/py/echo.py"] = python(ECHO[0])
    files["functions/js/echo.js"] = javascript(ECHO[1])
    files["functions/py/context.py"] = python(
        "import os; return {'KEY': context.API_KEY, 'env': os.environ['API_KEY'], 'PATH': context.PATH,"
        " 'DOMAIN_NAME': context.DOMAIN_NAME, 'SERVICE_SID': context.SERVICE_SID,"
        " 'ENVIRONMENT_SID': context.ENVIRONMENT_SID}"
    )
    files["functions/js/context.js"] = javascript(
        "callback(null, {KEY: context.API_KEY, env: process.env.API_KEY, PATH: context.PATH,"
        " DOMAIN_NAME: context.DOMAIN_NAME, SERVICE_SID: context.SERVICE_SID,"
        " ENVIRONMENT_SID: context.ENVIRONMENT_SID})"
    )
    files["functions/py/runtime.py"] = python(
        "return {'functions': sorted(Runtime.get_functions()), 'assets': sorted(Runtime.get_assets()),"
        " 'secret': Runtime.get_assets()['/secret.txt'].open()}"
    )
    files["functions/js/runtime.js"] = javascript(
        "callback(null, {functions: Object.keys(Runtime.getFunctions()).sort(),"
        " assets: Object.keys(Runtime.getAssets()).sort(), secret: Runtime.getAssets()['/secret.txt'].open()})"
    )
    files["functions/js/helper.private.js"] = "exports.word = 'shared';\n"
    files["functions/js/uses-helper.js"] = javascript(
        "const one = require(Runtime.getFunctions()['js/helper'].path); const two = require('./helper.private');"
        " callback(null, one.word + ' ' + two.word)"
    )
    files["functions/py/helper.private.py"] = "word = 'shared'\n"
    files["functions/py/uses_helper.py"] = (
        "from .helper import word\n\n\ndef handler(context, event):\n    return word + ' ' + word\n"
    )
    files["functions/py/client.py"] = python("context.get_twilio_client(); return 'not used'")
    files["functions/js/client.js"] = javascript("const client = context.getTwilioClient(); callback(null, 'not used')")
    files["functions/py/cookies.py"] = python(
        "return Response(body='x').set_cookie('a', '1', ['Path=/', 'Domain=evil.example']).set_cookie('b', '2')"
    )
    files["functions/js/cookies.js"] = javascript(
        "callback(null, new Twilio.Response({body: 'x'}).setCookie('a', '1', ['Path=/', 'Domain=evil.example'])"
        ".setCookie('b', '2'))"
    )
    files["functions/py/old-cookie.py"] = python("return Response(body='x').set_cookie('a', '1', ['Max-Age=86401'])")
    files["functions/js/old-cookie.js"] = javascript(
        "callback(null, new Twilio.Response({body: 'x'}).setCookie('a', '1', ['Max-Age=86401']))"
    )
    files["functions/py/shut.protected.py"] = python("return 'opened'")
    files["functions/js/shut.protected.js"] = javascript("callback(null, 'opened')")
    files["functions/py/prints.py"] = python("print('said in Python', 7); return 'ok'")
    files["functions/js/prints.js"] = javascript("console.log('said in JavaScript', 7); callback(null, 'ok')")
    files["functions/py/twice.py"] = python_calling_back("callback(None, 'first'); callback(None, 'second')")
    files["functions/js/twice.js"] = javascript("callback(null, 'first'); callback(null, 'second')")
    files["functions/py/floods.py"] = python("[print('x' * 999) for _ in range(10_000)]; return 'ok'")
    files["functions/js/floods.js"] = javascript(
        "for (let i = 0; i < 10000; i++) console.log('x'.repeat(999)); callback(null, 'ok')"
    )
    files["functions/js/late-error.js"] = javascript(
        "setTimeout(() => { throw new Error('late from one'); }, 30); callback(null, 'ok')"
    )
    files["functions/js/late-print.js"] = javascript(
        "setTimeout(() => console.log('late from one'), 30); callback(null, 'ok')"
    )
    files["functions/js/waits.js"] = javascript("setTimeout(() => callback(null, 'waited'), 100)")
    files["functions/js/exits-late.js"] = javascript("setTimeout(() => process.exit(0), 20); callback(null, 'ok')")
    files["functions/js/hangs-late.js"] = javascript("setTimeout(() => { for (;;); }, 1); callback(null, 'ok')")
    for language in LANGUAGES:
        raising = "raise ValueError('\\ud800')" if language == "py" else "throw new Error('\\ud800')"
        files[f"functions/{language}/half.{language}"] = (python if language == "py" else javascript)(raising)
    files["functions/py/forks.py"] = python("import os; os.fork(); return 'ok'")
    files["functions/js/forks.js"] = javascript(
        "require('node:child_process').spawn('sleep', ['1000']); callback(null, 'ok')"
    )
    files["functions/py/no-handler.py"] = "x = 1\n"
    files["functions/js/no-handler.js"] = "exports.x = 1;\n"
    files["functions/py/missing-variable.py"] = (
        "from gettone import AccessToken\n\n\ndef handler(context, event):\n"
        "    return AccessToken(context.ACCOUNT_SID, context.NO_SUCH_KEY, context.API_SECRET, identity='a').to_jwt()\n"
    )
    files["functions/js/missing-variable.js"] = javascript(
        "const t = new Twilio.jwt.AccessToken(context.ACCOUNT_SID, context.NO_SUCH_KEY, context.API_SECRET,"
        " {identity: 'a'}); callback(null, t.toJwt())"
    )
    files["functions/py/asynchronous.py"] = (
        "import asyncio\n\n\nasync def handler(context, event):\n    await asyncio.sleep(0)\n    return 'awaited'\n"
    )
    files["functions/js/asynchronous.js"] = (
        "exports.handler = async (context, event, callback) => {\n  await null;\n"
        "  return callback(null, 'awaited');\n};\n"
    )
    return files


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """One server for all rows."""
    folder = write_project(tmp_path_factory.mktemp("contract"), project_files())
    with dev_server(folder) as running:
        yield running


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(RESULTS))
def test_result_is_answered_as_the_table_says(server: DevServer, language: str, name: str) -> None:
    """What a handler returns decides status, content type and body, in both languages alike."""
    *_, status, content_type, body = RESULTS[name]

    answer = server.ask(f"/{language}/{name}")

    assert answer.status == status, answer.body
    if content_type is None:
        assert answer.header("content-type") is None
    else:
        assert str(answer.header("content-type")).startswith(content_type)
    if name == "twiml":
        assert re.search(rb"<Response\s*/>", answer.body)
    elif content_type == JSON or name == "response":
        assert json.loads(answer.body) == json.loads(body)
    else:
        assert answer.body == body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(FAILURES))
def test_failure_is_answered_logged_and_followed_by_service(server: DevServer, language: str, name: str) -> None:
    """An error has its answer and a log line that names the function; the next request is served."""
    *_, status, word = FAILURES[name]
    since = len(server.lines)

    answer = server.ask(f"/{language}/{name}")

    assert answer.status == status, answer.body
    assert set(answer.json()) >= {"message", "name", "code", "request"}
    assert word in str(answer.json()["message"])
    assert answer.header("access-control-allow-origin") == "*"
    server.wait_for(rf"{language}/{name}  .+", since)
    assert server.ask(f"/{language}/text").status == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameters_come_from_query_and_body_and_the_body_wins(server: DevServer, language: str) -> None:
    """Lists, brackets and precedence are the cloud's."""
    query = server.ask(f"/{language}/echo?a=1&a=2&b=%C3%A9&y[]=3&z[k]=4").json()
    form = server.ask(
        f"/{language}/echo?a=query",
        "POST",
        "a=form&l=1&l=2&y%5B%5D=3&e=",
        {"Content-Type": "application/x-www-form-urlencoded"},
    ).json()
    posted = server.ask(
        f"/{language}/echo?a=query&q=1",
        "POST",
        '{"a": "json", "n": 1.5, "o": {"deep": [true, null]}}',
        {"Content-Type": "application/json; charset=utf-8"},
    ).json()
    listed = server.ask(f"/{language}/echo", "POST", '["x", 1]', {"Content-Type": "application/json"}).json()

    assert (query["a"], query["b"], query["y"], query["z"]) == (["1", "2"], "é", ["3"], {"k": "4"})
    assert (form["a"], form["l"], form["y[]"], form["e"]) == ("form", ["1", "2"], "3", "")
    assert (posted["a"], posted["q"], posted["n"], posted["o"]) == ("json", "1", 1.5, {"deep": [True, None]})
    assert (listed["0"], listed["1"]) == ("x", 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_and_cookies_are_those_of_the_cloud(server: DevServer, language: str) -> None:
    """Names in lower case, some kept back; cookies keep their case, are decoded, and the first of a name wins."""
    request = server.ask(
        f"/{language}/echo",
        headers={
            "X-Custom": "1",
            "Cookie": "A=%20b; A=second; c=d",
            "X-Forwarded-For": "1.2.3.4",
            "Referer": "http://x/",
            "User-Agent": "test",
        },
    ).json()["request"]

    assert isinstance(request, dict)
    assert request["headers"]["x-custom"] == "1"
    assert request["headers"]["user-agent"] == "test"
    assert not {"host", "referer", "x-forwarded-for", "connection"} & set(request["headers"])
    assert request["cookies"] == {"A": " b", "c": "d"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_parameter_named_request_replaces_the_request(server: DevServer, language: str) -> None:
    """As on Twilio: headers can be asked for only where no parameter hides them."""
    echoed = server.post(f"/{language}/echo", request="mine").json()

    assert echoed["request"] == "mine"


@pytest.mark.parametrize("language", LANGUAGES)
def test_context_holds_variables_and_the_platforms_names(server: DevServer, language: str) -> None:
    """Variables are in the context and in the process environment."""
    seen = server.ask(f"/{language}/context").json()

    assert seen["KEY"] == seen["env"] == ACCOUNT["API_KEY"]
    assert seen["PATH"] == f"/{language}/context"
    assert seen["DOMAIN_NAME"] == f"localhost:{server.port}"
    assert re.fullmatch("ZS[0-9a-f]{32}", str(seen["SERVICE_SID"]))
    assert re.fullmatch("ZE[0-9a-f]{32}", str(seen["ENVIRONMENT_SID"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_runtime_lists_functions_and_private_assets(server: DevServer, language: str) -> None:
    """Functions without slash and extension, private assets with both."""
    seen = server.ask(f"/{language}/runtime").json()

    functions = seen["functions"]
    assert isinstance(functions, list)
    assert {"py/text", "js/text", "js/helper"} <= set(functions)
    assert seen["assets"] == ["/secret.txt"]
    assert seen["secret"] == "for handlers"


@pytest.mark.parametrize("path", ["/js/uses-helper", "/py/uses_helper"])
def test_private_function_can_be_loaded_by_its_neighbours(server: DevServer, path: str) -> None:
    """By its path from Runtime, and by a relative import."""
    assert server.ask(path).text == "shared shared"


@pytest.mark.parametrize("language", LANGUAGES)
def test_twilio_client_is_made_on_first_use(server: DevServer, language: str) -> None:
    """A tutorial asks for one and never uses it: that must not fail."""
    assert server.ask(f"/{language}/client").text == "not used"


@pytest.mark.parametrize("language", LANGUAGES)
def test_async_handler_is_awaited(server: DevServer, language: str) -> None:
    """Async handlers answer like plain ones."""
    assert server.ask(f"/{language}/asynchronous").text == "awaited"


@pytest.mark.parametrize("language", LANGUAGES)
def test_cookies_leave_as_the_cloud_lets_them(server: DevServer, language: str) -> None:
    """HttpOnly and Secure are added, Domain is dropped, more than a day is refused."""
    answer = server.ask(f"/{language}/cookies")
    cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    refused = server.ask(f"/{language}/old-cookie")

    assert cookies == ["a=1;Path=/;HttpOnly;Secure", "b=2;HttpOnly;Secure"]
    assert refused.status == 400
    assert refused.json()["message"] == "Cookies max-age cannot be greater than a day"


@pytest.mark.parametrize("language", LANGUAGES)
def test_answer_without_cache_control_is_not_stored(server: DevServer, language: str) -> None:
    """A token must not end up in a cache."""
    assert server.ask(f"/{language}/text").header("cache-control") == "no-store"


@pytest.mark.parametrize("language", LANGUAGES)
def test_second_callback_is_ignored_and_logged(server: DevServer, language: str) -> None:
    """The first answer counts."""
    since = len(server.lines)

    assert server.ask(f"/{language}/twice").text == "first"

    server.wait_for(rf"{language}/twice  .*(callback|twice|second)", since)


@pytest.mark.parametrize(("language", "said"), [("py", "said in Python 7"), ("js", "said in JavaScript 7")])
def test_what_a_function_prints_is_shown_with_its_name(server: DevServer, language: str, said: str) -> None:
    """The function's own output, beside its name."""
    since = len(server.lines)

    server.ask(f"/{language}/prints")

    server.wait_for(f"{language}/prints  {said}", since)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_megabytes_of_output_are_cut_and_counted(server: DevServer, language: str) -> None:
    """A flood is bounded, what was dropped is told, the answer comes."""
    since = len(server.lines)

    assert server.ask(f"/{language}/floods").text == "ok"

    dropped = server.wait_for(rf"{language}/floods  .* (\d+) bytes", since)
    shown = sum(len(line) for line in server.lines[since:])
    assert int(dropped.group(1)) > 9_000_000
    assert shown < 1_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_forking_handler_answers_once(server: DevServer, language: str) -> None:
    """A child of the handler answers nothing and disturbs nobody."""
    assert [server.ask(f"/{language}/forks").text for _ in range(3)] == ["ok", "ok", "ok"]


@pytest.mark.parametrize("late", ["late-error", "late-print"])
def test_what_one_invocation_left_running_does_not_speak_for_the_next(server: DevServer, late: str) -> None:
    """A timer of one request throws or prints while another runs: the other one answers as it would alone."""
    since = len(server.lines)

    assert server.ask(f"/js/{late}").text == "ok"
    assert server.ask("/js/waits").text == "waited"

    assert not [line for line in server.lines[since:] if line.startswith("  js/waits  late from one")]


@pytest.mark.parametrize("path", ["/js/exits-late", "/js/hangs-late"])
def test_worker_that_ends_or_hangs_after_its_answer_costs_nobody_an_answer(server: DevServer, path: str) -> None:
    """Requests that had not started when the process ended are served by another worker."""
    for _ in range(5):
        assert server.ask(path).text == "ok"
        assert [server.ask("/js/text").status for _ in range(8)] == [200] * 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_with_half_a_surrogate_pair_is_told(server: DevServer, language: str) -> None:
    """JSON can carry it to a handler; an error that holds it is an error like any other."""
    answer = server.ask(f"/{language}/half")

    assert (answer.status, answer.json()["name"]) == (500, "ValueError" if language == "py" else "Error")


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_without_a_handler_says_what_to_write(server: DevServer, language: str) -> None:
    """The file and the missing name are in the message."""
    answer = server.ask(f"/{language}/no-handler")

    assert answer.status == 500
    assert f"functions/{language}/no-handler" in answer.text
    assert "handler" in str(answer.json()["message"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_variable_in_a_token_call_is_named(server: DevServer, language: str) -> None:
    """An unset key is the commonest mistake: the error names a variable to set."""
    answer = server.ask(f"/{language}/missing-variable")

    assert answer.status == 500
    assert re.search("NO_SUCH_KEY|API_KEY", str(answer.json()["message"]))


@pytest.mark.parametrize("path", ["/js/helper", "/py/helper", "/secret.txt", "/nothing", "/js/text/", "/js/text.js"])
def test_private_and_unknown_paths_are_not_found(server: DevServer, path: str) -> None:
    """Nobody learns whether a private file is there."""
    answer = server.ask(path)

    assert answer.status == 404
    assert path in str(answer.json()["message"])


@pytest.mark.parametrize("path", ["/py/text", "/js/text"])
def test_preflight_is_answered_as_the_cloud_does(server: DevServer, path: str) -> None:
    """Any origin, never together with credentials; the function is not asked."""
    answer = server.ask(path, "OPTIONS", headers={"Origin": "http://x", "Access-Control-Request-Method": "POST"})

    assert answer.status == 204
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None
    assert answer.header("access-control-allow-methods") == "GET, POST, OPTIONS"
    assert "Content-Type" in str(answer.header("access-control-allow-headers"))
    assert server.ask("/nothing", "OPTIONS").status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(server: DevServer, method: str) -> None:
    """405, with the methods that are served."""
    answer = server.ask("/py/text", method)

    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, POST, OPTIONS")


def test_head_is_answered_without_a_body(server: DevServer) -> None:
    """A HEAD request runs the function and keeps the body back."""
    answer = server.ask("/py/text", "HEAD")

    assert (answer.status, answer.body) == (200, b"")


def test_malformed_json_is_refused_before_the_handler(server: DevServer) -> None:
    """400 that says what is wrong; numbers and texts alone are refused, too."""
    for body in ('{"a":', "42", '"text"', '{"a": NaN}', "{'a': 1}"):
        answer: Answer = server.ask("/py/echo", "POST", body, {"Content-Type": "application/json"})

        assert answer.status == 400, body
        assert "JSON" in str(answer.json()["message"])


def test_assets_are_served_with_their_types_and_validators(server: DevServer) -> None:
    """Public ones as they are; the index for `/`; 304 for a known one; one range."""
    asset = server.ask("/hello.txt")
    etag = str(asset.header("etag"))

    assert (asset.status, asset.text, asset.header("access-control-allow-origin")) == (200, "hello", "*")
    assert str(asset.header("content-type")).startswith("text/plain")
    assert server.ask("/").text == "<h1>i</h1>"
    assert server.ask("/hello.txt", headers={"If-None-Match": etag}).status == 304
    part = server.ask("/hello.txt", headers={"Range": "bytes=1-2"})
    assert (part.status, part.text, part.header("content-range")) == (206, "el", "bytes 1-2/5")
    assert server.ask("/hello.txt", headers={"Range": "bytes=9-"}).status == 416
    assert server.ask("/hello.txt", "POST").status == 405
    assert server.ask("/shut.txt").status == 403
