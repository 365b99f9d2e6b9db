"""Find warnings about our addons in Odoo's logs."""

import re

from .errors import SetupError

RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) "
)
BAD = ("WARNING", "ERROR", "CRITICAL")

# A warning of Python's carries its stack: that a test of ours is below says nothing.
TEST_FRAME = re.compile(r'^  File "[^"]*/tests/.*\n(?:    .*\n)?', re.M)


def records(lines):
    """Yield (level, text) of each record, with the lines that continue it."""
    level, text = None, []
    for line in lines:
        match = RECORD.match(line)
        if match:
            if text:
                yield level, "".join(text)
            level, text = match[1], []
        text.append(line)
    if text:
        yield level, "".join(text)


def complaints(lines, names):
    """Return the records of warnings and errors that name one of the addons."""
    if not names:
        return []
    any_name = "|".join(map(re.escape, names))
    ours = re.compile(rf"(?<![a-z_])({any_name})(?![a-z_])")
    bad = (text for level, text in records(lines) if level in BAD)
    return [text for text in bad if ours.search(TEST_FRAME.sub("", text))]


def check(path, names):
    """Raise with the complaints in the log, if there are any."""
    with open(path, errors="replace") as lines:
        found = complaints(lines, names)
    if found:
        raise SetupError(
            f"{''.join(found)}\nOur addons wrote {len(found)} warnings or errors to"
            f" {path}: cure them and run this again."
        )
