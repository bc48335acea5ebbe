"""A crash leaves nothing of the memory on the disk: the key and the records would lie there in clear."""

import os
import sys
from typing import Final

_NO_REPORT: Final = 0x0001 | 0x0002
"""SEM_FAILCRITICALERRORS and SEM_NOGPFAULTERRORBOX: with these Windows hands a crash to no collector."""


def leave_no_core() -> None:
    """Keep the system from writing what is in memory to the disk when the program crashes, or what it starts does.

    A limit of 0 bytes is not enough where Linux hands cores to a collector (`core_pattern` with a pipe): there the
    kernel passes over every limit but 1, at which it gives up (fs/coredump.c). A core in a file is larger than either.
    Windows would keep part of the memory as an error report, and may send it to its maker. macOS reports hold none.
    """
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - there alone

        ctypes.windll.kernel32.SetErrorMode(_NO_REPORT)
        return
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415 - there alone

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    # Whoever may have none at all may not have 1 either.
    limit = 0 if most == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
