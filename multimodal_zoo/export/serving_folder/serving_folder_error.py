"""The error of everything that writes what a model server reads."""


class ServingFolderError(ValueError):
    """A serving folder that cannot be written: what came, what was expected and what to do."""
