"""Fixtures for the audit log."""

import pytest
from tests.core.audit.tampering import Tamper

from opptak.runtime import Runtime
from opptak.tenancy.context import TenantContext


@pytest.fixture
def tamper(runtime: Runtime, tenant: TenantContext) -> Tamper:
    """Change this test's log behind everybody's back."""
    return Tamper(runtime, tenant)
