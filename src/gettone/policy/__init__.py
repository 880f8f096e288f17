"""Who may call, and what they may have: claims and configuration to decisions. Pure; the gateway enforces it."""
