"""What can go wrong with letters and files."""

from opptak.kit.errors import Conflict, NotFound

__all__ = ("FileNotStored", "LetterMoved", "LetterNotFound", "LetterNotReady", "LetterOnItsWay")


class LetterNotFound(NotFound):
    """There is no such letter, or it is addressed to somebody else."""

    code = "letter_not_found"


class LetterNotReady(Conflict):
    """The document has not been made yet."""

    code = "letter_not_ready"


class LetterOnItsWay(Conflict):
    """The letter has not been sent the first time yet."""

    code = "letter_on_its_way"


class LetterMoved(Conflict):
    """A letter can't go from its state to the one asked for."""

    code = "letter_moved"


class FileNotStored(NotFound):
    """There is no such file."""

    code = "file_not_stored"
