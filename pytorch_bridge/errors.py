"""The errors of the bridge, one class a kind. In R each is a condition of the same kind."""

from __future__ import annotations

import math
import traceback
from typing import NamedTuple

__all__ = [
    "BYTES",
    "COPY",
    "COPY_IF_NEEDED",
    "COUNTS",
    "TEXT",
    "BridgeError",
    "DeviceError",
    "DtypeError",
    "LossyError",
    "MissingError",
    "Remedy",
    "SharingError",
    "SubscriptError",
    "clear_frames",
    "integer_text",
    "words_for_r",
]


class Remedy(NamedTuple):
    """What to write instead, where Python and R write it differently."""

    python: str
    r: str

    def after(self, first: str) -> Remedy:
        """With another remedy, the same in both languages, before it."""
        return Remedy(f"{first}, or {self.python}", f"{first}, or {self.r}")


COPY = Remedy("use copy = True", "use copy = TRUE")
BYTES = Remedy("its bytes are x.view(torch.uint8)", "its bytes are x$view(torch$uint8)")
COUNTS = Remedy(
    "round to microseconds first, or take the counts: np.asarray(x).astype('int64')",
    'round to microseconds first, or take the counts: np$asarray(x)$astype("int64")',
)
TEXT = Remedy(
    "np.unique(x, return_inverse=True)[1] has codes for text",
    "as_r(x) has the text, and factor() makes codes of it",
)
COPY_IF_NEEDED = Remedy("use copy = None or True", "use copy = NULL or TRUE")


class BridgeError(Exception):
    """Base of all errors that this module raises on purpose.

    Args:
        what: a sentence that says what is wrong with which value. Without `remedy`, the whole text.
        remedy: what to write instead; then `what` has no full stop.

    Example:
        >>> error = SharingError("This array cannot share its memory", COPY)
        >>> print(error)
        This array cannot share its memory; use copy = True.
        >>> error.in_r
        'This array cannot share its memory; use copy = TRUE.'
    """

    def __init__(self, what: str, remedy: Remedy | None = None) -> None:
        super().__init__(f"{what}; {remedy.python}." if remedy else what)
        self.in_r = f"{what}; {remedy.r}." if remedy else what
        _remember(self)

    def within(self, place: str) -> BridgeError:
        """The same error, which says in which column or element it was.

        Example:
            >>> print(LossyError("300 does not fit uint8.").within('Column "a"'))
            Column "a": 300 does not fit uint8.
        """
        return self._with_words(f"{place}: {self}", f"{place}: {self.in_r}")

    def anew(self) -> BridgeError:
        """The same error without the traceback, whose frames may hold memory."""
        return self._with_words(str(self), self.in_r)

    def _with_words(self, python: str, r: str) -> BridgeError:
        error = type(self)(python)
        error.in_r = r
        _remember(error)
        return error


#: What the last error says, in Python's words and in R's: reticulate brings over only the first.
_last_words = ("", "")


def _remember(error: BridgeError) -> None:
    global _last_words
    _last_words = (str(error), error.in_r)


def words_for_r(message: str) -> str:
    """What an error that has just been raised says to an R user.

    Args:
        message: what it says in Python.

    Example:
        >>> words_for_r(str(SharingError("No", COPY)))
        'No; use copy = TRUE.'
    """
    python, r = _last_words
    return r if message == python else message


class MissingError(BridgeError, ValueError):
    """A missing value where the dtype has no place for one."""


class LossyError(BridgeError, ValueError):
    """A value would not arrive as it left."""


class DtypeError(BridgeError, TypeError):
    """A type or dtype that is unknown, or that this conversion does not take."""


class SharingError(BridgeError, ValueError):
    """Memory was to be shared, and cannot be."""


class DeviceError(BridgeError, RuntimeError):
    """A device that is unknown or not there."""


class SubscriptError(BridgeError, IndexError):
    """An index that selects nothing that is there, or values that do not fill what it selects."""


class FileError(BridgeError, ValueError):
    """What was saved is cut off, changed, or of a kind that cannot be read."""


def integer_text(number: int) -> str:
    """An integer in a message: Python writes none of more than 4,300 digits.

    Example:
        >>> integer_text(2**64), integer_text(10**5000)
        ('18446744073709551616', '(5001 digits)')
    """
    digits = int(math.log10(abs(number))) + 1 if number else 1
    return str(number) if digits <= 40 else f"({digits} digits)"


def clear_frames(error: BaseException | None) -> None:
    """Lets go of the tensors that an error's traceback keeps alive; its text stays.

    Args:
        error: the error; those that it came from are cleared too.

    Example:
        >>> def fail():
        ...     held = "memory"
        ...     raise SharingError("why")
        >>> try:
        ...     fail()
        ... except SharingError as error:
        ...     clear_frames(error)
        ...     error.__traceback__.tb_next.tb_frame.f_locals
        {}
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        # Newer reticulate notes R's calls there, whose frames hold R's objects.
        vars(error).pop("trace", None)
        vars(error).pop("call", None)
        error = error.__context__
