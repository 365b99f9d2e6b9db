"""The translations that are there: kept, and checked to be whole."""

import json
import subprocess

from .paths import PYTHON

LANGUAGES = ("es",)

# polib is in the environment, not in the Python that runs this.
SCRIPT = """
import json, sys, polib
for template, translated in json.load(sys.stdin):
    done = {e.msgid for e in polib.pofile(translated) if e.translated()}
    lacking = [e.msgid for e in polib.pofile(template) if e.msgid not in done]
    if lacking:
        print(f"{translated}: {len(lacking)} not translated, first: {lacking[0]!r}")
"""

# The export empties a file before it reads the terms of Python code from it.
KEEP = """
import json, sys, polib
for path, text in json.load(sys.stdin).items():
    old, new = polib.pofile(text), polib.pofile(path)
    known = {(e.msgctxt, e.msgid): e.msgstr for e in old if e.msgstr}
    for entry in new:
        entry.msgstr = known.get((entry.msgctxt, entry.msgid), entry.msgstr)
    new.metadata = old.metadata
    new.save()
"""


def read(addons):
    """Return the contents of the addons' translations by path."""
    paths = [addon.path / "i18n" / f"{lang}.po" for addon in addons.values()
             for lang in LANGUAGES]  # fmt: skip
    return {str(path): path.read_text() for path in paths if path.exists()}


def keep(texts):
    """Write into the files at these paths what their earlier contents translate."""
    subprocess.run([PYTHON, "-c", KEEP], input=json.dumps(texts), text=True, check=True)


def untranslated(addons):
    """Return a line for each translation that lacks terms of its addon's template."""
    missing, pairs = [], []
    for name, addon in addons.items():
        template = addon.path / "i18n" / f"{name}.pot"
        for language in LANGUAGES if template.exists() else ():
            translated = addon.path / "i18n" / f"{language}.po"
            if translated.exists():
                pairs.append((str(template), str(translated)))
            else:
                missing.append(f"{translated} is missing")
    result = subprocess.run(
        [str(PYTHON), "-c", SCRIPT],
        input=json.dumps(pairs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return missing + result.stdout.splitlines()
