"""The tables of the local store, one file per aggregate; importing the package maps them all."""

from app.models import course, local, organisation, person, smoking

__all__ = ["course", "local", "organisation", "person", "smoking"]
