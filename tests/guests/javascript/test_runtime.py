"""The globals `Runtime` and `Twilio`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guests.javascript.guests import ACCOUNT, PINNED, Serve, handler

NAMES = ["Response", "jwt", "twiml", "Twilio", "RequestClient", "RestException", "validateRequest", "webhook"]


def test_functions_of_all_languages_are_listed_by_name(serve: Serve) -> None:
    """Without slash and extension; each with its path under the task root."""
    served = serve(
        {
            "functions/a/b.js": handler("callback(null, Runtime.getFunctions());"),
            "functions/secret.private.js": "",
            "functions/c.py": "",
        }
    )

    assert served.read("/a/b") == {
        "a/b": {"path": f"{served.root}/handlers/a/b.js"},
        "secret": {"path": f"{served.root}/handlers/secret.private.js"},
        "c": {"path": f"{served.root}/handlers/c.py"},
    }


def test_private_assets_are_listed_with_slash_and_extension_and_can_be_opened(serve: Serve) -> None:
    """`open()` is the text of the file."""
    source = handler(
        "const assets = Runtime.getAssets();"
        "callback(null, [Object.keys(assets), assets['/a/m.txt'].path, assets['/a/m.txt'].open(),"
        " require(assets['/x.js'].path)]);"
    )
    served = serve(
        {"functions/f.js": source, "assets/a/m.private.txt": "zwölf", "assets/x.private.js": "module.exports = 7;"}
    )

    assert served.read("/f") == [["/a/m.txt", "/x.js"], f"{served.root}/files/a/m.private.txt", "zwölf", 7]


def test_listed_functions_are_the_callers_own(serve: Serve) -> None:
    """What one handler does to the list, another does not see."""
    served = serve(
        {
            "functions/f.js": handler(
                "const all = Runtime.getFunctions(); callback(null, Object.keys(all)); delete all.f;"
            )
        }
    )

    assert served.read("/f") == served.read("/f") == ["f"]


def test_sync_is_the_official_clients_with_twilios_short_names(serve: Serve) -> None:
    """The default service unless another is named."""
    source = handler(
        "const [a, b] = [Runtime.getSync(), Runtime.getSync({ serviceName: 'IS1' })];"
        "callback(null, [a._solution.sid, b._solution.sid, a.maps === a.syncMaps, a.lists === a.syncLists,"
        " typeof a.maps.create]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == ["default", "IS1", True, True, "function"]


def test_sync_without_credentials_says_so(serve: Serve) -> None:
    """As the client does."""
    served = serve({"functions/f.js": handler("Runtime.getSync();")}, {})

    assert "ACCOUNT_SID and AUTH_TOKEN" in served.fail("/f").message


def test_twilio_has_response_and_tokens_without_the_package(serve: Serve) -> None:
    """They are the platform's own."""
    source = handler(
        "const { AccessToken } = Twilio.jwt;"
        "const token = new AccessToken(context.ACCOUNT_SID, context.API_KEY, context.API_SECRET);"
        "token.identity = event.identity;"
        "token.addGrant(new AccessToken.VideoGrant({ room: 'r' }));"
        "const claims = JSON.parse(Buffer.from(token.toJwt().split('.')[1], 'base64url'));"
        "callback(null, new Twilio.Response({ body: claims.grants }));"
    )

    assert serve({"functions/f.js": source}, twilio=None).read("/f", identity="alice") == {
        "identity": "alice",
        "video": {"room": "r"},
    }


def test_twilio_member_without_the_package_says_what_to_install(serve: Serve) -> None:
    """The error is at the first touch, and only there."""
    served = serve({"functions/f.js": handler("new Twilio.twiml.VoiceResponse();")}, twilio=None)

    assert "npm install" in served.fail("/f").message


def test_package_is_not_loaded_before_it_is_touched(serve: Serve) -> None:
    """Token functions do not pay for it; TwiML pays for its own part."""
    source = handler(
        "const count = () => Object.keys(require.cache).filter((file) => file.includes('/twilio/lib/')).length;"
        "const counts = [];"
        "Twilio.jwt.AccessToken; new Twilio.Response(); Object.keys(Twilio); context.getTwilioClient();"
        " counts.push(count());"
        "new Twilio.twiml.VoiceResponse(); counts.push(count());"
        "Twilio.RestException; counts.push(count());"
        "callback(null, counts);"
    )
    counts = serve({"functions/f.js": source}).read("/f")

    assert isinstance(counts, list)
    assert counts[0] == 0
    assert 0 < counts[1] < 10
    assert counts[2] > 30


