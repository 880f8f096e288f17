"""What no token goes beyond, in minting and in verifying alike. Constants only."""

from __future__ import annotations

#: Twilio's bound, and ours: what cannot be taken back must end by itself.
MAX_LIFETIME_SECONDS = 86_400

#: Longer tokens are neither minted nor read: HTTP servers take 8 to 16 kB of headers, and that is where tokens travel.
MAX_TOKEN_CHARACTERS = 16_384

#: RFC 7518 section 3.2: a key at least as long as the hash. Twilio's secrets are 32 characters.
MIN_SECRET_BYTES = 32

#: Integers beyond this are not exact in JavaScript, where many tokens are minted and read.
MAX_SAFE_INTEGER = 2**53 - 1

#: Deeper nesting is neither written nor read: real grants have four levels, and recursion must end somewhere.
MAX_DEPTH = 32
