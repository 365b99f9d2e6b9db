"""The one way in which a command fails on purpose."""


class SetupError(Exception):
    """One sentence that tells the user what to do."""