def test_members_of_twilio_are_those_of_the_package(serve: Serve) -> None:
    """Also those that load at less cost than the whole, whichever is touched first."""
    source = handler(
        "const before = Object.keys(Twilio);"
        "const early = [Twilio.twiml.VoiceResponse, Twilio.validateRequest];"
        "const official = require('twilio');"
        "const names = Object.keys(official).filter((name) => name !== 'jwt' && name !== 'twiml');"
        "callback(null, {"
        "  early: early[0] === official.twiml.VoiceResponse && early[1] === official.validateRequest,"
        "  differ: names.filter((name) => Twilio[name] !== official[name]),"
        "  twiml: Object.keys(official.twiml).filter((name) => Twilio.twiml[name] !== official.twiml[name]),"
        "  jwt: Object.keys(official.jwt).filter((name) => Twilio.jwt[name] !== official.jwt[name]),"
        "  missing: names.filter((name) => !before.includes(name)),"
        "  after: Object.keys(Twilio).filter((name) => !(name in official)),"
        "});"
    )

    assert serve({"functions/f.js": source}).read("/f") == {
        "early": True,
        "differ": [],
        "twiml": [],
        "jwt": ["AccessToken"],
        "missing": [],
        "after": ["Response"],
    }


def test_twilio_can_be_called_for_a_client(serve: Serve) -> None:
    """With and without `new`, as the package's own."""
    source = handler(
        "callback(null, [Twilio(context.ACCOUNT_SID, 'x'), new Twilio(context.ACCOUNT_SID, 'x')]"
        ".map((client) => client.accountSid));"
    )

    assert serve({"functions/f.js": source}).read("/f") == [ACCOUNT["ACCOUNT_SID"]] * 2


def test_unknown_member_of_twilio_is_undefined(serve: Serve) -> None:
    """As of any object, and asking whether it is there is no error."""
    source = handler(
        "callback(null, [Twilio.nothing === undefined, 'nothing' in Twilio, 'validateRequest' in Twilio,"
        " Twilio.jwt.nothing === undefined]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == [True, False, True, True]


def test_member_of_twilio_may_be_replaced(serve: Serve) -> None:
    """Tests of handlers do that."""
    source = handler(
        "Twilio.Response = 1; Twilio.validateRequest = 2; Twilio.jwt.AccessToken = 3; Twilio.twiml.VoiceResponse = 4;"
        "Twilio.RestException;"
        "callback(null, [Twilio.Response, Twilio.validateRequest, Twilio.jwt.AccessToken, Twilio.twiml.VoiceResponse]);"
    )

    assert serve({"functions/f.js": source}).read("/f") == [1, 2, 3, 4]


@pytest.mark.parametrize("statement", ["require('twilio')", "require('twilio/lib/rest/Twilio')"])
def test_require_of_twilio_falls_back_to_the_pinned_one(serve: Serve, statement: str) -> None:
    """Where the project has none of its own."""
    served = serve({"functions/f.js": handler(f"callback(null, typeof {statement});")})

    assert served.ask("/f").body == b"function"


def test_import_of_twilio_falls_back_to_the_pinned_one(serve: Serve) -> None:
    """ES modules as well; its AccessToken is the official one."""
    source = (
        "import twilio from 'twilio';\n"
        "export const handler = (context, event, callback) =>\n"
        "  callback(null, [typeof twilio, twilio.jwt.AccessToken === Twilio.jwt.AccessToken]);\n"
    )

    assert serve({"functions/f.mjs": source}).read("/f") == ["function", False]


def test_twilio_of_the_project_comes_first(serve: Serve) -> None:
    """For the global and for require, with members that only that version has."""
    package = (
        "module.exports = { Twilio: class { constructor() { this.mine = true; } }, odd: 1,"
        " twiml: { VoiceResponse: class { toString() { return '<Mine/>'; } } }, jwt: { OldToken: 2 } };"
    )
    source = handler(
        "callback(null, [require('twilio').odd, Twilio.odd, Twilio.jwt.OldToken,"
        " String(new Twilio.twiml.VoiceResponse()),"
        " Twilio().mine, 'validateRequest' in Twilio]);"
    )
    served = serve({"functions/f.js": source, "node_modules/twilio/index.js": package})

    assert served.read("/f") == [1, 1, 2, "<Mine/>", True, False]


def test_twilio_of_the_project_that_breaks_is_not_replaced(serve: Serve) -> None:
    """A missing dependency of it is an error of the project, not a reason to take another version."""
    served = serve(
        {
            "functions/f.js": handler("callback(null, require('twilio'));"),
            "node_modules/twilio/index.js": "require('nowhere');",
        }
    )

    assert "'nowhere'" in served.fail("/f").message


def test_other_packages_of_the_pinned_one_are_not_lent(serve: Serve) -> None:
    """Only twilio itself is."""
    served = serve({"functions/f.js": handler("callback(null, require('axios'));")})

    assert served.fail("/f").code == "MODULE_NOT_FOUND"


def test_pinned_twilio_comes_with_the_installation() -> None:
    """The build of the package fetches it."""
    assert (Path(PINNED) / "package.json").is_file()
