"""Small files of every kind, and files that are none of those: real bytes, made here."""

import io
import struct
import zipfile
import zlib


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 8, height: int = 8, colour: tuple[int, int, int] = (52, 81, 184)) -> bytes:
    """A picture of one colour that every browser shows."""
    rows = (b"\0" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def zipped(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        if first is not None:
            archive.writestr(first[0], first[1])
        for name in names:
            archive.writestr(name, b"x")
    return whole.getvalue()


def office(folder: str) -> bytes:
    return zipped("[Content_Types].xml", f"{folder}/document.xml")


PNG = png()
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + bytes(40) + b"\xff\xd9"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
ODT = zipped("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text"))
OPENXML = "application/vnd.openxmlformats-officedocument"

TAKEN: tuple[tuple[str, bytes, str], ...] = (
    ("a.png", PNG, "image/png"),
    ("a.jpg", JPEG, "image/jpeg"),
    ("a.gif", GIF, "image/gif"),
    ("a.webp", WEBP, "image/webp"),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(20), "image/heic"),
    ("a.pdf", PDF, "application/pdf"),
    ("a.txt", b"hello", "text/plain"),
    ("a.log", "caf\u00e9 \u2615\n".encode(), "text/plain"),
    ("a.csv", b"a,b\n1,2\n", "text/csv"),
    ("a.md", b"# hello", "text/markdown"),
    ("a.json", b' {"a": 1}', "application/json"),
    ("a.zip", zipped("a.txt"), "application/zip"),
    ("a.docx", office("word"), f"{OPENXML}.wordprocessingml.document"),
    ("a.xlsx", office("xl"), f"{OPENXML}.spreadsheetml.sheet"),
    ("a.pptx", office("ppt"), f"{OPENXML}.presentationml.presentation"),
    ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
    ("a.mp3", b"ID3\x04\0\0\0\0\0\0" + bytes(20), "audio/mpeg"),
    ("b.mp3", b"\xff\xfb\x90\x64" + bytes(20), "audio/mpeg"),
    ("a.m4a", b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(20), "audio/mp4"),
    ("a.ogg", b"OggS\0\x02" + bytes(20), "audio/ogg"),
    ("a.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "audio/wav"),
    ("a.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(20), "video/mp4"),
    ("a.webm", b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm" + bytes(20), "video/webm"),
)
"""Name, bytes, and what they are."""

REFUSED: tuple[tuple[str, bytes], ...] = (
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    ("a.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("a.html", b"<!doctype html><script>alert(1)</script>"),
    ("a.txt", b"\xef\xbb\xbf \n<html><body>hi"),
    ("a.txt", b"hello <ScRiPt>alert(1)</script>"),
    ("a.xml", b"<a/>"),
    ("a.svg", b"no markup at all"),
    ("a.js", b"alert(1)"),
    ("a.html", PNG),
    ("a.exe", PNG),
    ("a.txt", b"MZ\x90\0\x03" + bytes(60)),
    ("a", b"\x7fELF\x02\x01\x01" + bytes(60)),
    ("a.txt", b"#!/bin/sh\nrm -rf /"),
    ("a.txt", "hello".encode("utf-16")),
    ("a.txt", b"nul\0inside"),
    ("a.txt", b"\xff\xfe\xfd"),
    ("a.png", PNG + b"<script>alert(1)</script>"),
    ("a.png", b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>"),
    ("a.gif", b"GIF89a/*<svg/onload=alert(1)>*/=1"),
    ("a.gif", b"GIF89a=1;alert(1)//"),
    ("a.jpg", JPEG + zipped("a.txt")),
    ("a.pdf", PDF + zipped("META-INF/MANIFEST.MF")),
    ("a.pdf", PDF + b"<script>alert(1)</script>"),
    ("a.zip", zipped("META-INF/MANIFEST.MF", "A.class")),
    ("a.docx", zipped("[Content_Types].xml", "word/vbaProject.bin")),
    ("a.zip", b"PK\x03\x04" + bytes(200)),
    ("a.mkv", b"\x1a\x45\xdf\xa3" + bytes(8) + b"matroska" + bytes(20)),
    ("a.bin", bytes(range(256))),
)
"""What a browser or a machine would run, what two programs read as two kinds, and what nobody knows."""
