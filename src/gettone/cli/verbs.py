"""Every verb, the module that it is in, and the help that lists them. Imports none of them, nor anything slow.

A verb's module has `app`, a `typer.Typer`: one command, or a group of them. `verb_group` takes it as it is and gives it
the verb's name, and the options that all have: `--no-input` and `--debug`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Section(StrEnum):
    """Where a verb stands in the help, in this order."""

    PROJECT = "Project"
    DEPLOY = "Deploy"
    ACCOUNT = "Account"
    TOKENS = "Tokens"
    SERVER = "Server"
    OTHER = "Other"


class Verb(NamedTuple):
    """One verb. `help` is its line in the list; aliases work, and are not listed."""

    name: str
    module: str
    help: str
    section: Section
    aliases: tuple[str, ...] = ()
    hidden: bool = False


# One line each: whoever adds a verb adds a line.
VERBS: tuple[Verb, ...] = (
    Verb("init", "init", "Make a new project.", Section.PROJECT),
    Verb("new", "new", "Add a function to a project.", Section.PROJECT, aliases=("template",)),
    Verb("list-templates", "list_templates", "List what functions can begin with.", Section.PROJECT),
    Verb("dev", "dev_verb", "Serve a project on this machine.", Section.PROJECT, aliases=("run",)),
    Verb("token", "token", "Make tokens, read them, check them.", Section.TOKENS),
    Verb("deploy", "deploy", "Deploy the project in this folder.", Section.DEPLOY),
    Verb("promote", "promote", "Let an environment serve what another serves.", Section.DEPLOY, aliases=("activate",)),
    Verb("rollback", "rollback", "Let an environment serve again what it served before.", Section.DEPLOY),
    Verb("builds", "builds", "List what was built, and where it is live.", Section.DEPLOY),
    Verb("diff", "diff", "Show what a deploy would change.", Section.DEPLOY),
    Verb("list", "list_all", "List services, and what is in one.", Section.DEPLOY, aliases=("ls",)),
    Verb("env", "env", "Set, show and take away variables.", Section.DEPLOY),
    Verb("logs", "logs", "Show what functions print, also as it comes.", Section.DEPLOY),
    Verb("invoke", "invoke", "Call a function, and show its log.", Section.DEPLOY),
    Verb("import", "import_twilio", "Bring over what an account at Twilio has.", Section.DEPLOY),
    Verb("login", "login", "Be known to a server from now on.", Section.ACCOUNT),
    Verb("logout", "logout", "Revoke the key of a login, and forget it.", Section.ACCOUNT),
    Verb("whoami", "whoami", "Tell who you are, and what you may do.", Section.ACCOUNT),
    Verb("profile", "profile", "List the servers that you are signed in to; choose one.", Section.ACCOUNT),
    Verb("link", "link", "Say which profile and service a folder belongs to.", Section.ACCOUNT),
    Verb("keys", "keys", "Create, list, rotate and revoke API keys.", Section.ACCOUNT),
    Verb("apps", "apps", "Create, list, change and delete TwiML applications.", Section.ACCOUNT),
    Verb("start", "start", "Run everything on this machine: API, console, functions.", Section.SERVER),
    Verb("doctor", "doctor", "Tell what this machine has, and what is missing.", Section.SERVER),
    Verb("backup", "backup", "Write all that is kept to one file.", Section.SERVER),
    Verb("restore", "restore", "Make a new installation of a backup.", Section.SERVER),
    Verb("owner", "owner", "Get in when nobody can sign in.", Section.SERVER),
    Verb("completion", "completion", "Print what completes words in your shell.", Section.OTHER),
)

# `command` has them; a test compares.
_OPTIONS = (
    ("--profile NAME", "The profile to use."),
    ("--no-input", "Ask nothing."),
    ("--debug", "Show what is behind an error."),
    ("-C, --cwd DIR", "Work in this folder."),
    ("--version", "Print the version."),
    ("--help", "Show this message and exit."),
)
ABOUT = "Mint access tokens for voice, video and chat with functions that you write."
_EXAMPLE = "Example: gettone init my-project && gettone dev my-project"


def help_text() -> str:
    """What `gettone --help` says: the verbs, section by section."""
    width = max(len(verb.name) for verb in VERBS)
    lines = ["Usage: gettone [OPTIONS] COMMAND [ARGS]...", "", f"  {ABOUT}", "", "Options:"]
    lines += [f"  {option:<{width}}  {text}" for option, text in _OPTIONS]
    for section in Section:
        shown = [verb for verb in VERBS if verb.section is section and not verb.hidden]
        if shown:
            lines += ["", f"{section}:", *(f"  {verb.name:<{width}}  {verb.help}" for verb in shown)]
    return "\n".join([*lines, "", f"  {_EXAMPLE}", "  What a verb takes: gettone deploy --help"])
