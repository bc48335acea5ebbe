"""The tables of the local store, one file per aggregate."""
