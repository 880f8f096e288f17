"""Whose fault a broken conversation is. Must not know what the host does about it."""


class GuestError(Exception):
    """The guest sent what cannot be read, or may not be said now: its worker must end."""
