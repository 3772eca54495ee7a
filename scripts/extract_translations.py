"""Brings the catalogues up to date with the texts of the explorer and the gateway.

    python scripts/extract_translations.py [--check]

New texts are added without a translation, texts that are gone are dropped. With `--check` nothing is written, and the
exit code is 1 where a catalogue is not up to date or a translation is missing.
"""

from __future__ import annotations

import io
import sys

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from tokenpoints.explorer import language as explorer
from tokenpoints.gateway import language as gateway
from tokenpoints.gateway.problems import KINDS
from tokenpoints.gateway.reasons import REASONS
from tokenpoints.gateway.views import agreements
from tokenpoints.languages import Language, catalog_path
from tokenpoints.statements import paper, partnership_files

EXPLORER = explorer.CATALOGS.parent
KEYWORDS = {"_": None, "_gettext": None, "_ngettext": (1, 2)}


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = False
    for template, folder, language in (
        *((of_explorer(), explorer.CATALOGS, language) for language in Language),
        (of_gateway(), gateway.CATALOGS, Language.KOREAN),
    ):
        path = catalog_path(folder, language, str(template.domain))
        before = path.read_bytes()
        with path.open("rb") as file:
            catalog = read_po(file, locale=language.value, domain=template.domain)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        missing = [] if language is Language.ENGLISH else untranslated(catalog)
        for text in missing:
            print(f"{language.value}: not translated: {text!r}")
        after = written(catalog)
        if check:
            stale = stale or bool(missing) or before != after
        else:
            path.write_bytes(after)
    if check and stale:
        print("run `python scripts/extract_translations.py` and translate what is missing")
    return int(check and stale)


def of_gateway() -> Catalog:
    """Every problem's title and meaning, why actions fail, and what stands on statements. English is in the code."""
    catalog = Catalog(domain=gateway.DOMAIN)
    for kind in KINDS.values():
        catalog.add(kind.title)
        catalog.add(kind.meaning)
    for text in (*REASONS.values(), *paper.TEXTS, *partnership_files.TEXTS, *agreements.TEXTS):
        catalog.add(text)
    return catalog


def of_explorer() -> Catalog:
    """Every text of the explorer's templates and code."""
    catalog = Catalog(domain=explorer.DOMAIN)
    for path in sorted(EXPLORER.rglob("*")):
        if path.suffix == ".html":
            found = extract_from_file("jinja2.ext:babel_extract", path, options={"trimmed": "true"})
        elif path.suffix == ".py":
            found = extract_from_file("python", path, keywords=KEYWORDS)
        else:
            continue
        for _line, text, _comments, _context in found:
            catalog.add(text)
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """Texts without a translation, or with an unsure one."""
    return [str(message.id) for message in catalog if message.id and (not _complete(message.string) or message.fuzzy)]


def written(catalog: Catalog) -> bytes:
    """The catalogue as a file: sorted, and without line numbers that would change with every edit."""
    file = io.BytesIO()
    write_po(file, catalog, sort_output=True, no_location=True, width=120)
    return file.getvalue()


def _complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else bool(string and all(string))


if __name__ == "__main__":
    sys.exit(main())
