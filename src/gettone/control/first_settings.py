"""What an operator may say about the first account before there is one. Pure; must not know where that is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from gettone.control.auth_tokens import check_auth_token
from gettone.control.key_making import check_brought
from gettone.control.passwords import check_password
from gettone.control.texts import check_text
from gettone.control.users import check_email
from gettone.model.accounts import FRIENDLY_NAME_CHARACTERS_MAX
from gettone.model.errors import PlatformError
from gettone.model.sids import ACCOUNT
from gettone.project.project import Project


@dataclass(frozen=True, slots=True)
class BroughtKey:
    """A key that was made elsewhere."""

    sid: str
    secret: str = field(repr=False)
    friendly_name: str = ""


@dataclass(frozen=True, slots=True)
class Founding:
    """What the first account is to be. None is made up, but for the owner: then a link waits for one.

    `quickstart` is the project to deploy; None: there is to be none.
    """

    account_sid: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    owner_email: str | None = None
    owner_password: str | None = field(default=None, repr=False)
    keys: tuple[BroughtKey, ...] = ()
    quickstart: Project | None = None

    @property
    def owner(self) -> tuple[str, str] | None:
        """The owner's address, as it is kept, and the password."""
        if self.owner_email is None or self.owner_password is None:
            return None
        return check_email(self.owner_email), self.owner_password


def check_settings(settings: Founding) -> None:
    """Raise PlatformError `invalid`, which names the setting, for what can be no account, owner or key."""
    if settings.account_sid is not None and not ACCOUNT.matches(settings.account_sid):
        raise _wrong("GETTONE_ACCOUNT_SID", "AC and 32 lower-case hex digits")
    if settings.auth_token is not None:
        try:
            check_auth_token(settings.auth_token)
        except PlatformError:
            raise _wrong("GETTONE_AUTH_TOKEN", "32 lower-case hex digits") from None
    if (settings.owner_email is None) != (settings.owner_password is None):
        raise PlatformError(
            "invalid", "an owner needs both GETTONE_OWNER_EMAIL and GETTONE_OWNER_PASSWORD_FILE: set both, or neither"
        )
    if settings.owner is not None:
        check_password(settings.owner[1])
    for key in settings.keys:
        check_brought(key.sid, key.secret)
        check_text(f"the name of {key.sid}", key.friendly_name, FRIENDLY_NAME_CHARACTERS_MAX)
    if len({key.sid for key in settings.keys}) < len(settings.keys):
        raise PlatformError("invalid", "a key is to be brought twice: name each once")


def _wrong(setting: str, wanted: str) -> PlatformError:
    # The value stays out of the message: people paste secrets into the wrong setting.
    return PlatformError("invalid", f"{setting} is none: write {wanted}", setting=setting)
