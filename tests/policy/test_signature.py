"""`X-Twilio-Signature`: what Twilio's own library signs is accepted, and nothing that was changed since."""

import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from gettone.policy.signature import FormParams, is_signed_by, sign, with_body_hash

# The vectors' own.
TOKEN = "12345"

CALL = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
)
OLD_CALL = tuple((name, value.replace("+14158675309", "+12349013030")) for name, value in CALL)
JSON_BODY = b'{"a":1}'
JSON_HASH = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"

# Made by running Twilio's Python library 9.13.0.
VECTORS: list[tuple[str, FormParams, str]] = [
    ("https://example.com/fn?foo=1&bar=2", CALL, "8v1+MSe5f04bsYITwdxTWgXl2BY="),
    ("https://example.com:443/fn?foo=1&bar=2", CALL, "QewLKawEBssRh/OCSz1SzvrJ1JA="),
    ("https://mycompany.com/myapp.php?foo=1&bar=2", OLD_CALL, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    (f"https://example.com/fn?bodySHA256={JSON_HASH}", (), "yrZt5u2WhCxX3VN/vsJljrkawGg="),
    ("https://example.com/fn", (("a", "2"), ("a", "1"), ("a", "2")), "8aLiIVXEd8WsqlG7XE8rWiu/w4o="),
]


class Form(dict[str, str]):
    """A form as the official library likes it: with every value of a name."""

    def __init__(self, pairs: FormParams) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]


def official_signature(url: str, params: FormParams, token: str = TOKEN) -> str:
    """Sign with Twilio's library."""
    signature: str = RequestValidator(token).compute_signature(url, Form(params))
    return signature


def officially_signed(signature: str, url: str, params: FormParams, token: str = TOKEN) -> bool:
    """Ask Twilio's library whether a form request is signed."""
    return bool(RequestValidator(token).validate(url, Form(params), signature))


@pytest.mark.parametrize(("url", "params", "signature"), VECTORS)
def test_vector_is_signed_alike(url: str, params: FormParams, signature: str) -> None:
    """The published signatures come out to the letter."""
    assert sign(TOKEN, url, params) == signature


@pytest.mark.parametrize(("url", "params", "signature"), VECTORS)
def test_vector_is_accepted(url: str, params: FormParams, signature: str) -> None:
    """The published signatures are valid for their requests, forms and JSON."""
    body = JSON_BODY if "bodySHA256" in url else urlencode(params).encode()

    assert is_signed_by(TOKEN, signature, url, params or None, body)


def test_shared_key_vector_is_accepted() -> None:
    """SHA-256 is used when asked for, and only then."""
    signature = "PafS1KwxHQgtJN6lSM9z9gMiCcD87Zwlal+RRnccRi0="
    request = (TOKEN, signature, "https://example.com/fn", (("a", "1"),), b"a=1")

    assert sign(TOKEN, "https://example.com/fn", (("a", "1"),), algorithm="HMAC_SHA256") == signature
    assert is_signed_by(*request, algorithm="HMAC_SHA256")
    assert not is_signed_by(*request)


def test_order_of_the_node_library_is_accepted() -> None:
    """It sorts by UTF-16 unit; the signature was made by version 6.2.0."""
    params = (("\uffff", "2"), ("\U00010000", "1"))
    signature = "03c6saie1yxjGW2t23rPW+W6yOY="

    assert is_signed_by(TOKEN, signature, "https://example.com/fn", params, b"...")
    assert sign(TOKEN, "https://example.com/fn", params) == official_signature("https://example.com/fn", params)


@pytest.mark.parametrize(
    ("signed", "asked"),
    [
        ("https://example.com/fn", "https://example.com:443/fn"),
        ("https://example.com:443/fn", "https://example.com/fn"),
        ("http://example.com/fn", "http://example.com:80/fn"),
        ("http://example.com:80/fn", "http://example.com/fn"),
        ("http://localhost/fn", "http://localhost:3000/fn"),
        ("http://localhost:3000/fn", "http://localhost:3000/fn"),
        ("https://example.com", "https://example.com:443"),
        ("https://example.com?a=1", "https://example.com:443?a=1"),
        ("https://[2001:db8::1]/fn", "https://[2001:db8::1]:443/fn"),
        ("https://[2001:db8::1]:443/fn", "https://[2001:db8::1]/fn"),
        ("https://user:pa:ss@example.com/fn", "https://user:pa:ss@example.com:443/fn"),
        ("https://user:pass@example.com:443/fn", "https://user:pass@example.com/fn"),
        ("https://example.com/a:b@c/fn", "https://example.com:443/a:b@c/fn"),
        ("https://example.com/fn?q='x'", "https://example.com/fn?q=%27x%27"),
        ("https://example.com:443/fn?q=%27x%27", "https://example.com/fn?q='x'"),
    ],
)
def test_other_spelling_of_the_same_url_is_accepted(signed: str, asked: str) -> None:
    """Default ports may be there or not, and apostrophes escaped or not."""
    assert is_signed_by(TOKEN, official_signature(signed, CALL), asked, CALL, b"...")


