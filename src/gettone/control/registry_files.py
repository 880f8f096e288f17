"""Which registries the operator configured: read from npm's and pip's files and variables, as those tools find them.

What counts is addresses, credentials, proxies and certificates; every other option is Gettone's. Must not know how an
install uses them.
"""

from __future__ import annotations

import base64
import binascii
import configparser
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from gettone.control.registries import NpmRegistry, PythonIndex, Registries
from gettone.model.errors import PlatformError

_VARIABLE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")
_NPM = "npm_config_"
_LOGINS = (":_authToken", ":_auth", ":username", ":_password")
_PIP = "PIP_"
# Sections that `pip install` reads, the later over the earlier.
_SECTIONS = ("global", "install")


def read_registries(environ: Mapping[str, str], npmrc: Path | None = None, pip_conf: Path | None = None) -> Registries:
    """The registries of a process environment and of the files that npm and pip would read with it.

    A file that is named counts alone for its tool. Raises PlatformError `invalid`, which names the file.
    """
    npm = _read_npm(environ, npmrc)
    pip = _read_pip(environ, pip_conf)
    find_links = tuple(pip.get("find-links", "").split())
    main, others = pip.get("index-url"), pip.get("extra-index-url", "").split()
    return Registries(
        npm=tuple(_npm_registries(npm)),
        npm_logins=tuple(_npm_logins(npm)),
        python=tuple(_python_indexes([main, *others] if main else [])),
        python_extra=() if main else tuple(_python_indexes(others)),
        find_links=find_links,
        no_index=pip.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        proxy=npm.get("https-proxy") or pip.get("proxy") or _either(environ, "https_proxy", "http_proxy"),
        no_proxy=npm.get("noproxy") or _either(environ, "no_proxy"),
        npm_ca=_path(npm.get("cafile") or environ.get("NODE_EXTRA_CA_CERTS")),
        python_ca=_path(pip.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")),
    )


def _read_npm(environ: Mapping[str, str], named: Path | None) -> dict[str, str]:
    if named is not None:
        return _parse_npmrc(_read(named, must=True), environ)
    said = {}
    for variable, value in environ.items():
        if variable.lower().startswith(_NPM) and value:
            key = variable[len(_NPM) :]
            said[key if key.startswith("//") else re.sub(r"(?!^)_", "-", key).lower()] = value
    home = environ.get("HOME")
    file = said.get("userconfig") or (f"{home}/.npmrc" if home else None)
    return {**(_parse_npmrc(_read(Path(file)), environ) if file else {}), **said}


def _parse_npmrc(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in ";#[" or "=" not in line:
            continue
        name, _, value = (part.strip() for part in line.partition("="))
        said[_expand(_unquote(name), environ)] = _expand(_unquote(value), environ)
    return said


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            value: object = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    # A comment may follow what is not in quotes.
    return re.split(r"(?<!\\)[;#]", text, maxsplit=1)[0].rstrip()


def _expand(text: str, environ: Mapping[str, str]) -> str:
    """Put variables in, as npm does: one that is not set stays as it is written, unless `?` follows its name.

    An odd number of backslashes before one keeps it from being one; half of them go.
    """

    def value(found: re.Match[str]) -> str:
        backslashes, name, optional = found.groups()
        if len(backslashes) % 2:
            return found[0][(len(backslashes) + 1) // 2 :]
        known = environ.get(name, "" if optional else f"${{{name}}}")
        return backslashes[: len(backslashes) // 2] + known

    return _VARIABLE.sub(value, text)


def _npm_registries(said: Mapping[str, str]) -> Iterator[NpmRegistry]:
    own = said.get("registry")
    found: list[tuple[str | None, str]] = [(None, own)] if own else []
    found += [
        (name.removesuffix(":registry"), url)
        for name, url in said.items()
        if name.startswith("@") and name.endswith(":registry")
    ]
    for scope, url in found:
        parts = _split(url, "npm registry")
        token, basic = _npm_credentials(url, said)
        if token is None and basic is None and parts.username is not None:
            basic = _basic(unquote(parts.username), unquote(parts.password or ""))
        yield NpmRegistry(_without_userinfo(parts), scope, token, basic)


def _npm_logins(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Credentials for npm's own registry, which nobody has to name: those of hosts that no registry here has."""
    if said.get("registry"):
        return
    named = {urlsplit(url).netloc.rpartition("@")[2] for name, url in said.items() if name.endswith(":registry")}
    for name, value in said.items():
        if name.startswith("//") and name.endswith(_LOGINS) and name[2:].partition("/")[0] not in named:
            yield name, value


def _npm_credentials(url: str, said: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Token and basic credentials for a registry: of its address, or of the nearest one above it."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    for count in range(len(steps), -1, -1):
        key = "/".join([f"//{parts.netloc.rpartition('@')[2]}", *steps[:count]]) + "/"
        if token := said.get(f"{key}:_authToken"):
            return token, None
        if basic := said.get(f"{key}:_auth"):
            return None, basic
        name, password = said.get(f"{key}:username"), said.get(f"{key}:_password")
        if name and password:
            try:
                return None, _basic(name, base64.b64decode(password, validate=True).decode())
            except (binascii.Error, ValueError):
                raise PlatformError(
                    "invalid", f"npm's configuration: {key}:_password is not base64: write it as npm login does"
                ) from None
    return None, None


def _read_pip(environ: Mapping[str, str], named: Path | None) -> dict[str, str]:
    if named is not None:
        return _parse_pip_conf(_read(named, must=True), named)
    file = environ.get("PIP_CONFIG_FILE")
    said: dict[str, str] = {}
    if file != "/dev/null":  # pip's own word for: no files at all
        home = environ.get("HOME")
        places = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]
        if home:
            configured = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
            places += [Path(home, ".pip", "pip.conf"), Path(configured, "pip", "pip.conf")]
        places += [Path(file)] if file else []
        for place in places:
            said |= _parse_pip_conf(_read(place), place)
    for variable, value in environ.items():
        if variable.startswith(_PIP) and value:
            said[variable[len(_PIP) :].lower().replace("_", "-")] = value
    return said


def _parse_pip_conf(text: str, place: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        # The parser's own message quotes the line: it may be the one with the password.
        raise PlatformError("invalid", f"{place} cannot be read: mend it, pip config debug says where") from None
    said: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            # pip takes `index_url` for `index-url`, and skips what is empty.
            said |= {name.replace("_", "-"): value for name, value in parser.items(section) if value}
    return said


def _python_indexes(urls: Iterable[str]) -> Iterator[PythonIndex]:
    for url in urls:
        parts = _split(url, "Python index")
        name, password = parts.username, parts.password
        yield PythonIndex(
            _without_userinfo(parts),
            None if name is None else unquote(name),
            None if password is None else unquote(password),
        )


def _split(url: str, noun: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port >= 0
    except ValueError:
        port_is_fine = False
    if (
        not port_is_fine
        or parts.scheme not in ("http", "https", "file")
        or (parts.scheme != "file" and not parts.netloc)
    ):
        raise PlatformError("invalid", f"a configured {noun} is no http address: write https://host/path")
    return parts


def _without_userinfo(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _basic(name: str, password: str) -> str:
    return base64.b64encode(f"{name}:{password}".encode()).decode("ascii")


def _either(environ: Mapping[str, str], *names: str) -> str | None:
    for name in names:
        if value := environ.get(name) or environ.get(name.upper()):
            return value
    return None


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _read(file: Path, *, must: bool = False) -> str:
    try:
        return file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        if not must:
            return ""
        raise PlatformError(
            "invalid", f"there is no file {file}: a setting names it as the configuration of registries"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise PlatformError("invalid", f"{file} cannot be read ({reason})") from None
