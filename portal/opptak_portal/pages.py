"""Pages with a form: the same page whether it is asked for, or shown again because something was wrong."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from opptak.admission.errors import ApplicationChanged
from opptak.admission.schemas import ApplicationView, HouseChoice
from opptak.kit.errors import Invalid
from opptak.webkit import FormRefused, Html, Screen
from opptak_portal.views.calendar import calendar
from opptak_portal.views.sheet import (
    days_choices,
    first_values,
    may_declare,
    priority_state,
    ranked,
    right,
    rows,
)
from opptak_portal.views.words import Words

__all__ = ("Page", "application_page", "no_page", "priority_page", "review_page", "wishes_page")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page about an application, ready to be drawn."""

    template: str
    title: str
    context: Mapping[str, Any]
    title_params: Mapping[str, str] = {}

    def show(self, screen: Screen) -> Html:
        """Draw it."""
        return screen.render(
            self.template, title=self.title, title_params=self.title_params, changed=False, **self.context
        )

    def refused(self, error: Invalid | ApplicationChanged) -> FormRefused:
        """Return what to raise to have it drawn again, with what was wrong; nothing typed is lost."""
        return FormRefused(
            self.template,
            error.fields if isinstance(error, Invalid) else {},
            title=self.title,
            status=error.status,
            title_params=self.title_params,
            changed=isinstance(error, ApplicationChanged),
            **self.context,
        )


def application_page(screen: Screen, application: ApplicationView, *, typed: Mapping[str, str]) -> Page:
    """Return the two questions, filled with the answers so far and what has been typed."""
    config, today = screen.tenant.document.round(application.intake), screen.tenant.today()
    words = Words(screen.text)
    return Page(
        template="portal/application.html",
        title="portal.application.title",
        title_params={"name": application.child_name},
        context={
            "application": application,
            "calendar": calendar(config, today),
            "right": right(application, config, words, today=today),
            "days": days_choices(config, words),
            "rows": rows(application, words),
            "values": {**first_values(application, config), **typed},
        },
    )


def review_page(screen: Screen, application: ApplicationView) -> Page:
    """Return the answers to check before they are sent."""
    config, today = screen.tenant.document.round(application.intake), screen.tenant.today()
    words = Words(screen.text)
    return Page(
        template="portal/review.html",
        title="portal.review.title",
        context={
            "application": application,
            "calendar": calendar(config, today),
            "right": right(application, config, words, today=today),
            "rows": rows(application, words),
        },
    )


def wishes_page(
    screen: Screen,
    application: ApplicationView,
    choices: Sequence[HouseChoice],
    *,
    chosen: Sequence[UUID],
    accepts_elsewhere: bool,
) -> Page:
    """Return the wishes in the order `chosen`, with the houses that can be added."""
    words = Words(screen.text)
    left = [one for one in choices if one.facility_id not in chosen]
    most = screen.tenant.document.round(application.intake).max_wishes
    return Page(
        template="portal/wishes.html",
        title="portal.wishes.title",
        context={
            "application": application,
            "wishes": ranked(chosen, application, choices, words),
            "houses": ranked([one.facility_id for one in left], application, choices, words),
            "room": most - len(chosen),
            "most": most,
            "values": {"accepts_elsewhere": "yes" if accepts_elsewhere else ""},
        },
    )


def priority_page(application: ApplicationView, *, stated: bool) -> Page:
    """Return the question about the priority by law."""
    return Page(
        template="portal/priority.html",
        title="portal.priority.title",
        context={
            "application": application,
            "state": priority_state(application),
            "open": may_declare(application),
            "values": {"statutory_priority": "yes" if stated else ""},
        },
    )


def no_page(application: ApplicationView) -> Page:
    """Return the question why no place is wanted."""
    return Page(
        template="portal/no.html",
        title="portal.no.title",
        context={"application": application, "answers": ("not_now", "stays_home", "elsewhere")},
    )
