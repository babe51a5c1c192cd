"""The staff site as the web process finds it."""

from opptak.authz.actions import Action
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.webkit import MenuItem, Site
from opptak_admin.pages.applications import ApplicationPages
from opptak_admin.pages.assisting import AssistedPages
from opptak_admin.pages.audit import AuditPages
from opptak_admin.pages.claims import ClaimPages
from opptak_admin.pages.errands import ErrandPages
from opptak_admin.pages.freezing import FreezingPages
from opptak_admin.pages.kindergartens import KindergartenPages
from opptak_admin.pages.letters import LetterPages
from opptak_admin.pages.offers import OfferPages
from opptak_admin.pages.placements import PlacementPages
from opptak_admin.pages.plugins import PluginPages
from opptak_admin.pages.problems import ProblemPages
from opptak_admin.pages.rounds import RoundPages
from opptak_admin.pages.rulings import RulingPages
from opptak_admin.pages.runs import RunPages
from opptak_admin.pages.today import TodayPage

__all__ = ("SITE",)

SITE = Site(
    name="staff.site",
    space=Space.STAFF,
    package="opptak_admin",
    prefix="/staff",
    controllers=(
        TodayPage,
        ApplicationPages,
        ClaimPages,
        AssistedPages,
        KindergartenPages,
        RoundPages,
        RunPages,
        FreezingPages,
        RulingPages,
        ErrandPages,
        OfferPages,
        LetterPages,
        PlacementPages,
        ProblemPages,
        AuditPages,
        PluginPages,
    ),
    menu=(
        MenuItem("staff.menu.today", "/staff/", Action.TODAY_READ),
        MenuItem("staff.menu.applications", "/staff/applications", Action.APPLICATION_READ),
        MenuItem("staff.menu.kindergartens", "/staff/kindergartens", Action.FACILITY_READ),
        MenuItem("staff.menu.round", "/staff/round", Action.ROUND_READ),
        MenuItem("staff.menu.offers", "/staff/offers", Action.OFFER_READ, Module.OFFERS),
        MenuItem("staff.menu.placements", "/staff/placements", Action.PLACEMENT_READ),
        MenuItem("staff.menu.letters", "/staff/letters", Action.LETTER_READ),
        MenuItem("staff.menu.problems", "/staff/problems", Action.PROBLEM_READ),
        MenuItem("staff.menu.audit", "/staff/audit", Action.AUDIT_READ),
        MenuItem("staff.menu.plugins", "/staff/plugins", Action.TENANT_CONFIGURE),
    ),
)