@pytest.mark.parametrize(
    ("signed", "asked"),
    [
        ("https://example.com/fn", "http://example.com/fn"),
        ("https://example.com/fn", "https://example.org/fn"),
        ("https://example.com/fn", "https://example.com/fn/"),
        ("https://example.com/fn", "https://example.com/FN"),
        ("https://example.com/fn", "https://example.com/fn?"),
        ("https://example.com/fn?a=1&b=2", "https://example.com/fn?b=2&a=1"),
        ("https://example.com/fn?a=%20", "https://example.com/fn?a=+"),
        ("https://example.com:80/fn", "https://example.com/fn"),
        ("https://example.com:3000/fn", "https://example.com/fn"),
        ("https://example.com:3000/fn", "https://example.com:3001/fn"),
        ("https://user/fn", "https://user:pass@example.com:443/fn"),
        ("https://example.com/it's", "https://example.com/it%27s"),
        ("https://example.com/fn", ""),
    ],
)
def test_another_url_is_refused(signed: str, asked: str) -> None:
    """A signature is good for one scheme, host, path and query, letter by letter."""
    assert not is_signed_by(TOKEN, official_signature(signed, CALL), asked, CALL, b"...")


NAMES = st.text(min_size=1, max_size=8)
VALUES = st.text(max_size=12)
PARAMS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(urlencode)
PATHS = st.text("abcXYZ019-_.~%/!$&'()*+,=:@é漢", max_size=20)
PORTS = ["", ":80", ":443", ":3000", ":65535"]
URLS = st.builds(
    lambda scheme, host, port, path, query: f"{scheme}://{host}{port}/{path}" + (f"?{query}" if query else ""),
    st.sampled_from(["http", "https"]),
    st.sampled_from(["example.com", "localhost", "a-1234.localhost", "127.0.0.1"]),
    st.sampled_from(PORTS),
    PATHS,
    QUERIES,
).filter(lambda url: "bodySHA256" not in url)


@given(URLS, PARAMS)
@example("https://example.com/fn", [("\U00010000", "1"), ("\uffff", "2")])
def test_what_the_official_library_signs_is_accepted(url: str, params: list[tuple[str, str]]) -> None:
    """Any URL, any form, repeated names and Unicode included."""
    assert is_signed_by(TOKEN, official_signature(url, params), url, params, b"a body")


@given(URLS, PARAMS)
def test_our_signature_is_the_official_one(url: str, params: list[tuple[str, str]]) -> None:
    """`sign` and Twilio's library agree to the letter."""
    assert sign(TOKEN, url, params) == official_signature(url, params)


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(PORTS),
    st.sampled_from(PORTS),
    PATHS.filter(lambda path: "'" not in path),
    PARAMS,
    st.data(),
)
def test_the_verdict_is_the_official_one(
    scheme: str, signed_port: str, asked_port: str, path: str, params: list[tuple[str, str]], data: st.DataObject
) -> None:
    """For one port and form signed and others asked, the two agree; we know two spellings of an apostrophe besides."""
    asked = f"{scheme}://example.com{asked_port}/{path}"
    signed_params = data.draw(st.permutations(params) | st.just(params[1:]) | st.just(params + params))
    signature = official_signature(f"{scheme}://example.com{signed_port}/{path}", signed_params)

    assert is_signed_by(TOKEN, signature, asked, params, b"a body") == officially_signed(signature, asked, params)


@given(URLS, PARAMS, st.data())
def test_a_changed_character_is_refused(url: str, params: list[tuple[str, str]], data: st.DataObject) -> None:
    """One character of the path or of a value is enough."""
    signature = sign(TOKEN, url, params)
    place = data.draw(st.integers(0, len(params)))
    if place == len(params):
        changed_url, changed = url + data.draw(st.sampled_from("x0/")), params
    else:
        name, value = params[place]
        changed_url, changed = url, [*params[:place], (name, value + "x"), *params[place + 1 :]]
    # Names and values are joined without a mark between them: two forms can be one text, on Twilio as here.
    assume(sign(TOKEN, changed_url, changed) != signature)

    assert not is_signed_by(TOKEN, signature, changed_url, changed, b"a body")


@given(st.integers(0, 27), st.sampled_from("ABab01+/"))
def test_a_changed_signature_is_refused(place: int, letter: str) -> None:
    """Every letter of the signature counts."""
    url, params, signature = VECTORS[0]
    changed = signature[:place] + letter + signature[place + 1 :]
    assume(changed != signature)

    assert not is_signed_by(TOKEN, changed, url, params, b"...")


