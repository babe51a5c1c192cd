from pathlib import Path

import pytest
from tools.links import ROOT, anchor, broken_links


def test_links_of_the_documents_lead_somewhere() -> None:
    assert list(broken_links(ROOT)) == []


def test_missing_file_and_missing_heading_are_broken(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# One way\n[ok](b.md) [ok](b.md#two-ways) [ok](#one-way) [ok](https://example.org)\n"
        "[no](c.md) [no](b.md#three) ![no](picture.png)\n```\n[code](nowhere.md)\n```\n"
    )
    (tmp_path / "b.md").write_text("## Two ways\n")

    assert list(broken_links(tmp_path)) == ["a.md: c.md", "a.md: b.md#three", "a.md: picture.png"]


def test_installed_and_hidden_documents_are_left_alone(tmp_path: Path) -> None:
    for folder in ("node_modules/x", ".venv"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "README.md").write_text("[no](nowhere.md)")

    assert list(broken_links(tmp_path)) == []


@pytest.mark.parametrize(
    ("heading", "expected"), [("What's new?", "whats-new"), ("`make demo` – once", "make-demo--once")]
)
def test_anchor_is_the_published_one(heading: str, expected: str) -> None:
    assert anchor(heading) == expected
