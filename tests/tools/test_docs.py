"""The generated reference is what the code says today."""

from tools.docs import main


def test_reference_is_current() -> None:
    assert main(["--check"]) == 0, "run make docs"
