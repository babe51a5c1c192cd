"""What everybody may read: the front page, whom to ask, and what the site does with people's data."""

from litestar import Controller, get

from opptak.authz.check import PUBLIC
from opptak.tenancy.context import TenantContext
from opptak.webkit import Given, Html, Screen
from opptak_portal.views.calendar import Calendar, calendar, round_ahead
from opptak_portal.views.steps import way
from opptak_portal.views.words import Words

__all__ = ("Information",)


class Information(Controller):
    """Public pages without a query."""

    @get("/", action=PUBLIC)
    async def front(self, screen: Given[Screen]) -> Html:
        """Tell what this is, until when one can apply, and how it goes on."""
        seen = _calendar(screen.tenant)
        words = Words(screen.text)
        return screen.render(
            "portal/front.html",
            equal_languages=screen.tenant.document.equal_languages,
            title="portal.front.title",
            title_params={"municipality": screen.tenant.document.title(screen.visit.language)},
            calendar=seen,
            steps=way(seen.round, words) if seen else (),
            logged_in=screen.visit.login is not None,
        )

    @get("/contact", action=PUBLIC)
    async def contact(self, screen: Given[Screen]) -> Html:
        """Tell whom to ask."""
        return _about(screen, "contact")

    @get("/privacy", action=PUBLIC)
    async def privacy(self, screen: Given[Screen]) -> Html:
        """Tell what is kept about whom, why and for how long."""
        return _about(screen, "privacy")

    @get("/accessibility", action=PUBLIC)
    async def accessibility(self, screen: Given[Screen]) -> Html:
        """State how accessible the site is (directive 2016/2102, article 7)."""
        return _about(screen, "accessibility")


def _calendar(tenant: TenantContext) -> Calendar | None:
    today = tenant.today()
    config = round_ahead(tenant.document.rounds, today)
    return None if config is None else calendar(config, today)


def _about(screen: Screen, topic: str) -> Html:
    document = screen.tenant.document
    return screen.render(
        f"portal/{topic}.html",
        title=f"portal.{topic}.title",
        document=document,
        municipality=document.title(screen.visit.language),
    )
