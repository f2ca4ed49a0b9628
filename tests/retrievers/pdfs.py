"""PDFs as people and their enemies make them."""

import io
import zlib

from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

RESET = "To reset the router, hold its button for ten seconds until the light blinks blue. "


class Manual(FPDF):
    """A manual with a running head and page numbers."""

    def header(self) -> None:
        self.set_font("helvetica", size=8)
        self.cell(0, 5, "Northwave manual", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("helvetica", size=8)
        self.cell(0, 5, f"Page {self.page_no()}")

    def heading(self, text: str, size: int) -> None:
        self.set_font("helvetica", "B", size)
        self.cell(0, 10, text, new_x="LMARGIN", new_y="NEXT")

    def text_of(self, text: str) -> None:
        self.set_font("helvetica", size=11)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        self.ln(6)


def manual(chapters: int = 3) -> bytes:
    """A chapter a page, each with two sections and a list."""
    pdf = Manual()
    for number in range(chapters):
        pdf.add_page()
        pdf.heading(f"Chapter {number}", 20)
        pdf.text_of(f"This chapter, the one of number {number}, is about routers. " * 4)
        pdf.heading("Reset", 14)
        pdf.text_of(RESET * 4)
        pdf.text_of("- Keep the plug in.\n- Wait for the light.")
        pdf.heading("Fees", 14)
        pdf.text_of(f"It costs {number} dollars.")
    return bytes(pdf.output())


def text(words: str) -> bytes:
    """A page with a sentence or two."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    pdf.multi_cell(0, 6, words)
    return bytes(pdf.output())


def drawing() -> bytes:
    """A page without a letter."""
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    return bytes(pdf.output())


def blank(pages: int) -> bytes:
    """That many empty pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    return _saved(writer)


def locked(password: str, owner: str = "owner") -> bytes:
    """The manual, to be opened with a password, or by anybody where that is empty."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(manual(1))))
    writer.encrypt(password, owner, algorithm="AES-256")
    return _saved(writer)


def bomb(megabytes: int) -> bytes:
    """A page whose drawing is that large when it is unpacked, and a thousandth of it as a file."""
    packer = zlib.compressobj(9)
    piece = b"0 0 m 1 1 l S " * 75_000  # about a megabyte
    packed = b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
    return _written(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    )


def circle() -> bytes:
    """A tree of pages that is its own branch."""
    return _written(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>",
    )


def _written(*objects: bytes) -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF" % (size, table, size, len(body))
    )


def _saved(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
