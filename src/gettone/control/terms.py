"""The terms that people accept when they sign up: the operator's, or ours as long as there are none.

Must not know how they are shown: they are plain text, with a blank line between paragraphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from gettone.control import access, audit
from gettone.control.access import Permission
from gettone.control.office import Office
from gettone.control.people_texts import check_locale
from gettone.control.post import operators_account
from gettone.model.errors import PlatformError
from gettone.model.principals import Principal
from gettone.model.terms import Terms as KeptTerms

CHARACTERS_MAX = 50_000

_OURS: Mapping[str, str] = MappingProxyType(
    {
        "en": """\
This installation of Gettone is run by whoever gave you its address, and not by the makers of the program.

You may use it for what its operator allows. Whoever holds your password, your keys or your tokens acts in your name: \
keep them to yourself, and change them when somebody else may have seen them.

The operator can see what you store here, keeps log lines for a limited time, and may close an account. You can export \
what is held of you, and have it deleted.

The program comes without any warranty.
""",
        "ja": """\
この Gettone は、あなたにアドレスを知らせた運用者が運用しています。プログラムの作者が運用しているものではありません。

利用できる範囲は運用者が定めます。パスワード、キー、トークンを持つ人は、あなたの名前で操作できます。他人に渡さず、見られたおそれがあるときは変更してください。

運用者は、ここに保存された内容を見ることができ、ログを一定期間保存し、アカウントを閉じることがあります。あなたについて保存されている情報は、書き出すことも、削除を求めることもできます。

このプログラムは無保証で提供されます。
""",
    }
)


@dataclass(frozen=True, slots=True)
class TermsText:
    """The terms in a language. `updated_at` is None for ours."""

    text: str
    updated_at: datetime | None


class Terms:
    """Reads the terms to anybody, and lets an owner of the operator's own account write them."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def read(self, locale: str) -> TermsText:
        """The terms in a language; where the operator wrote them in the other alone, those."""
        async with self._office.store.reading() as tx:
            kept = {each.locale: each for each in await tx.terms.all()}
        found = kept.get(locale) or next(iter(kept.values()), None)
        if found is None:
            return TermsText(_OURS.get(locale, _OURS["en"]), None)
        return TermsText(found.text, found.updated_at)

    async def may_write(self, principal: Principal) -> bool:
        """Whether somebody may write them."""
        async with self._office.store.reading() as tx:
            first = await tx.first_account()
        is_operators = first is not None and first.sid == principal.account_sid
        return is_operators and access.may(principal, Permission.MEMBERS_WRITE)

    async def write(self, principal: Principal, *, locale: str, text: str) -> None:
        """Write them in a language; an empty text takes them back. Raises PlatformError `denied`, `invalid`."""
        office = self._office
        access.require(principal, Permission.MEMBERS_WRITE)
        check_locale(locale)
        checked = _check_text(text)
        async with office.store.writing() as tx:
            if await operators_account(tx) != principal.account_sid:
                raise PlatformError(
                    "denied",
                    "the terms are the operator's: an owner of the installation's first account writes them",
                    twilio_code=access.DENIED,
                )
            await tx.terms.delete(locale=locale)
            if checked:
                await tx.terms.add(KeptTerms(locale, checked, office.clock()))
            await audit.record(tx, principal, office.clock, "terms.write", locale)


def _check_text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(lines) > CHARACTERS_MAX:
        raise PlatformError(
            "invalid",
            f"Text has {len(lines)} characters, {CHARACTERS_MAX} are allowed: shorten it",
            parameter="Text",
        )
    if any(letter < " " and letter not in "\n\t" for letter in lines):
        raise PlatformError("invalid", "Text holds a control character: leave it out", parameter="Text")
    return f"{lines}\n" if lines else ""
