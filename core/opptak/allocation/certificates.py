"""Certificates of released runs: made and signed at the release, then shown to whoever may see them."""

import asyncio
import io
import os
import zipfile
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opptak.admission.service import Applications, Rounds
from opptak.allocation.building import Snapshot
from opptak.allocation.certifying import Published
from opptak.allocation.models import AllocationRun, SigningKey
from opptak.allocation.repository import RunRepository, SigningKeyRepository
from opptak.allocation.schemas import OwnLine, Signed
from opptak.audit.service import record
from opptak.authz.actions import Action
from opptak.engine.bundle import bundle
from opptak.engine.canonical import canonical_bytes
from opptak.engine.certificate import sign
from opptak.engine.result import parse_result
from opptak.engine.wellformed import parse_instance
from opptak.kit.errors import NotFound
from opptak.kit.ids import new_id
from opptak.tenancy.context import Work
from opptak_verifier.lines import check_line

__all__ = ("Certificates",)

_SECRET_BYTES = 32


class Certificates:
    """The certificates of one tenant."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._runs = RunRepository(work.session)
        self._keys = SigningKeyRepository(work.session)

    async def issue(self, run: AllocationRun, snapshot: Snapshot) -> None:
        """Make the certificate of a run and sign it; raises NotReproduced."""
        secret = os.urandom(_SECRET_BYTES)
        published = Published(parse_instance(run.instance), parse_result(run.result), secret=secret)
        private = await self._private_key()
        certificate = await asyncio.to_thread(published.certificate, snapshot.rulings)
        run.certificate, run.signature = sign(certificate, private.sign)
        run.line_secret = self._work.tenant.keys.seal(secret, _secret_place(run.id))

    async def public_key(self) -> str | None:
        """Return the key certificates are checked with (Ed25519, PEM); None before the first release."""
        key = await self._keys.get()
        return None if key is None else _pem(key.public)

    async def released(self) -> list[Signed]:
        """Return all certificates, the newest first; they are for everybody."""
        intakes = {round_.id: round_.intake for round_ in await Rounds(self._work).all()}
        runs = await self._runs.certified()
        return [await self._signed(run, intakes[run.round_id]) for run in runs]

    async def own(self, application_id: UUID) -> OwnLine:
        """Return an application's line of the last released run that knows it.

        Raises NotFound for an application the subject may not see, or one no certificate tells of.
        """
        round_ = await Rounds(self._work).get(await Applications(self._work).round_of(application_id))
        for run in await self._runs.released(round_.id):
            if run.certificate is None or run.line_secret is None:
                continue
            secret = self._work.tenant.keys.open(run.line_secret, _secret_place(run.id))
            published = Published(parse_instance(run.instance), parse_result(run.result), secret=secret)
            if line := published.line(application_id):
                file = canonical_bytes(line)
                return OwnLine(
                    pseudonym=line.id,
                    place=None if line.assignment is None else UUID(line.assignment),
                    root=published.root,
                    line=file,
                    signed=await self._signed(run, round_.intake),
                    holds=check_line(file, run.certificate).passed,
                )
        raise NotFound

    async def archive(self, run_id: UUID) -> bytes:
        """Return what a round publishes: files, verifier and certificate (zip); raises NotFound."""
        run = await self._runs.get(run_id)
        if run is None or run.certificate is None:
            raise NotFound
        tenant = self._work.tenant
        readers = [tenant.translator(language) for language in tenant.document.languages]
        instance, result = parse_instance(run.instance), parse_result(run.result)
        # The round is reproduced before it is published: a city's takes seconds.
        whole = await asyncio.to_thread(bundle, instance, result, readers=readers)
        record(self._work, Action.ROUND_READ, "run", run.id, files=True)
        return _with(whole, await self._signed(run, ""))

    async def _signed(self, run: AllocationRun, intake: str) -> Signed:
        return Signed(
            intake=intake,
            certificate=run.certificate or b"",
            signature=run.signature or b"",
            public_key=await self.public_key() or "",
        )

    async def _private_key(self) -> Ed25519PrivateKey:
        """Return the tenant's key, made at its first release."""
        key = await self._keys.get() or await self._new_key()
        return Ed25519PrivateKey.from_private_bytes(
            self._work.tenant.keys.open(key.sealed, _key_place(key.id))
        )

    async def _new_key(self) -> SigningKey:
        private, key_id = Ed25519PrivateKey.generate(), new_id()
        sealed = self._work.tenant.keys.seal(private.private_bytes_raw(), _key_place(key_id))
        return await self._keys.add(key_id, public=private.public_key().public_bytes_raw(), sealed=sealed)


def _with(archive: bytes, signed: Signed) -> bytes:
    """Return the archive with the certificate in it."""
    target = io.BytesIO(archive)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as opened:
        for name, content in (
            ("certificate.json", signed.certificate),
            ("certificate.sig", signed.signature),
            ("tenant.pem", signed.public_key.encode()),
        ):
            opened.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def _pem(public: bytes) -> str:
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _key_place(key_id: UUID) -> str:
    return f"signing_key.sealed|{key_id}"


def _secret_place(run_id: UUID) -> str:
    return f"allocation_run.line_secret|{run_id}"
