"""Drawing the page a visitor asked for."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from litestar import Response
from litestar.enums import MediaType
from litestar.response import Redirect

from opptak.authz.check import allowed
from opptak.kit.errors import NotFound
from opptak.kit.i18n import Translator
from opptak.kit.subject import Space
from opptak.tenancy.config import Module
from opptak.tenancy.context import TenantContext
from opptak.ui.engine import Flash, FlashColor, NavItem, PageFrame
from opptak.ui.theme import Brand
from opptak.webkit.csrf import csrf_token
from opptak.webkit.forms import Form, FormRefused
from opptak.webkit.languages import choices
from opptak.webkit.stash import STASH_COOKIE, stashed_form
from opptak.webkit.visit import Visit

__all__ = ("Html", "PersonUnknown", "Screen", "brand_of")

Html = Response[str]
"""A page."""

_FLASH = "flash"
_FLASH_KEPT = timedelta(minutes=5)


class PersonUnknown(NotFound):
    """The one who is logged in is not (yet) among the tenant's people."""

    code = "person_unknown"


class Screen:
    """What a handler draws on: the site's frame, in the visitor's language."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.tenant: TenantContext = visit.tenant
        self.text: Translator = visit.tenant.translator(visit.language)
        """Texts in the visitor's language: `screen.text("portal.front.title")`."""

    @property
    def person_id(self) -> UUID:
        """Who is logged in; raises PersonUnknown while the register has not told."""
        found = self.visit.subject.id
        if found is None:
            raise PersonUnknown
        return found

    def has(self, module: Module | None) -> bool:
        """Return whether those of this site have a module; what belongs to none is always there."""
        return module is None or self.tenant.document.has(module, self.visit.site.space)

    @property
    def form(self) -> Form:
        """What was posted."""
        return self.visit.form or Form({})

    @property
    def stash(self) -> Form | None:
        """What this person had filled in on this page when the login ran out, to fill it in again."""
        return stashed_form(self.visit)

    def render(
        self,
        template: str,
        /,
        *,
        title: str,
        title_params: Mapping[str, str | int] | None = None,
        status: int = 200,
        **context: object,
    ) -> Html:
        """Return the page; `title` is a message key, `context` what the template names."""
        return self._draw(template, self._frame(title, title_params or {}), context, status)

    def piece(self, template: str, /, **context: object) -> str:
        """Return a part of a page, to be put in place of the one that is shown."""
        frame = self._bare_frame()
        return self.visit.templates.render(template, context, translator=self.text, page=frame)

    def render_refused(self, refused: FormRefused) -> Html:
        """Return the page of a form that can't be accepted, with what was typed."""
        filled = {"values": self.form.values, "errors": refused.errors, **refused.context}
        frame = self._frame(refused.title, refused.title_params)
        return self._draw(refused.template, frame, filled, refused.status)

    def redirect(self, path: str, *, flash: Flash | None = None) -> Redirect:
        """Send the browser to a page of ours after a post, with a message to show there."""
        self.visit.cookies.drop(STASH_COOKIE)
        if flash is not None:
            self.visit.cookies.seal(_FLASH, flash, max_age=_FLASH_KEPT)
        return Redirect(path, status_code=303)

    def _draw(self, template: str, frame: PageFrame, context: Mapping[str, object], status: int) -> Html:
        content = self.visit.templates.render(template, context, translator=self.text, page=frame)
        return Response(content, status_code=status, media_type=MediaType.HTML)

    def _frame(self, title: str, title_params: Mapping[str, str | int]) -> PageFrame:
        visit, document, site = self.visit, self.tenant.document, self.visit.site
        login, there = visit.login, self.has(site.module)
        return PageFrame(
            title=title,
            title_params=title_params,
            site=site.name,
            brand=brand_of(self.tenant, visit.language),
            logo=f"/brand/{self.tenant.version}/{document.brand.logo}" if document.brand.logo else None,
            languages=choices(self.tenant.catalogues, document.languages),
            path=visit.address,
            user=(login.subject.name or self.text("web.logged_in")) if login else None,
            csrf_token=csrf_token(visit),
            flashes=self._flashes(),
            training=document.training,
            nav=self._menu(),
            home=f"{site.prefix}/" if there else "",
            login=visit.login_path if there and not visit.at_login else None,
            logout=f"{site.prefix}/logout",
            information=document.has(Module.PORTAL, Space.PARENTS),
        )

    def _bare_frame(self) -> PageFrame:
        site = self.visit.site.name
        return PageFrame(title=site, site=site, brand=brand_of(self.tenant, self.visit.language))

    def _flashes(self) -> tuple[Flash, ...]:
        flash = self.visit.cookies.unseal(_FLASH, Flash)
        self.visit.cookies.drop(_FLASH)
        kept = Flash("web.stash_kept", FlashColor.INFO) if self.visit.stash_shown else None
        return tuple(shown for shown in (flash, kept) if shown)

    def _menu(self) -> tuple[NavItem, ...]:
        visit = self.visit
        shown = [
            item
            for item in visit.site.menu
            if visit.login and self.has(item.module) and allowed(visit.subject, item.action)
        ]
        home = f"{visit.site.prefix}/"
        return tuple(NavItem(one.label, one.path, _inside(visit.path, one.path, home=home)) for one in shown)


def brand_of(tenant: TenantContext, language: str) -> Brand:
    """Return how the tenant looks, with its name in a language."""
    look = tenant.document.brand
    return _brand(tenant.document.title(language), look.accent, look.neutral, look.logo or None)


@lru_cache(maxsize=1024)
def _brand(name: str, accent: str, neutral: str, logo: str | None) -> Brand:
    return Brand(name=name, accent=accent, neutral=neutral, logo=logo)


def _inside(path: str, menu_path: str, *, home: str) -> bool:
    """Return whether a page belongs to an entry of the menu; the first page has none below it."""
    entry = menu_path.rstrip("/")
    if menu_path == home:
        return path.rstrip("/") == entry
    return path == entry or path.startswith(f"{entry}/")
