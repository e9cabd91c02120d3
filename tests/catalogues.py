"""`make catalogues`: what translators work on. Gathers the sentences of sources and templates, and brings every
language's file up to date with them: new ones come empty, changed ones are marked for another look.

Compiling is not part of it: engage reads the files as they are.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from engage import catalogues
from engage.catalogues import forms, sources

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = catalogues.OURS / "engage.pot"
# `marked` and `Refused` say where a sentence is made, `say` where it is shown.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "marked": None, "Refused": None}
# Sentences for staff stay English: of the package, what residents read.
SOURCES = (
    "engage/languages.py",
    "engage/domain/people.py",
    "engage/channels/addresses.py",
    "engage/channels/phones.py",
    "engage/channels/push_device.py",
    "engage/work/reasons.py",
    "engage/web/**/*.py",
    "templates/notices/*",
    "templates/web/*.html",
)
_MOVING = (
    "# Copyright",
    "# This file is",
    "# FIRST AUTHOR",
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
)
_UNSAID = re.compile(r"EMAIL@ADDRESS|LL@li.org|VERSION")  # what Babel would have us fill in
JINJA = {
    "trimmed": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}


def gathered() -> Catalog:
    """Every marked sentence, with the file that has it."""
    found = Catalog(project="engage", charset="utf-8", fuzzy=False)
    for path in sorted({path for pattern in SOURCES for path in PROJECT.glob(pattern) if path.is_file()}):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        name = path.relative_to(PROJECT).as_posix()
        for _, message, comments, _ in extract_from_file(
            method, path, KEYWORDS, ["For translators:"], JINJA if method != "python" else None
        ):
            found.add(message, locations=[(name, 0)], auto_comments=comments)
    return found


def written(catalogue: Catalog) -> str:
    """The file of a catalogue: sorted, so that two people's changes seldom meet, and the same whoever makes it."""
    out = BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False)
    head, _, rest = out.getvalue().decode().partition("\n\n")
    kept = [line for line in head.splitlines() if not line.startswith(_MOVING) and not _UNSAID.search(line)]
    return "\n".join([*kept, "", rest.strip(), ""])


def begun(tag: str) -> Catalog:
    """A language of which nothing is translated yet."""
    return Catalog(locale=tag.replace("-", "_"), project="engage", charset="utf-8", fuzzy=False)


def lacking(catalogue: Catalog) -> list[Message]:
    """What is to be translated, or looked at again."""
    return [message for message in catalogue if message.id and (message.fuzzy or not all(forms(message)))]


def main() -> int:
    source = gathered()
    TEMPLATE.write_text(written(source), encoding="utf-8")
    for path in sorted({*catalogues.OURS.glob("*.po"), *(catalogues.OURS / f"{tag}.po" for tag in sys.argv[1:])}):
        catalogue = catalogues.read(path) if path.exists() else begun(path.stem)
        catalogue.update(source)
        path.write_text(written(catalogue), encoding="utf-8")
        _tell(path.name, catalogue)
    return 0


def _tell(name: str, catalogue: Catalog) -> None:
    sentences = [message for message in catalogue if message.id]
    print(f"{name}: {len(sentences)} sentences, {len(lacking(catalogue))} to translate")
    for message in sentences:
        for fault in catalogues.faults(message):
            print(f"  {sources(message)[0]}\n    {fault}")


if __name__ == "__main__":
    sys.exit(main())
