"""Finnish morphology by libvoikko, when the system has it. A handle serves one thread only."""

import ctypes
import re
import weakref
from dataclasses import dataclass
from itertools import pairwise

LIBRARY = "libvoikko.so.1"
# "+kuntalais(kuntalainen)+aloite(aloite)"; a base that begins with + is a derivational suffix
_WORD_BASE = re.compile(r"\(([^()]+)\)")


@dataclass(frozen=True)
class Analysis:
    """One reading of a word: its base form and the parts of the compound, in lower case."""

    base: str
    parts: tuple[str, ...]


def _load() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures = {
        "voikkoInit": (pointer, [ctypes.POINTER(text), text, text]),
        "voikkoTerminate": (None, [pointer]),
        "voikkoAnalyzeWordUcs4": (ctypes.POINTER(pointer), [pointer, ctypes.c_wchar_p]),
        "voikko_free_mor_analysis": (None, [ctypes.POINTER(pointer)]),
        "voikko_mor_analysis_value_cstr": (pointer, [pointer, text]),
        "voikko_free_mor_analysis_value_cstr": (None, [pointer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


class Voikko:
    """A Finnish analyser. Must not be shared by threads: the library would crash the process."""

    def __init__(self, library: ctypes.CDLL, handle: int) -> None:
        self._library = library
        self._handle = handle
        weakref.finalize(self, library.voikkoTerminate, handle)

    def analyse(self, word: str) -> list[Analysis]:
        """The readings of a lower-case word; none when it is not Finnish."""
        found = self._library.voikkoAnalyzeWordUcs4(self._handle, word)
        if not found:
            return []
        try:
            return [self._reading(word, found[i]) for i in range(_count(found))]
        finally:
            self._library.voikko_free_mor_analysis(found)

    def _reading(self, word: str, analysis: int) -> Analysis:
        base = self._value(analysis, b"BASEFORM").lower() or word
        structure = self._value(analysis, b"STRUCTURE")
        bases = _WORD_BASE.findall(self._value(analysis, b"WORDBASES").lower())
        return Analysis(base, (*compound_parts(word, base, structure), *whole_bases(bases)))

    def _value(self, analysis: int, key: bytes) -> str:
        value = self._library.voikko_mor_analysis_value_cstr(analysis, key)
        if not value:
            return ""
        try:
            return ctypes.string_at(value).decode()
        finally:
            self._library.voikko_free_mor_analysis_value_cstr(value)


def _count(found: "ctypes._Pointer[ctypes.c_void_p]") -> int:
    """The length of an array that ends with a null pointer."""
    count = 0
    while found[count]:
        count += 1
    return count


def open_voikko() -> Voikko | None:
    """A new analyser for the calling thread; None without the library or its dictionary."""
    if _library is None:
        return None
    error = ctypes.c_char_p()
    handle = _library.voikkoInit(ctypes.byref(error), b"fi", None)
    return Voikko(_library, handle) if handle else None


def compound_parts(word: str, base: str, structure: str) -> list[str]:
    """Beginnings and ends of a compound: katu and valaistus for katuvalaistuksesta.

    `structure` is Voikko's: = begins a part, every other sign stands for one character of the word.
    """
    parts, place = [], 0
    for sign in structure:
        if sign != "=":
            place += 1
        elif 0 < place < len(base) and word[:place] == base[:place]:
            parts += [word[:place], base[place:]]
    return parts


def whole_bases(bases: list[str]) -> list[str]:
    """The base forms of a compound's parts, without the stems of derived words.

    Voikko reads suojatie also as suoda + ja + tie; the suffix +ja tells that suoda is no part.
    """
    return [
        base.replace("=", "")
        for base, after in pairwise([*bases, ""])
        if not base.startswith("+") and not after.startswith("+")
    ]
