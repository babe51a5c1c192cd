"""One family's own line: that it is under the root which a certificate names."""

import hashlib

from opptak_verifier.checks import Check
from opptak_verifier.shape import Row, canonical, parse

LINE: Row = {
    "format": "=opptak-line/1",
    "id": "id",
    "salt": "digest",
    "assignment": "id or null",
    "wishes": [{"program": "id", "status": "id", "by": "id or null"}],
    "path": [["text"]],
}
CERTIFICATE: Row = {
    "format": "=opptak-certificate/1",
    "merkle_root": "digest",
    **dict.fromkeys(("tenant", "intake", "record", "metrics", "checks", "deviations", "lines"), "any"),
}


def check_line(line: bytes, certificate: bytes) -> Check:
    """Check a child's line against a certificate; raises Malformed if either breaks its format."""
    own, public = parse(line, LINE), parse(certificate, CERTIFICATE)
    told = [own["salt"], own["id"], own["assignment"], own["wishes"]]
    node = hashlib.sha256(b"\x00" + canonical(told)).hexdigest()
    for side, neighbour in own["path"]:
        pair = neighbour + node if side == "left" else node + neighbour
        node = hashlib.sha256(b"\x01" + bytes.fromhex(pair)).hexdigest()
    held = node == public["merkle_root"]
    place = f"{own['id']} got {own['assignment'] or 'no place'}"
    return Check("own", held, place if held else f"{own['id']} is not under the certificate")
