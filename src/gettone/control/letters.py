"""What letters say, in English and in Japanese. Pure; must not know who they go to, nor how.

Nothing that a stranger typed stands in a letter to somebody else: sign-up would send anything to anybody then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

LOCALES = ("en", "ja")


class LetterKind(StrEnum):
    """What a letter is about."""

    JOIN = "join"
    KNOWN = "known"
    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"
    PHONE_CODE = "phone-code"
    PASSWORD_CHANGED = "password-changed"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is read. The subject shows in lists, so no secret stands there."""

    subject: str
    text: str = field(repr=False)


def write(kind: LetterKind, locale: str | None, values: Mapping[str, str]) -> Letter:
    """Write a letter. Raises KeyError when a value is missing that it tells."""
    words = _JAPANESE if locale == "ja" else _ENGLISH
    subject, text = words[kind]
    return Letter(subject.format_map(values), text.format_map(values))


_ENGLISH: Mapping[LetterKind, tuple[str, str]] = MappingProxyType(
    {
        LetterKind.JOIN: (
            "Confirm your e-mail address",
            """\
Somebody, hopefully you, signed up for Gettone at {console} with this e-mail address.

Open this link to confirm the address and to make your account:

{link}

It is good for a day, and once. If it was not you, do nothing: without the link there is no account.
""",
        ),
        LetterKind.KNOWN: (
            "You have an account already",
            """\
Somebody, hopefully you, wanted to sign up for Gettone at {console} with this e-mail address, which has an account.

Sign in here: {console}/sign-in
If you have forgotten your password, choose a new one here: {console}/reset

If it was not you, do nothing: nothing was changed.
""",
        ),
        LetterKind.VERIFY: (
            "Confirm your e-mail address",
            """\
Open this link to confirm that this is the e-mail address of your account at {console}:

{link}

It is good for a day, and once.
""",
        ),
        LetterKind.RESET: (
            "Choose a new password",
            """\
Somebody, hopefully you, has forgotten the password of your account at {console}.

Open this link to choose a new one:

{link}

It is good for an hour, and once. You will be signed out everywhere. If it was not you, do nothing: your password stays.
""",
        ),
        LetterKind.INVITE: (
            "You are invited to an account on Gettone",
            """\
{inviter} invites you to join the account "{account}" at {console}.

Open this link to accept:

{link}

It is good for seven days, and once. If you expect no such invitation, do nothing.
""",
        ),
        LetterKind.PHONE_CODE: ("Verification code", "{code} is your Gettone code. It is good for 10 minutes."),
        LetterKind.PASSWORD_CHANGED: (
            "Your password was changed",
            """\
The password of your account at {console} was changed just now, and your other sessions have ended.

If it was not you, choose a new one at once: {console}/reset
""",
        ),
    }
)

_JAPANESE: Mapping[LetterKind, tuple[str, str]] = MappingProxyType(
    {
        LetterKind.JOIN: (
            "メールアドレスの確認",
            """\
このメールアドレスで Gettone（{console}）への登録申し込みがありました。

次のリンクを開くと、メールアドレスの確認が済み、アカウントが作成されます。

{link}

リンクの有効期限は1日で、1回だけ使えます。お心当たりがない場合は、何もなさらないでください。リンクを開かない限り、アカウントは作成されません。
""",
        ),
        LetterKind.KNOWN: (
            "アカウントはすでにあります",
            """\
このメールアドレスで Gettone（{console}）への登録申し込みがありましたが、このアドレスのアカウントはすでに存在します。

サインインはこちら: {console}/sign-in
パスワードをお忘れの場合は、こちらで新しいパスワードを設定してください: {console}/reset

お心当たりがない場合は、何もなさらないでください。変更されたものはありません。
""",
        ),
        LetterKind.VERIFY: (
            "メールアドレスの確認",
            """\
次のリンクを開いて、{console} のアカウントのメールアドレスを確認してください。

{link}

リンクの有効期限は1日で、1回だけ使えます。
""",
        ),
        LetterKind.RESET: (
            "新しいパスワードの設定",
            """\
{console} のアカウントについて、パスワード再設定の依頼がありました。

次のリンクを開いて、新しいパスワードを設定してください。

{link}

リンクの有効期限は1時間で、1回だけ使えます。設定すると、すべての端末でサインアウトされます。お心当たりがない場合は、何もなさらないでください。パスワードは変わりません。
""",
        ),
        LetterKind.INVITE: (
            "Gettone のアカウントへの招待",
            """\
{inviter} さんから、{console} のアカウント「{account}」への招待が届いています。

次のリンクを開いて、招待を承諾してください。

{link}

リンクの有効期限は7日間で、1回だけ使えます。お心当たりがない場合は、何もなさらないでください。
""",
        ),
        LetterKind.PHONE_CODE: ("確認コード", "{code} が Gettone の確認コードです。有効期限は10分です。"),
        LetterKind.PASSWORD_CHANGED: (
            "パスワードが変更されました",
            """\
{console} のアカウントのパスワードが変更され、ほかのセッションは終了しました。

お心当たりがない場合は、すぐに新しいパスワードを設定してください: {console}/reset
""",
        ),
    }
)
