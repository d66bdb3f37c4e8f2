"""What MkDocs does not do by itself: formulas as MathML, and the pages that are written from types and the ledger."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
import fields
from formulas import Formulas

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Have formulas drawn; a page that the navigation does not name comes last."""
    config.markdown_extensions.append(Formulas())
    named = {name for entry in config.nav for name in entry.values()}
    config.nav += [path.name for path in sorted(Path(config.docs_dir).glob("*.md")) if path.name not in named]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that nobody writes."""
    files.append(File.generated(config, "ledger.md", content=fields.page()))
    files.append(File.generated(config, "findings.md", content=_findings(config)))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Let what may be wider than a small screen be scrolled by keyboard."""
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>').replace("</table>", "</table></div>")
    return html.replace("<pre>", '<pre tabindex="0">')


def on_post_build(config: MkDocsConfig) -> None:
    """Have the index of the search as a script: from disk no page may read anything else."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    sections = json.loads(index.read_text(encoding="utf-8"))["docs"]
    (index.parent / "index.js").write_text(f"window.sections = {json.dumps(sections)};\n", encoding="utf-8")
    index.unlink()


def _findings(config: MkDocsConfig) -> str:
    from verdicts.ledger import read_ledger
    from verdicts.views import FORMATS

    path = Path(config.config_file_path).parent / config.extra["ledger"]
    if not path.is_file():
        raise PluginError(f"{path}: expected the ledger of an audit: run make audit, or name one by VERDICTS_LEDGER")
    try:
        return FORMATS["findings"](read_ledger(path))
    except ValueError as error:
        raise PluginError(str(error)) from error
