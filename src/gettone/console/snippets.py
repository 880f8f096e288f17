"""How an app gets its token from a function: the same request in five languages, to copy. Pure.

An address goes into each as it is, so it may hold nothing that ends a text in any of them. Must not know functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

EXAMPLE_URL = "http://quickstart-1234.localhost:8000/token"

_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~!*+,;:@%/=&?-]*)?")
_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy. `id` is what the page knows it by."""

    id: str
    language: str
    code: str


def is_address(text: str) -> bool:
    """Whether a text is a web address that can stand in code."""
    return len(text) <= _CHARACTERS_MAX and _URL.fullmatch(text) is not None


def snippets(url: str, *, is_json: bool) -> Sequence[Snippet]:
    """The request in each language; where the function answers with JSON, its `token` is taken out of it."""
    return (
        Snippet("curl", "curl", _curl(url)),
        Snippet("fetch", "JavaScript", _fetch(url, is_json)),
        Snippet("python", "Python", _python(url, is_json)),
        Snippet("swift", "Swift", _swift(url, is_json)),
        Snippet("kotlin", "Kotlin", _kotlin(url, is_json)),
    )


def _curl(url: str) -> str:
    return f"curl -X POST '{url}' \\\n  -d 'identity=alice'"


def _fetch(url: str, is_json: bool) -> str:
    taken = "(await response.json()).token" if is_json else "await response.text()"
    return f"""const response = await fetch("{url}", {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({{ identity: "alice" }}),
}});
if (!response.ok) throw new Error(`No token: ${{response.status}}`);
const token = {taken};"""


def _python(url: str, is_json: bool) -> str:
    taken = 'json.load(response)["token"]' if is_json else "response.read().decode()"
    imports = "import json\nimport urllib.parse" if is_json else "import urllib.parse"
    return f"""{imports}
import urllib.request

form = urllib.parse.urlencode({{"identity": "alice"}}).encode()
with urllib.request.urlopen("{url}", data=form, timeout=10) as response:
    token = {taken}"""


def _swift(url: str, is_json: bool) -> str:
    taken = (
        'let token = try JSONDecoder().decode([String: String].self, from: data)["token"]'
        if is_json
        else "let token = String(decoding: data, as: UTF8.self)"
    )
    return f"""var request = URLRequest(url: URL(string: "{url}")!)
request.httpMethod = "POST"
request.setValue("application/json", forHTTPHeaderField: "Content-Type")
request.httpBody = try JSONEncoder().encode(["identity": "alice"])
let (data, response) = try await URLSession.shared.data(for: request)
guard (response as? HTTPURLResponse)?.statusCode == 200 else {{ throw URLError(.badServerResponse) }}
{taken}"""


def _kotlin(url: str, is_json: bool) -> str:
    taken = 'JSONObject(answer).getString("token")' if is_json else "answer"
    imports = "import org.json.JSONObject\n" if is_json else ""
    return f"""{imports}import java.net.HttpURLConnection
import java.net.URL

val connection = URL("{url}").openConnection() as HttpURLConnection
connection.requestMethod = "POST"
connection.doOutput = true
connection.outputStream.use {{ it.write("identity=alice".toByteArray()) }}
val answer = connection.inputStream.bufferedReader().use {{ it.readText() }}
val token = {taken}"""