@pytest.mark.parametrize("signature", ["", "=", "é", "\ud800", "8v1+MSe5f04bsYITwdxTWgXl2BY", "x" * 100_000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    """Missing, cut short, no ASCII, enormous: refused without an error."""
    url, params, _ = VECTORS[0]

    assert not is_signed_by(TOKEN, signature, url, params, b"...")


def test_another_token_is_refused() -> None:
    """Only the account's own auth token signs."""
    url, params, _ = VECTORS[0]

    assert not is_signed_by(TOKEN, official_signature(url, params, "54321"), url, params, b"...")


def test_an_empty_token_signs_nothing() -> None:
    """An account without a token has no signed requests: anyone can make its signature."""
    url, params, _ = VECTORS[0]

    assert not is_signed_by("", official_signature(url, params, ""), url, params, b"...")


def test_get_is_signed_by_its_url() -> None:
    """Without a body the URL is all there is to sign."""
    url = "https://example.com/fn?foo=1"

    assert is_signed_by(TOKEN, official_signature(url, ()), url, None, b"")
    assert not is_signed_by(TOKEN, official_signature(url, ()), url + "&bar=2", None, b"")


@given(st.binary(max_size=64), st.sampled_from(["https://example.com/fn", "https://example.com/fn?a=1"]))
def test_body_is_covered_by_its_hash(body: bytes, address: str) -> None:
    """What Twilio's library accepts as JSON is accepted, and not one more byte of it."""
    url = with_body_hash(address, body)
    signature = official_signature(url, ())

    assert is_signed_by(TOKEN, signature, url, None, body)
    assert not is_signed_by(TOKEN, signature, url, None, body + b" ")


@given(st.text(max_size=64))
def test_official_library_accepts_our_signed_body(body: str) -> None:
    """What we sign for a body that is no form, Twilio's library accepts."""
    url = with_body_hash("https://example.com/fn?a=1", body.encode())

    assert RequestValidator(TOKEN).validate(url, body, sign(TOKEN, url))


def test_body_hash_goes_into_the_query() -> None:
    """Behind what is there, and before a fragment."""
    digest = hashlib.sha256(b"x").hexdigest()

    assert with_body_hash("https://a.b/c", b"x") == f"https://a.b/c?bodySHA256={digest}"
    assert with_body_hash("https://a.b/c?d=e#f", b"x") == f"https://a.b/c?d=e&bodySHA256={digest}#f"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?bodySHA256=",
        f"?bodySHA256={JSON_HASH.upper()}",
        f"?bodysha256={JSON_HASH}",
        f"?x=1#&bodySHA256={JSON_HASH}",
    ],
)
def test_body_that_nothing_vouches_for_is_refused(query: str) -> None:
    """A signature over the URL alone does not cover a body whose hash is not in the query."""
    url = f"https://example.com/fn{query}"

    assert not is_signed_by(TOKEN, official_signature(url, ()), url, None, JSON_BODY)


def test_body_taken_away_is_refused() -> None:
    """A captured JSON request is worth nothing without its body."""
    url = f"https://example.com/fn?bodySHA256={JSON_HASH}"

    assert not is_signed_by(TOKEN, official_signature(url, ()), url, None, b"")


def test_first_of_two_hashes_counts() -> None:
    """As in the official libraries."""
    url = f"https://example.com/fn?bodySHA256={'0' * 64}&bodySHA256={JSON_HASH}"

    assert not is_signed_by(TOKEN, official_signature(url, ()), url, None, JSON_BODY)


def test_form_may_be_covered_by_its_hash() -> None:
    """Node's library checks a form by the hash if there is one; the parameters then are not signed one by one."""
    body = urlencode(CALL).encode()
    url = with_body_hash("https://example.com/fn", body)

    assert is_signed_by(TOKEN, official_signature(url, ()), url, CALL, body)
    assert not is_signed_by(TOKEN, official_signature(url, ()), url, CALL[1:], body + b"&a=1")


def test_form_parameters_must_be_signed() -> None:
    """The signature of an empty form is not good for a full one."""
    url = "https://example.com/fn"

    assert not is_signed_by(TOKEN, official_signature(url, ()), url, CALL, urlencode(CALL).encode())


@given(st.lists(st.tuples(NAMES, st.lists(VALUES, min_size=1, max_size=3)), max_size=4))
def test_form_as_it_comes_off_the_wire_is_accepted(form: list[tuple[str, list[str]]]) -> None:
    """Decoded pairs, empty values kept, are what is signed."""
    official: Mapping[str, list[str]] = dict(form)
    pairs = [(name, value) for name, values in official.items() for value in values]
    body = urlencode(pairs)
    received = parse_qsl(body, keep_blank_values=True)

    assert is_signed_by(TOKEN, official_signature("https://a.b/", pairs), "https://a.b/", received, body.encode())


@given(
    st.text(st.characters(exclude_categories=())),
    st.text(st.characters(exclude_categories=())),
    st.none() | PARAMS,
    st.binary(),
)
def test_nothing_raises(signature: str, url: str, params: list[tuple[str, str]] | None, body: bytes) -> None:
    """Whatever a stranger sends has a verdict, and it is no."""
    assert not is_signed_by(TOKEN, signature, url, params, body)
