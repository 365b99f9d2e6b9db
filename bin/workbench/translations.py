"""Are the translations whole?"""

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
