import os

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
