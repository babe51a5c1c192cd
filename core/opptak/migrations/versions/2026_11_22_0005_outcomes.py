"""Applications say what came of their offers, and whether their families could be written to.

Whoever runs the service sees in how many tenants the audit chain is broken.
"""

import sqlalchemy as sa
from alembic import op

from opptak.kit.db import Role

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("application", "offer")


def upgrade() -> None:
    """Tell applications what their offers say; those with an offer to answer stay as they are."""
    for name in ("offered", "unreachable"):
        op.add_column("application", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"grant select (number) on audit_chain to {Role.RELAY}")
    op.execute(f"""
        create policy audit_chain_relay on audit_chain for select to {Role.RELAY}
            using (jsonb_typeof(fault) = 'object')
    """)
    _for_all_tenants("""
        update application set offered = true where exists (select from offer
            where offer.tenant_id = application.tenant_id and offer.application_id = application.id)
    """)
    _for_all_tenants("""
        update application set status = 'placed' where status = 'allocated'
            and exists (select from offer where offer.tenant_id = application.tenant_id
                and offer.application_id = application.id
                and offer.status in ('accepted', 'accepted_staying_listed'))
            and not exists (select from offer where offer.tenant_id = application.tenant_id
                and offer.application_id = application.id and offer.status in ('held', 'sent'))
    """)
    _for_all_tenants("""
        update application set status = case newest.status when 'declined' then 'declined' else 'lapsed' end
            from (select distinct on (tenant_id, application_id) tenant_id, application_id, status from offer
                where status in ('declined', 'expired')
                order by tenant_id, application_id, id desc) as newest
            where application.status = 'not_allocated' and newest.tenant_id = application.tenant_id
                and newest.application_id = application.id
    """)


def _for_all_tenants(statement: str) -> None:
    """Change rows of every tenant; row-level security hides them from their owner too."""
    for table in _TABLES:
        op.execute(f"alter table {table} no force row level security")
    op.execute(statement)
    for table in _TABLES:
        op.execute(f"alter table {table} force row level security")
