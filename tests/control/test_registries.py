"""What the operator configured for npm and pip is found as those tools find it, and said to them without showing it."""

from __future__ import annotations

import base64
import netrc
import os
from pathlib import Path

import pytest

from gettone.control.registries import NpmRegistry, PythonIndex, Registries
from gettone.control.registry_files import read_registries
from gettone.model.errors import PlatformError

BASIC = base64.b64encode(b"ci:pass:word").decode()


def read(folder: Path, npmrc: str = "", pip_conf: str = "", **variables: str) -> Registries:
    """What is read from these files in a home, and these variables. The machine's own files for pip are left out."""
    (folder / ".npmrc").write_text(npmrc)
    (folder / "pip.conf").write_text(pip_conf)
    return read_registries(
        {"HOME": str(folder), "PIP_CONFIG_FILE": "/dev/null", **variables}, pip_conf=folder / "pip.conf"
    )


NPMRC = [
    ("", ()),
    ("registry=https://npm.example.com/\n", (NpmRegistry("https://npm.example.com/"),)),
    (
        "@acme:registry = https://npm.example.com/acme/\n//npm.example.com/acme/:_authToken=tok-1234\n; a comment\n",
        (NpmRegistry("https://npm.example.com/acme/", "@acme", token="tok-1234"),),
    ),
    # Credentials of an address above count too.
    (
        f"registry=https://npm.example.com/deep/down/\n//npm.example.com/:_auth={BASIC}\n",
        (NpmRegistry("https://npm.example.com/deep/down/", basic=BASIC),),
    ),
    (
        "registry=http://npm.example.com:1\n//npm.example.com:1/:username=ci\n//npm.example.com:1/:_password=cGFzczp3b3Jk\n",
        (NpmRegistry("http://npm.example.com:1", basic=BASIC),),
    ),
    ("registry=https://ci:pass%3Aword@npm.example.com/\n", (NpmRegistry("https://npm.example.com/", basic=BASIC),)),
    (
        "registry=https://npm.example.com/\n//npm.example.com/:_authToken=${TOKEN}\n",
        (NpmRegistry("https://npm.example.com/", token="from-the-environment"),),
    ),
]


@pytest.mark.parametrize(("npmrc", "found"), NPMRC)
def test_npm_registries_are_read_from_npmrc(npmrc: str, found: tuple[NpmRegistry, ...], tmp_path: Path) -> None:
    """Scopes, tokens, both spellings of passwords, quotes, comments and variables, as npm reads them."""
    assert read(tmp_path, npmrc, TOKEN="from-the-environment").npm == found


def test_npm_variables_win_over_npmrc(tmp_path: Path) -> None:
    """As for npm, in whichever case they are written."""
    said = read(tmp_path, "registry=https://file.example.com/\n", NPM_CONFIG_REGISTRY="https://variable.example.com/")

    assert said.npm == (NpmRegistry("https://variable.example.com/"),)


PIP_CONF = [
    ("", (), ()),
    ("[global]\nindex-url = https://pypi.example.com/simple\n", (PythonIndex("https://pypi.example.com/simple"),), ()),
    (
        "[global]\nextra_index_url =\n    https://one.example.com/simple\n    https://ci:pass%3Aword@two.example.com/simple\n",
        (),
        (),
    ),
    (
        "[global]\nindex-url = https://a.example.com/\nfind-links = /wheels\n[install]\nindex-url = https://b.example.com/\n",
        (PythonIndex("https://b.example.com/"),),
        ("/wheels",),
    ),
]


@pytest.mark.parametrize(("pip_conf", "indexes", "links"), PIP_CONF)
def test_python_indexes_are_read_from_pip_conf(
    pip_conf: str, indexes: tuple[PythonIndex, ...], links: tuple[str, ...], tmp_path: Path
) -> None:
    """Several indexes, credentials in addresses, sections, folders of wheels."""
    said = read(tmp_path, pip_conf=pip_conf)

    assert (said.python, said.find_links) == (indexes, links)


def test_pip_variables_win_over_files(tmp_path: Path) -> None:
    """As for pip: of its own places, and of the file that a variable names."""
    folder = tmp_path / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text("[global]\nindex-url = https://home.example.com/\ncert = /home.pem\n")
    named = tmp_path / "named.conf"
    named.write_text("[global]\nindex-url = https://named.example.com/\n")
    home = {"HOME": str(tmp_path)}

    assert read_registries(home).python == (PythonIndex("https://home.example.com/"),)
    assert read_registries({**home, "PIP_CONFIG_FILE": str(named)}).python == (
        PythonIndex("https://named.example.com/"),
    )
    assert read_registries({**home, "PIP_CONFIG_FILE": os.devnull}).python == ()
    assert read_registries({**home, "PIP_INDEX_URL": "https://x.example.com/"}).python == (
        PythonIndex("https://x.example.com/"),
    )
    assert read_registries(home).python_ca == Path("/home.pem")


def test_proxies_and_certificates_are_those_of_the_machine(tmp_path: Path) -> None:
    """They decide whether a registry can be reached at all."""
    said = read(
        tmp_path,
        HTTPS_PROXY="http://proxy:3128",
        no_proxy="localhost",
        NODE_EXTRA_CA_CERTS="/ca.pem",
        SSL_CERT_FILE="/b.pem",
    )

    assert said.variables() == {
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://proxy:3128"),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost"),
        "NODE_EXTRA_CA_CERTS": "/ca.pem",
        "PIP_CERT": "/b.pem",
    }


