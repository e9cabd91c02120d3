"""What two judges say of a page: axe-core of its accessibility, html-validate of its HTML. Both come from npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
VALIDATOR = HERE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
LACKING = (
    "axe-core and html-validate are missing. To install them: npm install --no-package-lock --prefix tests/browser"
)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PAGE = (*WCAG, "best-practice")  # landmarks and the order of headings, which mail programs have of their own

# Style is djlint's business; these judge what a browser and a screen reader make of the page.
RULES = {"extends": ["html-validate:standard"], "rules": {"no-trailing-whitespace": "off", "void-style": "off"}}


def are_here() -> bool:
    return AXE.exists() and VALIDATOR.exists() and shutil.which("node") is not None


def barriers(page: Any, tags: tuple[str, ...] = PAGE) -> list[str]:
    """Each violation that axe finds on an open page of Playwright, with the elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # past the page's own policy, which allows no such script
    found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", list(tags))
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {'; '.join(node['html'][:160] for node in one['nodes'][:3])}"
        for one in found["violations"]
    ]


def mistakes(pages: Mapping[str, str], folder: Path) -> list[str]:
    """What is no valid HTML in *pages*, by name."""
    (folder / ".htmlvalidate.json").write_text(json.dumps({"root": True, **RULES}))
    names = {}
    for n, (name, html) in enumerate(pages.items()):
        path = folder / f"{n}.html"
        path.write_text(html, encoding="utf-8")
        names[str(path)] = name
    command = ["node", str(VALIDATOR), "--formatter", "json", *names]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    found = json.loads(said.stdout)
    return [
        f"{names[one['filePath']]}:{message['line']}: {message['ruleId']}: {message['message']}"
        for one in found
        for message in one["messages"]
    ]
