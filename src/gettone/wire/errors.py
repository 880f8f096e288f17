"""Whose fault a broken conversation is. Must not know what the host does about it."""


class WireError(Exception):
    """A frame that cannot be read, or that may not be said now."""


class GuestError(WireError):
    """The guest broke the protocol: its worker must end."""


class HostError(WireError):
    """The host broke the protocol: a defect of ours."""
