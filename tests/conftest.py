import gc
import os
import sys

import pytest
from hypothesis import settings

from app import i18n

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples in every run, so that a red run is the change's doing; long random runs are asked for by name.
settings.register_profile("same-every-time", derandomize=True, deadline=None)
settings.register_profile("long", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same-every-time"))


@pytest.fixture(autouse=True)
def english():
    """Whatever a test of another file left spoken: each begins in English."""
    i18n.use_language("en")


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """Windows that a test let go of are gone after it, and nothing of Qt's is collected on another thread than Qt's.

    Qt keeps what is to be deleted until an event loop ends, and there is none around a test; left there, every window
    is dressed anew with each one that follows. What a test leaves in circles is collected here, once, and what stays
    then is looked at no more.
    """
    is_window = "PySide6.QtWidgets" in sys.modules
    if is_window:
        gc.disable()
    yield
    if is_window:
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        gc.freeze()
