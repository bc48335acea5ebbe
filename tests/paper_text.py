"""What a paper says, read back from its PDF."""

import pypdfium2


def text_of(pdf: bytes) -> str:
    """Return all words of all pages, one blank between them."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [str(page.get_textpage().get_text_range()) for page in document]
    return " ".join(" ".join(pages).split())
