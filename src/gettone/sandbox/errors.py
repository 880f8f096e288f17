"""What can go wrong when a process is started. Imported where nothing heavier may be."""


class LaunchError(Exception):
    """A process could not be started."""
