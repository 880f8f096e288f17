"""Where packages come from: the operator's registries, with credentials, and the files in which npm and pip read them.

Credentials stand in files of one install alone, never on a command line, in an environment or in a URL. Must not know
who configured a registry, nor how npm and pip are run.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

from gettone.model.errors import PlatformError

_HIDDEN = "****"
# Shorter ones would take words out of every line, and protect nothing.
_SECRET_CHARACTERS_MIN = 4
_VARIABLE = re.compile(r"(\\*)\$\{")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class NpmRegistry:
    """A registry of npm packages: the one of a scope (`@acme`), or of all that have no other.

    `token` goes out as `Bearer`; `basic` is the base64 of `user:password`.
    """

    url: str
    scope: str | None = None
    token: str | None = field(default=None, repr=False)
    basic: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PythonIndex:
    """An index of Python packages ("simple" API). The first of several is the main one, as for pip."""

    url: str
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Registries:
    """All that an install may ask. Where none is named, npm and pip ask their own: `python_extra` are beside pip's.

    `npm_logins` are lines of npm's configuration with credentials that belong to no registry named here.
    `find_links` are folders or pages of wheels; with `no_index` they are all there is. `proxy` and `no_proxy` are as in
    the variables HTTPS_PROXY and NO_PROXY. `npm_ca` and `python_ca` are files of certificates to trust.
    """

    npm: tuple[NpmRegistry, ...] = ()
    npm_logins: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    python: tuple[PythonIndex, ...] = ()
    python_extra: tuple[PythonIndex, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    npm_ca: Path | None = None
    python_ca: Path | None = None

    def __post_init__(self) -> None:
        for text in self._texts():
            if any(character < " " or character == "\x7f" for character in text):
                raise PlatformError(
                    "invalid", "a registry's address or credentials hold a control character: mend them"
                )
        self._check_hosts()

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """What no line of a log may show, the longest first."""
        found: set[str] = set()
        for registry in self.npm:
            found.update(_spellings(registry.token), _spellings(registry.basic), _spellings(_password(registry.basic)))
        for _, value in self.npm_logins:
            found.update(_spellings(value), _spellings(_password(value)))
        for index in (*self.python, *self.python_extra):
            # A token alone goes in the place of the name.
            found.update(_spellings(index.password or index.username))
        if self.proxy is not None:
            found.update(_spellings(urlsplit(self.proxy).password))
        return tuple(sorted(found, key=len, reverse=True))

    def hide(self, line: str) -> str:
        """The line without credentials: these, and whatever stands before the `@` of a URL."""
        for secret in self.secrets:
            line = line.replace(secret, _HIDDEN)
        return _USERINFO.sub(f"{_HIDDEN}@", line)

    def npmrc(self) -> str:
        """npm's configuration file."""
        lines = list(self.npm_logins)
        for registry in self.npm:
            lines.append(("registry" if registry.scope is None else f"{registry.scope}:registry", registry.url))
            if registry.token is not None:
                lines.append((f"{_nerf(registry.url)}:_authToken", registry.token))
            elif registry.basic is not None:
                lines.append((f"{_nerf(registry.url)}:_auth", registry.basic))
        # As JSON a value may hold the signs that mean something to npm, but for the beginning of a variable.
        return "".join(f"{name}={json.dumps(_VARIABLE.sub(_escaped, value))}\n" for name, value in lines)

    def netrc(self) -> str:
        """The file in which pip looks up who it is to an index's host."""
        entries = {
            _host(index.url): f"login {_netrc(index.username or '')} password {_netrc(index.password or '')}"
            for index in (*self.python, *self.python_extra)
            if index.username is not None or index.password is not None
        }
        return "".join(f"machine {host} {entry}\n" for host, entry in entries.items())

    def pip_options(self) -> tuple[str, ...]:
        """The lines of a requirements file that say where pip looks."""
        links = tuple(f"--find-links {shlex.quote(link)}" for link in self.find_links)
        if self.no_index:
            return ("--no-index", *links)
        main = tuple(f"--index-url {shlex.quote(index.url)}" for index in self.python[:1])
        others = (*self.python[1:], *self.python_extra)
        return (*main, *(f"--extra-index-url {shlex.quote(index.url)}" for index in others), *links)

    def variables(self) -> dict[str, str]:
        """What can only be said in an environment: the proxy, and whom to trust."""
        said: dict[str, str] = {}
        if self.proxy is not None:
            said |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), self.proxy)
        if self.no_proxy is not None:
            said |= dict.fromkeys(("NO_PROXY", "no_proxy"), self.no_proxy)
        if self.npm_ca is not None:
            said["NODE_EXTRA_CA_CERTS"] = str(self.npm_ca)
        if self.python_ca is not None:
            said["PIP_CERT"] = str(self.python_ca)
        return said

    def _check_hosts(self) -> None:
        known: dict[str, tuple[str | None, str | None]] = {}
        for index in (*self.python, *self.python_extra):
            if urlsplit(index.url).username is not None:
                raise PlatformError("invalid", "a Python index has its password in its address: give it apart")
            if index.username is None and index.password is None:
                continue
            host, pair = _host(index.url), (index.username, index.password)
            if known.setdefault(host, pair) != pair:
                raise PlatformError(
                    "invalid", f"two Python indexes at {host} have different credentials: pip knows one pair for a host"
                )

    def _texts(self) -> Iterable[str]:
        for registry in self.npm:
            yield from (text for text in (registry.url, registry.scope, registry.token, registry.basic) if text)
        yield from (value for _, value in self.npm_logins)
        for index in (*self.python, *self.python_extra):
            yield from (text for text in (index.url, index.username, index.password) if text)
        yield from self.find_links
        yield from (text for text in (self.proxy, self.no_proxy) if text)


def without_userinfo(text: str) -> str:
    """The text, with nothing before the `@` of any URL in it."""
    return _USERINFO.sub("", text)


def _spellings(secret: str | None) -> Iterable[str]:
    if secret is None or len(secret) < _SECRET_CHARACTERS_MIN:
        return ()
    return {secret, quote(secret, safe="")}


def _password(basic: str | None) -> str | None:
    if basic is None:
        return None
    try:
        return base64.b64decode(basic).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


def _host(url: str) -> str:
    """The host as pip looks for it in a netrc: as it is written, without port."""
    return urlsplit(url).netloc.rpartition("@")[2].partition(":")[0]


def _nerf(url: str) -> str:
    """npm's name for a registry in credentials: its address without scheme, with a slash at the end."""
    parts = urlsplit(url)
    return f"//{parts.netloc}{parts.path.rstrip('/')}/"


def _escaped(variable: re.Match[str]) -> str:
    """The beginning of a variable, for npm to leave as it is: an odd number of backslashes does that, and half go."""
    return variable[1] * 2 + "\\${"


def _netrc(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
