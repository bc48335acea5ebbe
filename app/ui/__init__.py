"""The windows."""

from app.ui import plain_imports as plain_imports
