"""The tables of the local store, one file per aggregate; importing the package maps them all."""

from app.models import course, letter, local, medicine, organisation, outcome, oversight, person, plan, smoking

__all__ = ["course", "letter", "local", "medicine", "organisation", "outcome", "oversight", "person", "plan", "smoking"]
