"""Access tokens: mint them, verify them, read them. Standard library only; imports nothing else of gettone.

from gettone.tokens import AccessToken, VideoGrant

token = AccessToken(account_sid, api_key, api_secret, identity="alice")
token.add_grant(VideoGrant(room="kitchen"))
token.to_jwt()
"""

from gettone.tokens.access_token import AccessToken
from gettone.tokens.bounds import MAX_LIFETIME_SECONDS
from gettone.tokens.errors import (
    AlgorithmError,
    ClaimError,
    CredentialsError,
    ExpiredTokenError,
    GrantError,
    HeaderError,
    IdentityError,
    JsonObject,
    JsonValue,
    LifetimeError,
    MalformedTokenError,
    MintError,
    MissingValueError,
    NotYetValidError,
    SignatureError,
    TokenError,
    TokenTooLongError,
    TtlError,
    UnknownKeyError,
    VerifyError,
    WeakSecretError,
    WeakSecretWarning,
)
from gettone.tokens.grants import (
    AccessTokenGrant,
    ChatGrant,
    Grant,
    PlaybackGrant,
    SyncGrant,
    TaskRouterGrant,
    VideoGrant,
    VoiceGrant,
)
from gettone.tokens.keys import TrustedKey
from gettone.tokens.verification import UnverifiedToken, VerifiedToken, decode, verify

__all__ = [
    "MAX_LIFETIME_SECONDS",
    "AccessToken",
    "AccessTokenGrant",
    "AlgorithmError",
    "ChatGrant",
    "ClaimError",
    "CredentialsError",
    "ExpiredTokenError",
    "Grant",
    "GrantError",
    "HeaderError",
    "IdentityError",
    "JsonObject",
    "JsonValue",
    "LifetimeError",
    "MalformedTokenError",
    "MintError",
    "MissingValueError",
    "NotYetValidError",
    "PlaybackGrant",
    "SignatureError",
    "SyncGrant",
    "TaskRouterGrant",
    "TokenError",
    "TokenTooLongError",
    "TrustedKey",
    "TtlError",
    "UnknownKeyError",
    "UnverifiedToken",
    "VerifiedToken",
    "VerifyError",
    "VideoGrant",
    "VoiceGrant",
    "WeakSecretError",
    "WeakSecretWarning",
    "decode",
    "verify",
]
