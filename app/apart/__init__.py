"""Work in a process of its own, because it takes memory that Python would not give back to the window's.

What draws papers, their pictures and spreadsheets, and what adds up reports, brings large libraries and makes a million
small things, between which something always stays. When such a process ends, the system has all of it back.
"""

from app.apart.process import Apart

__all__ = ["Apart"]
