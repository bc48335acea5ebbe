"""From bytes to characters, by what the bytes are and not by what they say they are.

Published messages declare ISO 8859-1 and are UTF-8, declare nothing and are Latin-1, and the other way round. So: UTF-8
strictly, and where that fails windows-1252. No character is ever replaced.
"""

import codecs
import re
from typing import Final

from app.exchange.medcom.letter import Remark

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UPPER_CONTROLS: Final = bytes(range(0x80, 0xA0))
_UNDEFINED: Final = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
# The five bytes that windows-1252 leaves undefined arrive as the control characters that ISO 8859-1 has there.
_WINDOWS: Final = "".join(bytes((byte,)).decode("latin-1" if byte in _UNDEFINED else "cp1252") for byte in range(256))
_SEQUENCE: Final = re.compile(rb"[\xc3\xc2][\x80-\xbf]")
_TWICE: Final = re.compile(
    "Ã[\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)


class Undecodable(ValueError):
    """The bytes say UTF-16 and are not."""


def decode(content: bytes) -> tuple[str, list[Remark]]:
    """Return the characters of `content` without any byte-order mark, and what was odd about them.

    Raises: Undecodable: for a UTF-16 mark before bytes that are no UTF-16.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            if name == "utf-8":
                content = content[len(mark) :]
                break
            try:
                return content[len(mark) :].decode(name), []
            except UnicodeDecodeError:
                raise Undecodable(name) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_windows(content)
    if not text.isascii() and "Ã" in text and _TWICE.search(text):
        return text, [Remark(code="encoded-twice")]
    return text, []


def _decode_windows(content: bytes) -> tuple[str, list[Remark]]:
    remarks = []
    if len(content.translate(None, _UPPER_CONTROLS)) == len(content):
        # Without these bytes the two are the same, and ISO 8859-1 is decoded ten times faster.
        text = content.decode("latin-1")
    elif any(byte in content for byte in _UNDEFINED):
        text = codecs.charmap_decode(content, "strict", _WINDOWS)[0]
        remarks.append(Remark(code="undefined-characters"))
    else:
        text = content.decode("cp1252")
    if (b"\xc3" in content or b"\xc2" in content) and _SEQUENCE.search(content):
        remarks.append(Remark(code="mixed-encodings"))
    return text, remarks
