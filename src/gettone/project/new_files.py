"""What `init` and `new` write: the files of a new project, and a new function. Pure; must not know who asked.

A project has the folders and files that Twilio's `serverless:init` makes, so that what is written about those holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template as Text

from gettone.model.errors import PlatformError
from gettone.model.functions import Language, Visibility
from gettone.model.sids import Randomness
from gettone.project.paths import find_fault, language_of, split_visibility
from gettone.project.templates import TEMPLATES, Template, find_template

# Twilio's toolkit takes no longer name for a project.
NAME_CHARACTERS_MAX = 32

_TEXTS = Path(__file__).parent / "templates"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_JAVASCRIPT_HEAD = "function (context, event, callback)"
_TYPESCRIPT_HEAD = (
    "function (\n  context: Record<string, string>,\n  event: Record<string, any>,\n"
    "  callback: (error: unknown, result?: unknown) => void,\n)"
)
# `var` may be declared again, which the types of Node and of Twilio do.
_GLOBALS = "declare var Twilio: any;\ndeclare var Runtime: any;\ndeclare var exports: any;\n"
_TSCONFIG = {
    "compilerOptions": {"target": "es2023", "module": "nodenext", "strict": True, "noEmit": True, "types": []},
    "include": ["globals.d.ts", "functions"],
}
_MADE_UP = """\
# Made-up values, so that the function answers at once. They open nothing.
# Put your own account's here before you deploy.
"""
_IGNORED = {
    "py": (".venv/", "__pycache__/"),
    "js": ("node_modules/",),
    "ts": ("node_modules/",),
}
_SID_PREFIXES = {
    "ACCOUNT_SID": "AC",
    "API_KEY": "SK",
    "TWIML_APP_SID": "AP",
    "CHAT_SERVICE_SID": "IS",
    "SYNC_SERVICE_SID": "IS",
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """What a function may be written in, as it is chosen: by its file's extension, without the dot."""

    name: str
    title: str
    language: Language


TONGUES = {
    each.name: each
    for each in (
        Tongue("js", "JavaScript", Language.JAVASCRIPT),
        Tongue("py", "Python", Language.PYTHON),
        Tongue("ts", "TypeScript", Language.JAVASCRIPT),
    )
}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is not there yet, by its name in the project. A secret one is for its owner's eyes alone."""

    name: str
    text: str = field(repr=False)
    secret: bool = False


def find_tongue(name: str) -> Tongue:
    """What is called by this name. Raises PlatformError `invalid`, which names all."""
    tongue = TONGUES.get(name)
    if tongue is None:
        raise PlatformError("invalid", f"--lang {name} is none of {', '.join(TONGUES)}", parameter="--lang")
    return tongue


def choose_template(name: str, tongue: Tongue) -> Template:
    """The template of this name. Raises PlatformError `invalid`, which names all."""
    names = list(dict.fromkeys(each.name for each in TEMPLATES))
    if name not in names:
        raise PlatformError(
            "invalid",
            f"there is no template {name}; there are {', '.join(names)}: gettone list-templates tells about them",
            parameter="--template",
        )
    return find_template(name, tongue.language)


def write_function(template: Template, tongue: Tongue) -> str:
    """The template's code, in what was chosen."""
    if tongue.name == "ts":
        return template.text.replace(_JAVASCRIPT_HEAD, _TYPESCRIPT_HEAD)
    return template.text


def file_of_function(name: str, template: Template, tongue: Tongue) -> str:
    """The file of a function below its folder: `chat/token` is `chat/token.js`.

    A template for what Twilio alone asks is protected, any other public, unless the name says otherwise.
    Raises PlatformError `invalid` for a name that no route may have.
    """
    given = name.removeprefix("/")
    extension = f".{tongue.name}"
    stem, _, visibility = split_visibility(given.removesuffix(extension) + extension, given)
    fault = find_fault(f"/{stem}")
    parts = stem.split("/")
    if fault is None and any(part in ("", ".", "..") or part.startswith((".", "_")) for part in parts):
        fault = "each part of it needs a name, without a dot or an underscore in front"
    if fault is None and re.search(r"\s", stem):
        fault = "it has white space in it: write - instead"
    if fault is None and (spoken := language_of(stem)) is not None:
        fault = f"its ending is that of {spoken.title()}, and --lang is {tongue.name}"
    if fault is not None:
        raise PlatformError("invalid", f"a function cannot be called {given!r}: {fault}", parameter="NAME")
    if visibility is Visibility.PUBLIC and template.event != "none":
        visibility = Visibility.PROTECTED
    suffix = "" if visibility is Visibility.PUBLIC else f".{visibility}"
    return f"{stem}{suffix}{extension}"


def name_of_project(folder: str) -> str:
    """A folder's name as that of a service: letters, digits and single hyphens."""
    return _NOT_IN_NAMES.sub("-", folder).strip("-")[:NAME_CHARACTERS_MAX].rstrip("-") or "project"


def plan_project(name: str, template: Template, tongue: Tongue, randomness: Randomness) -> tuple[NewFile, ...]:
    """All files of a new project with one function, ready to be served."""
    function = file_of_function(template.path, template, tongue)
    values = {
        "name": name,
        "path": template.path,
        "extension": f".{tongue.name}",
        "packages": "packages from npm | `package.json`, then `npm install`"
        if tongue.language is Language.JAVASCRIPT
        else "packages from PyPI | `requirements.txt`, then `pip install -r` it into `.venv`",
    }
    ignored = (".env", *_IGNORED[tongue.name], ".gettone/", ".gettonelink", ".twiliodeployinfo")
    return (
        NewFile(f"functions/{function}", write_function(template, tongue)),
        NewFile("assets/index.html", _page(template, values)),
        NewFile(".env", _variables(template.variables, randomness), secret=True),
        NewFile(".gitignore", "".join(f"{each}\n" for each in ignored)),
        *_packages(name, tongue),
        NewFile("README.md", _text("readme.md", values)),
    )


def _page(template: Template, values: dict[str, str]) -> str:
    if template.event != "none":
        return f"<!doctype html>\n<title>{values['name']}</title>\n<h1>{values['name']}</h1>\n"
    return _text("page.html", values)


def _packages(name: str, tongue: Tongue) -> Sequence[NewFile]:
    if tongue.language is Language.PYTHON:
        return (NewFile("requirements.txt", "# One package a line: requests==2.32.3\n"),)
    package = {
        "name": name.lower(),
        "version": "0.0.0",
        "private": True,
        "scripts": {"start": "gettone dev", "deploy": "gettone deploy"},
        "dependencies": {},
    }
    files = [NewFile("package.json", _json(package))]
    if tongue.name == "ts":
        files += [NewFile("tsconfig.json", _json(_TSCONFIG)), NewFile("globals.d.ts", _GLOBALS)]
    return files


def _variables(names: Sequence[str], randomness: Randomness) -> str:
    if not names:
        return "# One variable a line: NAME=value\n"
    lines = [_MADE_UP]
    for name in names:
        prefix = _SID_PREFIXES.get(name, "")
        lines.append(f"{name}={prefix}{randomness(16).hex()}\n")
    return "".join(lines)


def _text(name: str, values: dict[str, str]) -> str:
    return Text((_TEXTS / f"{name}.txt").read_text("utf-8")).substitute(values)


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
