"""What can go wrong with the proactive lane."""

from opptak.kit.errors import Conflict, NotFound

__all__ = ("CampaignNotFound", "OutreachNotConfigured", "OutreachTooLate")


class OutreachNotConfigured(Conflict):
    """The municipality has not set up the proactive lane for this round."""

    code = "outreach_not_configured"


class OutreachTooLate(Conflict):
    """The round's deadline has passed: nobody is asked to answer by a day that is over."""

    code = "outreach_too_late"


class CampaignNotFound(NotFound):
    """There is no campaign for this round."""

    code = "campaign_not_found"
