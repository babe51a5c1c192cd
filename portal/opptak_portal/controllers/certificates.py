"""Proof of the outcome: a family's own line of the signed certificate, and the certificates for everybody."""

from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from opptak.admission.service import Applications
from opptak.allocation.certificates import Certificates
from opptak.authz.actions import Action
from opptak.authz.check import PUBLIC
from opptak.facilities.service import Facilities
from opptak.tenancy.config import Module
from opptak.tenancy.context import Work
from opptak.webkit import Given, Html, Screen

__all__ = ("CertificatePages",)


class CertificatePages(Controller):
    """What lets anybody check that nothing was changed after the round was decided."""

    @get(
        "/applications/{application_id:uuid}/certificate",
        action=Action.OWN_APPLICATION_READ,
        module=Module.OFFERS,
    )
    async def own(self, work: Given[Work], screen: Given[Screen], application_id: FromPath[UUID]) -> Html:
        """Show the own line and whether it is under the certificate; raises NotFound before there is one."""
        application = await Applications(work).get(application_id)
        own = await Certificates(work).own(application.id)
        place = own.place
        houses = await Facilities(work).programs(work.tenant.today())
        return screen.render(
            "portal/certificate.html",
            title="portal.certificate.title",
            application=application,
            own=own,
            house=next((one.facility_name for one in houses if one.unit_id == place), ""),
        )

    @get(
        "/applications/{application_id:uuid}/line.json",
        action=Action.OWN_APPLICATION_READ,
        module=Module.OFFERS,
    )
    async def line(self, work: Given[Work], application_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out the own line, as the verifier reads it."""
        own = await Certificates(work).own(application_id)
        return _file(own.line, "line.json")

    @get(
        "/applications/{application_id:uuid}/certificate.json",
        action=Action.OWN_APPLICATION_READ,
        module=Module.OFFERS,
    )
    async def certificate(self, work: Given[Work], application_id: FromPath[UUID]) -> Response[bytes]:
        """Hand out the certificate the own line is under, as the verifier reads it."""
        own = await Certificates(work).own(application_id)
        return _file(own.signed.certificate, "certificate.json")

    @get("/.well-known/opptak-certificates.json", action=PUBLIC, module=Module.OFFERS)
    async def published(self, work: Given[Work]) -> Response[bytes]:
        """Return the certificates of all released rounds with signature and key, for everybody."""
        content = msgspec.json.encode(await Certificates(work).released())
        return Response(content, media_type="application/json")


def _file(content: bytes, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/json", headers=headers)
