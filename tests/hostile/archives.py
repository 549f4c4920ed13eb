"""Making archives: workbooks with parts exchanged, and bombs of every build."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter  # type: ignore[import-untyped]

SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
STRINGS = "xl/sharedStrings.xml"
Parts = dict[str, bytes]
_MEGABYTE = 1 << 20


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """Write a workbook as any program does."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def parts_of(content: bytes) -> Parts:
    """Unpack an archive."""
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Pack an archive."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_of(cells: str) -> bytes:
    """Write the XML of a sheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def with_member(content: bytes, member: ZipInfo | str, text: bytes = b"x") -> bytes:
    """Add a part to an archive, whatever its name says."""
    buffer = BytesIO(content)
    with ZipFile(buffer, "a", ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    return buffer.getvalue()


def link() -> ZipInfo:
    """Make a part that is a symbolic link."""
    member = ZipInfo("xl/media/image1.png")
    member.external_attr = 0o120777 << 16
    return member


def deflated(megabytes: int) -> tuple[bytes, int]:
    """Return that many megabytes of blanks, packed, and their checksum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    portion, checksum, pieces = b" " * _MEGABYTE, 0, []
    for _ in range(megabytes):
        pieces.append(packer.compress(portion))
        checksum = zlib.crc32(portion, checksum)
    return b"".join([*pieces, packer.flush()]), checksum


def one_part(name: str, megabytes: int, claimed: int | None = None) -> bytes:
    """Write an archive whose one big part says it has `claimed` bytes."""
    data, checksum = deflated(megabytes)
    size = megabytes * _MEGABYTE if claimed is None else claimed
    head = _local(name, checksum, len(data), size)
    entry = _central(name, checksum, len(data), size, 0)
    return _closed([head + data], [entry])


def overlapping(megabytes: int, names: Sequence[str]) -> bytes:
    """Write an archive whose entries are all the same bytes."""
    data, checksum = deflated(megabytes)
    size = megabytes * _MEGABYTE
    head = _local(names[0], checksum, len(data), size)
    entries = [_central(name, checksum, len(data), size, 0) for name in names]
    return _closed([head + data], entries)


def quoting(megabytes: int, names: Sequence[str]) -> bytes:
    """Write an archive in which each part quotes the head of the next, and so contains it."""
    data, size = deflated(megabytes)[0], megabytes * _MEGABYTE
    checksum = deflated(megabytes)[1]
    files: list[tuple[bytes, bytes, int, int]] = []
    text = b" " * size
    for name in reversed(names):
        if files:
            quoted = files[0][0]
            data = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + quoted + data
            text, size = quoted + text, size + len(quoted)
            checksum = zlib.crc32(text)
        files.insert(0, (_local(name, checksum, len(data), size), data, checksum, size))
    entries, offset = [], 0
    for name, (head, data, checksum, size) in zip(names, files, strict=True):
        entries.append(_central(name, checksum, len(data), size, offset))
        # The next head stands behind this one and the five bytes of the block that quotes it.
        offset += len(head) + 5
    return _closed([files[0][0] + files[0][1]], entries)


def _local(name: str, checksum: int, packed: int, size: int) -> bytes:
    head = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, checksum, packed, size, len(name), 0
    )
    return head + name.encode()


def _central(name: str, checksum: int, packed: int, size: int, offset: int) -> bytes:
    numbers = (20, 20, 0, 8, 0, 33, checksum, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", b"PK\1\2", *numbers) + name.encode()


def _closed(heads: Sequence[bytes], entries: Sequence[bytes]) -> bytes:
    body, directory = b"".join(heads), b"".join(entries)
    count = len(entries)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end
