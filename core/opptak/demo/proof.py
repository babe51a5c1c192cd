"""The proof of the story's round: what was in it, and whether its published files and own lines verify."""

import io
import zipfile
from collections import Counter
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from opptak.allocation.certificates import Certificates
from opptak.allocation.releasing import obtained_days
from opptak.engine.instance import Child, Instance
from opptak.engine.result import Result, parse_result
from opptak.engine.week import DAYS
from opptak.engine.wellformed import parse_instance
from opptak.tenancy.context import Work
from opptak_verifier import verify

__all__ = ("Proof", "prove")


class Proof(msgspec.Struct, frozen=True):
    """Figures of a released round; `holds` says whether every check, the signature and a family's line do."""

    algorithm: str
    children: int
    part_time: int
    """Children placed on some weekdays only."""
    reserved: int
    """Children placed where places are kept for such as they are."""
    siblings: int
    """Children who applied beside a sibling."""
    transfers: int
    """Children who had a place and moved."""
    checks: int
    holds: bool


async def prove(work: Work, run_id: UUID, *, instance: bytes, result: bytes) -> Proof:
    """Check a run's published files as anybody could, and one family's line as that family could."""
    archive = zipfile.ZipFile(io.BytesIO(await Certificates(work).archive(run_id)))
    checks = verify(archive.read("instance.json"), archive.read("result.json"))
    decided, given = parse_instance(instance), parse_result(result)
    own = await Certificates(work).own(UUID(decided.children[0].id)) if decided.children else None
    holds = all(check.passed for check in checks) and _signed(archive) and (own is None or own.holds)
    return _count(decided, given, checks=len(checks), holds=holds)


def _signed(archive: zipfile.ZipFile) -> bool:
    key = load_pem_public_key(archive.read("tenant.pem"))
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(archive.read("certificate.sig"), archive.read("certificate.json"))
    except InvalidSignature:
        return False
    return True


def _count(instance: Instance, result: Result, *, checks: int, holds: bool) -> Proof:
    families = Counter(child.family for child in instance.children)
    placed = [child for child in instance.children if result.assignment[child.id] is not None]
    weeks = [obtained_days(instance, result, child) for child in placed]
    return Proof(
        algorithm=instance.rules.algorithm,
        children=len(instance.children),
        part_time=sum(days is not None and len(days) < DAYS for days in weeks),
        reserved=sum(_kept(instance, child, result.assignment[child.id]) for child in placed),
        siblings=sum(families[child.family] > 1 for child in instance.children),
        transfers=result.metrics.moved,
        checks=checks,
        holds=holds,
    )


def _kept(instance: Instance, child: Child, place: str | None) -> bool:
    """Return whether a unit keeps places for such children; a child's own place is kept for it alone."""
    tags = {
        reserve.tag for program in instance.programs if program.id == place for reserve in program.reserves
    }
    return any(tag in child.tags for tag in tags if not tag.startswith("place:"))