BAD = [
    ("registry=ftp://npm.example.com/\n", "", "npm registry is no http address"),
    ("registry=https://npm.example.com:port/\n", "", "npm registry is no http address"),
    ("registry=https://a.example.com/\n//a.example.com/:username=u\n//a.example.com/:_password=%%\n", "", "not base64"),
    ("", "[global]\nindex-url = pypi.example.com\n", "Python index is no http address"),
    ("", "index-url = https://u:open-sesame@pypi.example.com\n", "cannot be read"),
    (
        "",
        "[global]\nextra-index-url = https://a:open-sesame@x.example.com/1 https://b:c@x.example.com/2\n",
        "two Python indexes at x.example.com",
    ),
]


@pytest.mark.parametrize(("npmrc", "pip_conf", "words"), BAD)
def test_what_cannot_be_used_is_refused_without_showing_a_password(
    npmrc: str, pip_conf: str, words: str, tmp_path: Path
) -> None:
    """With a sentence that says what to mend."""
    with pytest.raises(PlatformError, match=words) as refused:
        read(tmp_path, npmrc, pip_conf)

    assert refused.value.code == "invalid"
    assert "sesame" not in repr(refused.value)


def test_a_named_file_has_to_be_there_and_counts_alone(tmp_path: Path) -> None:
    """An operator who names one means it."""
    named = tmp_path / "npmrc"
    variables = {
        "HOME": str(tmp_path),
        "npm_config_registry": "https://variable.example.com/",
        "PIP_CONFIG_FILE": os.devnull,
    }

    with pytest.raises(PlatformError, match="there is no file"):
        read_registries(variables, npmrc=named)
    named.write_text("registry=https://named.example.com/\n")

    assert read_registries(variables, npmrc=named).npm == (NpmRegistry("https://named.example.com/"),)


ODD = 'a "quoted" \\ ${HOME} \\\\${HOME} password; # with signs'


def test_files_for_npm_and_pip_say_exactly_what_was_configured(tmp_path: Path) -> None:
    """Whatever signs a password has: read again, it is the same."""
    registries = Registries(
        npm=(
            NpmRegistry("https://npm.example.com/acme", "@acme", token=ODD),
            NpmRegistry("https://b.example.com/", basic=BASIC),
        ),
        python=(
            PythonIndex("https://pypi.example.com:8443/simple", "ci", ODD),
            PythonIndex("https://open.example.com/"),
        ),
    )
    (tmp_path / "netrc").write_text(registries.netrc())

    assert read(tmp_path, registries.npmrc()).npm[::-1] == registries.npm
    assert netrc.netrc(str(tmp_path / "netrc")).authenticators("pypi.example.com") == ("ci", "", ODD)
    assert registries.pip_options() == (
        "--index-url https://pypi.example.com:8443/simple",
        "--extra-index-url https://open.example.com/",
    )


def test_credentials_for_npms_own_registry_are_passed_on(tmp_path: Path) -> None:
    """Nobody names it; whose host no configured registry has is taken for it."""
    said = read(
        tmp_path,
        '//own.example.com/:_authToken="tok;1234"\n@acme:registry=https://acme.example.com/\n'
        "//acme.example.com/:_authToken=of-acme\n",
    )

    assert said.npm_logins == (("//own.example.com/:_authToken", "tok;1234"),)
    assert '//own.example.com/:_authToken="tok;1234"\n' in said.npmrc()
    assert "registry=" not in said.npmrc().replace("@acme:registry=", "")
    assert said.hide("a tok;1234 b") == "a **** b"


def test_extra_indexes_stand_beside_pips_own(tmp_path: Path) -> None:
    """Where no main one is named."""
    said = read(
        tmp_path,
        pip_conf="[global]\nextra-index-url =\n    https://one.example.com/\n    https://ci:pass@two.example.com/\n",
    )

    assert said.python == ()
    assert said.pip_options() == (
        "--extra-index-url https://one.example.com/",
        "--extra-index-url https://two.example.com/",
    )
    assert "machine two.example.com" in said.netrc()
    assert said.hide("a pass b") == "a **** b"


def test_without_configuration_npm_and_pip_ask_their_own() -> None:
    """Nothing is named for them."""
    assert Registries().npmrc() == ""
    assert Registries().pip_options() == ()
    assert Registries(no_index=True, find_links=("/my wheels",)).pip_options() == (
        "--no-index",
        "--find-links '/my wheels'",
    )


def test_no_credentials_are_shown() -> None:
    """Not by a repr, and not in a line that holds them, in any spelling, nor in an address that nobody configured."""
    registries = Registries(
        npm=(
            NpmRegistry("https://npm.example.com/", token="npm-token"),
            NpmRegistry("https://b.example.com/", "@b", basic=BASIC),
        ),
        python=(
            PythonIndex("https://a.example.com/", "ci", "pass/word"),
            PythonIndex("https://c.example.com/", "only-a-token"),
        ),
        proxy="http://ci:proxy-word@proxy:3128",
    )
    secrets = ("npm-token", BASIC, "pass:word", "pass/word", "pass%2Fword", "only-a-token", "proxy-word")

    assert not [secret for secret in secrets if secret in repr(registries)]
    for secret in secrets:
        assert registries.hide(f"GET {secret}!") == "GET ****!"
    assert registries.hide("see https://who:knows@x.example.com/y") == "see https://****@x.example.com/y"


def test_a_control_character_is_refused() -> None:
    """A line break would make another line of a file for npm or pip."""
    with pytest.raises(PlatformError, match="control character"):
        Registries(npm=(NpmRegistry("https://npm.example.com/", token="a\nregistry=https://evil.example.com/"),))
