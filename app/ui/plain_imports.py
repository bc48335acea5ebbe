"""Importing this lets PySide6 leave alone what is imported after it.

After every import it reads the module's source, to look for its own name in it, and Python keeps each line that was
read: a tenth of a second until the first screens stand, and 14 MB as long as the program runs. What it looks for are
modules that ask for other names of Qt's methods (`snake_case`), and there are none here.
"""

from contextlib import suppress

import PySide6  # noqa: F401 - brings the other one along

with suppress(ImportError):
    from shibokensupport import feature  # type: ignore[import-not-found]

    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda _module: False
