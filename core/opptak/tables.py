"""All mapped tables, imported together: for migrations and whoever needs the whole schema."""

from opptak.admission import models as admission
from opptak.allocation import models as allocation
from opptak.audit import models as audit
from opptak.documents import models as documents
from opptak.errands import models as errands
from opptak.facilities import models as facilities
from opptak.identity import models as identity
from opptak.kit import outbox
from opptak.offers import models as offers
from opptak.outreach import models as outreach
from opptak.people import models as people
from opptak.placements import models as placements
from opptak.tenancy import models as tenancy

__all__ = (
    "admission",
    "allocation",
    "audit",
    "documents",
    "errands",
    "facilities",
    "identity",
    "offers",
    "outbox",
    "outreach",
    "people",
    "placements",
    "tenancy",
)
