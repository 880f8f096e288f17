"""What a handler is given: context, event, the process environment."""

from __future__ import annotations

from pathlib import Path

from tests.guests.javascript.guests import ACCOUNT, Serve, handler

SHOW_CONTEXT = handler("callback(null, Object.entries(context));")


def test_context_holds_the_platforms_names_then_the_variables(serve: Serve) -> None:
    """All of them own, enumerable members of type text; the function's path among them."""
    entries = serve({"functions/a/b.js": SHOW_CONTEXT}).read("/a/b")

    assert entries == [
        ["PATH", "/a/b"],
        ["DOMAIN_NAME", "quick-1234.localhost"],
        ["SERVICE_SID", "ZS" + "1" * 32],
        ["ENVIRONMENT_SID", "ZE" + "2" * 32],
        *[[name, value] for name, value in ACCOUNT.items()],
        ["getTwilioClient", None],
    ]


def test_variable_overrides_the_platforms_name_but_not_the_client(serve: Serve) -> None:
    """As in Twilio's runtime."""
    variables = {"PATH": "/mine", "DOMAIN_NAME": "mine.example", "getTwilioClient": "mine"}
    source = handler("callback(null, [context.PATH, context.DOMAIN_NAME, typeof context.getTwilioClient]);")

    assert serve({"functions/f.js": source}, variables).read("/f") == ["/mine", "mine.example", "function"]


def test_variable_with_an_odd_name_is_a_member_like_any_other(serve: Serve) -> None:
    """Names that objects know do not change what context is."""
    variables = {"__proto__": "a", "constructor": "b", "toString": "c"}
    source = handler(
        "callback(null, ['__proto__', 'constructor', 'toString'].map((name)"
        " => Object.getOwnPropertyDescriptor(context, name).value));"
    )

    assert serve({"functions/f.js": source}, variables).read("/f") == ["a", "b", "c"]


def test_context_is_fresh_at_each_invocation(serve: Serve) -> None:
    """What a handler writes into it is gone."""
    served = serve(
        {
            "functions/f.js": handler(
                "callback(null, [context.API_KEY, context.left]); context.API_KEY = 1; context.left = 2;"
            )
        }
    )

    assert served.read("/f") == served.read("/f") == [ACCOUNT["API_KEY"], None]


def test_event_is_what_the_host_sent(serve: Serve) -> None:
    """Every kind of value, and the request with headers and cookies."""
    served = serve({"functions/f.js": handler("callback(null, event);")})
    event = {
        "request": {"headers": {"user-agent": "x", "x-twice": ["1", "2"]}, "cookies": {"A": "b"}},
        "text": "é日",
        "list": ["1", "2"],
        "deep": {"a": [1.5, True, None]},
        "__proto__": {"a": 1},
    }

    assert served.read("/f", **event) == event


def test_process_environment_is_the_variables_and_little_else(serve: Serve) -> None:
    """What a program needs to run is kept; of what the host's process knew nothing else is there."""
    environment = serve({"functions/f.js": handler("callback(null, process.env);")}).read("/f")

    assert environment == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **ACCOUNT,
    }


def test_child_process_has_the_same_environment(serve: Serve) -> None:
    """A child finds the variables, and nothing else of the guest's own start."""
    source = handler(
        "callback(null, require('node:child_process').execFileSync('/usr/bin/env').toString().split('\\n'));"
    )
    lines = serve({"functions/f.js": source}, {"MINE": "1"}).read("/f")

    assert isinstance(lines, list)
    assert "MINE=1" in lines
    assert not [line for line in lines if line.startswith("LEFT=")]


def test_process_environment_keeps_texts_and_knows_changes(serve: Serve) -> None:
    """As Node's own: what is written becomes text, reaches children and native code, and can be deleted."""
    source = handler(
        "process.env.PORT = 8080; process.env.GONE = 'x'; delete process.env.GONE; process.env.TZ = 'Asia/Tokyo';"
        "Object.assign(process.env, { MORE: true });"
        "const child = require('node:child_process').execFileSync('/bin/sh', ['-c',"
        " 'echo $PORT$GONE$MORE']).toString().trim();"
        "callback(null, [process.env.PORT, process.env.GONE, 'GONE' in process.env, child, new Date(0).getHours(),"
        " Object.keys(process.env).includes('PORT')]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == ["8080", None, False, "8080true", 9, True]


def test_client_is_there_at_once_even_when_nothing_is_set(serve: Serve) -> None:
    """A tutorial asks for one and never uses it."""
    source = handler("const client = context.getTwilioClient(); callback(null, typeof client);")

    assert serve({"functions/f.js": source}, {}).ask("/f").body == b"object"


def test_client_can_be_awaited_and_printed_without_being_made(serve: Serve) -> None:
    """Neither is a use."""
    source = (
        "exports.handler = async ({ getTwilioClient }, event, callback) => {\n"
        "  const client = await getTwilioClient();\n  console.log(client,"
        " `${typeof client}`);\n  callback(null, 'ok');\n};\n"
    )

    assert serve({"functions/f.js": source}, {}).ask("/f").body == b"ok"


def test_client_without_credentials_fails_at_its_first_use_and_names_them(serve: Serve) -> None:
    """Only what is missing is named."""
    source = handler("const client = context.getTwilioClient(); callback(null, client.messages);")
    served = serve({"functions/f.js": source}, {"AUTH_TOKEN": "d" * 32})
    failed = served.fail("/f")

    assert failed.code == "INVALID_CONFIG"
    assert "ACCOUNT_SID" in failed.message
    assert "AUTH_TOKEN" not in failed.message


def test_client_with_malformed_credentials_does_not_show_them(serve: Serve) -> None:
    """The message says what they look like."""
    served = serve(
        {"functions/f.js": handler("context.getTwilioClient().messages;")}, {**ACCOUNT, "AUTH_TOKEN": "short-secret"}
    )
    failed = served.fail("/f")

    assert "AUTH_TOKEN is no auth token" in failed.message
    assert "short-secret" not in str(failed)


def test_client_is_the_official_one_when_it_is_used(serve: Serve) -> None:
    """With the environment's credentials and the options that were given."""
    source = handler(
        "const client = context.getTwilioClient({ region: 'ie1' });"
        "callback(null, [client.accountSid, client.password === context.AUTH_TOKEN, client.region,"
        " typeof client.messages.create, client.messages('SM1').constructor.name,"
        " client instanceof require('twilio').Twilio, 'api' in client]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == [
        ACCOUNT["ACCOUNT_SID"],
        True,
        "ie1",
        "function",
        "MessageContextImpl",
        True,
        True,
    ]


def test_client_without_the_package_says_what_to_install(serve: Serve, tmp_path: Path) -> None:
    """Neither the project nor the installation has it."""
    served = serve({"functions/f.js": handler("context.getTwilioClient().messages;")}, twilio=None)

    assert "npm install" in served.fail("/f").message
