"""Tables in an XLSX file, as plain Python on top of xlsxwriter.

>>> book = Book()
>>> columns = [Column("used", "Used", 8, HOURS)]
>>> book.add("Hours", columns, [{"used": 1.5}], {"used": 1.5})
>>> book.get_bytes()[:2]
b'PK'
"""

import datetime
import io
from typing import NamedTuple

import xlsxwriter

TEXT, DAY, MINUTES, HOURS, MONEY = "text", "day", "minutes", "hours", "money"
FORMATS = {
    DAY: "yyyy-mm-dd",
    MINUTES: "[h]:mm",
    HOURS: "#,##0.00",
    MONEY: "#,##0.00",
}


class Column(NamedTuple):
    """The key in the rows, the title, how wide in characters, and of what kind.

    MINUTES are whole ones, shown as h:mm. HOURS are decimal numbers, which can be
    summed below zero, too.
    """

    key: str
    title: str
    width: int = 12
    kind: str = TEXT


class Book:
    """A workbook in memory; each sheet is a table with its titles and its total."""

    def __init__(self):
        self._output = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._output, {"in_memory": True})
        self._styles = {
            (kind, is_bold): self._make_style(kind, is_bold)
            for kind in (TEXT, *FORMATS)
            for is_bold in (False, True)
        }
        self._title = self._book.add_format({"bold": True, "bottom": 1})
        self._names = set()

    def add(self, name, columns, rows, total=None, above=()):
        """Write a sheet: lines of text, the titles, a row for each dict, the total."""
        sheet = self._book.add_worksheet(self._get_free_name(name))
        for number, text in enumerate(above):
            sheet.write_string(number, 0, text, self._styles[TEXT, not number])
        top = len(above) + 1 if above else 0
        for column, (_key, title, width, _kind) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(top, column, title, self._title)
        for number, row in enumerate(rows, top + 1):
            self._write_row(sheet, number, columns, row)
        if total:
            self._write_row(sheet, top + 1 + len(rows), columns, total, is_bold=True)
        sheet.freeze_panes(top + 1, 0)

    def get_bytes(self):
        """Return the file; nothing can be added after that."""
        self._book.close()
        return self._output.getvalue()

    def _make_style(self, kind, is_bold):
        style = {"bold": is_bold, **({"top": 1} if is_bold and kind != TEXT else {})}
        if kind in FORMATS:
            style["num_format"] = FORMATS[kind]
        return self._book.add_format(style)

    def _get_free_name(self, name):
        """Return a name that a sheet may have: 31 characters, no signs, not twice."""
        name = "".join(" " if sign in "[]:*?/\\" else sign for sign in name)[:31]
        if name.lower() in self._names:
            name = f"{name[:27]} {len(self._names)}"
        self._names.add(name.lower())
        return name

    def _write_row(self, sheet, number, columns, row, is_bold=False):
        for column, (key, _title, _width, kind) in enumerate(columns):
            if key in row:
                style = self._styles[kind, is_bold]
                self._write_cell(sheet, number, column, row[key], kind, style)

    def _write_cell(self, sheet, row, column, value, kind, style):
        if value is None or value is False:
            return
        if kind == DAY:
            value = datetime.datetime.combine(value, datetime.time())
            sheet.write_datetime(row, column, value, style)
        elif kind == MINUTES and value < 0:
            # Spreadsheets show no times below zero.
            text = f"-{-value // 60}:{-value % 60:02}"
            sheet.write_string(row, column, text, style)
        elif kind == MINUTES:
            sheet.write_number(row, column, value / 1440, style)
        elif kind in (HOURS, MONEY):
            sheet.write_number(row, column, value, style)
        else:
            sheet.write_string(row, column, value, style)
