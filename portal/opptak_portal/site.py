"""The parents' site as the web process finds it."""

from opptak.authz.actions import Action
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.webkit import MenuItem, Site
from opptak_portal.controllers.certificates import CertificatePages
from opptak_portal.controllers.children import Children
from opptak_portal.controllers.declining import Declining
from opptak_portal.controllers.filling import Filling
from opptak_portal.controllers.following import Following
from opptak_portal.controllers.information import Information
from opptak_portal.controllers.kindergartens import Kindergartens
from opptak_portal.controllers.offers import OfferPages
from opptak_portal.controllers.sending import Sending
from opptak_portal.residents import Residents

__all__ = ("SITE",)

SITE = Site(
    name="portal.site",
    space=Space.PARENTS,
    package="opptak_portal",
    controllers=(
        Information,
        Kindergartens,
        Children,
        Filling,
        Sending,
        Declining,
        Following,
        CertificatePages,
        OfferPages,
    ),
    menu=(
        MenuItem("portal.children.title", "/children", Action.OWN_CHILDREN_READ),
        MenuItem("portal.kindergartens.title", "/kindergartens", Action.OWN_CHILDREN_READ),
    ),
    people=Residents(),
    module=Module.PORTAL,
)
