"""What every paper needs, imported and read before somebody waits for one."""

# ruff: noqa: PLC0415 - this is the moment when the libraries are imported


def ready_to_draw() -> None:
    """Import the libraries and read the fonts."""
    import pypdfium2.raw  # noqa: F401
    import reportlab.pdfgen.canvas  # noqa: F401

    from app.documents.fonts import Face, characters_of, register_fonts

    register_fonts()
    for face in Face:
        characters_of(face)
