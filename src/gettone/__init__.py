"""What a handler imports: the names of `gettone.tokens` and `gettone.handlers`, loaded when first touched.

Must not know: any other room. A sandboxed guest holds this file, those two rooms and nothing else of ours.
"""

TYPE_CHECKING = False  # what type checkers ask for; `typing` itself would be slow to import
if TYPE_CHECKING:
    from gettone.handlers import (
        Asset,
        Context,
        Event,
        Function,
        Headers,
        MissingParameterError,
        MissingVariableError,
        Request,
        Response,
        ResultError,
        Runtime,
        TwilioClient,
    )
    from gettone.tokens import (
        MAX_LIFETIME_SECONDS,
        AccessToken,
        AccessTokenGrant,
        AlgorithmError,
        ChatGrant,
        ClaimError,
        CredentialsError,
        ExpiredTokenError,
        Grant,
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
        PlaybackGrant,
        SignatureError,
        SyncGrant,
        TaskRouterGrant,
        TokenError,
        TokenTooLongError,
        TrustedKey,
        TtlError,
        UnknownKeyError,
        UnverifiedToken,
        VerifiedToken,
        VerifyError,
        VideoGrant,
        VoiceGrant,
        WeakSecretError,
        WeakSecretWarning,
        decode,
        verify,
    )
else:

    def __getattr__(name: str) -> object:
        """Load the room that a public name lives in."""
        if name not in __all__:
            raise AttributeError(f"module 'gettone' has no attribute {name!r}")
        from importlib import import_module

        room = import_module("gettone.handlers" if name in _HANDLERS else "gettone.tokens")
        value = globals()[name] = getattr(room, name)
        return value


_HANDLERS = (
    "Asset",
    "Context",
    "Event",
    "Function",
    "Headers",
    "MissingParameterError",
    "MissingVariableError",
    "Request",
    "Response",
    "ResultError",
    "Runtime",
    "TwilioClient",
)

__all__ = [
    "MAX_LIFETIME_SECONDS",
    "AccessToken",
    "AccessTokenGrant",
    "AlgorithmError",
    "Asset",
    "ChatGrant",
    "ClaimError",
    "Context",
    "CredentialsError",
    "Event",
    "ExpiredTokenError",
    "Function",
    "Grant",
    "GrantError",
    "HeaderError",
    "Headers",
    "IdentityError",
    "JsonObject",
    "JsonValue",
    "LifetimeError",
    "MalformedTokenError",
    "MintError",
    "MissingParameterError",
    "MissingValueError",
    "MissingVariableError",
    "NotYetValidError",
    "PlaybackGrant",
    "Request",
    "Response",
    "ResultError",
    "Runtime",
    "SignatureError",
    "SyncGrant",
    "TaskRouterGrant",
    "TokenError",
    "TokenTooLongError",
    "TrustedKey",
    "TtlError",
    "TwilioClient",
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


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
