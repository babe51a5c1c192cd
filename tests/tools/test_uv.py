import sys

import pytest

from tools import uv


@pytest.mark.parametrize(
    ("pip", "expected"),
    [
        ({}, {}),
        (
            {"index-url": "https://mirror.example/simple", "cert": "ca.pem"},
            {"UV_DEFAULT_INDEX": "https://mirror.example/simple", "SSL_CERT_FILE": "ca.pem"},
        ),
        (
            {"extra-index-url": "https://a.example\nhttps://b.example", "find-links": "one two"},
            {
                "UV_INDEX": "https://a.example https://b.example",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
                "UV_FIND_LINKS": "one,two",
            },
        ),
        (
            {"no-index": "true", "trusted-host": "mirror.example"},
            {"UV_NO_INDEX": "true", "UV_INSECURE_HOST": "mirror.example"},
        ),
    ],
)
def test_settings_of_pip_are_said_in_words_of_uv(pip: dict[str, str], expected: dict[str, str]) -> None:
    assert uv.uv_variables(pip) == expected


def test_variables_of_pip_win_over_its_files() -> None:
    listed = """:env:.index-url='https://variable.example'
freeze.timeout='10'
global.cert='ca.pem'
global.index-url="https://file.example"
"""
    assert uv.parsed_settings(listed) == {
        "cert": "ca.pem",
        "index-url": "https://variable.example",
    }


def test_failed_command_ends_with_its_words() -> None:
    with pytest.raises(SystemExit, match=r"failed: .* -c raise SystemExit"):
        uv.run(sys.executable, "-c", "raise SystemExit(3)")
