"""What holds for every provider, and how one that speaks HTTP must fail."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx
import pytest

from opptak.hooks.errors import Configuration, Temporary
from opptak.hooks.providers import Provider

__all__ = ("Faults", "ProviderContract")

P = TypeVar("P", bound=Provider)

HTML = b"<html><body>Service unavailable, support id 4711</body></html>"


class ProviderContract(Generic[P]):
    """Base of all contracts. Fixture: `provider`, ready to be used and sure to succeed."""

    family: type[Provider] = Provider

    @staticmethod
    async def exercise(provider: Any) -> object:
        """Make the simplest call of the family that reaches outside."""
        return await provider.check()

    def test_provider_is_of_its_family(self, provider: P) -> None:
        assert isinstance(provider, self.family)
        assert provider.name
        assert provider.name == provider.name.strip().lower()
        assert all(isinstance(capability, str) for capability in provider.capabilities)

    @pytest.mark.asyncio
    async def test_check_succeeds_and_logs_nothing_personal(
        self, provider: P, nothing_personal_logged: Callable[..., None]
    ) -> None:
        report = await provider.check()
        assert report.ok, report


class Faults:
    """Mixed into the test class of a provider that speaks HTTP.

    Fixture: `provider_over`, which makes the provider on top of a transport.
    """

    @pytest.mark.asyncio
    @pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
    async def test_no_answer_is_temporary(
        self,
        provider_over: Callable[[httpx.AsyncBaseTransport], Provider],
        failure: type[httpx.TransportError],
    ) -> None:
        def fail(request: httpx.Request) -> httpx.Response:
            raise failure("gone", request=request)

        with pytest.raises(Temporary):
            await self._exercise(provider_over(httpx.MockTransport(fail)))

    @pytest.mark.asyncio
    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_busy_service_is_temporary(
        self, provider_over: Callable[[httpx.AsyncBaseTransport], Provider], status: int
    ) -> None:
        busy = httpx.MockTransport(lambda _: httpx.Response(status, content=HTML))
        with pytest.raises(Temporary):
            await self._exercise(provider_over(busy))

    @pytest.mark.asyncio
    @pytest.mark.parametrize("body", [HTML, b'{"cut": [{"off":', b"[1, 2", b"\xff\xfe"])
    async def test_malformed_answer_is_temporary(
        self, provider_over: Callable[[httpx.AsyncBaseTransport], Provider], body: bytes
    ) -> None:
        nonsense = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
        with pytest.raises(Temporary):
            await self._exercise(provider_over(nonsense))

    @pytest.mark.asyncio
    async def test_refused_rights_ask_for_configuration(
        self, provider_over: Callable[[httpx.AsyncBaseTransport], Provider]
    ) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            return httpx.Response(403, json={"error": "invalid_scope"})

        with pytest.raises(Configuration):
            await self._exercise(provider_over(httpx.MockTransport(refuse)))

    @pytest.mark.asyncio
    async def test_check_reports_instead_of_failing(
        self, provider_over: Callable[[httpx.AsyncBaseTransport], Provider]
    ) -> None:
        down = httpx.MockTransport(lambda _: httpx.Response(503))
        report = await provider_over(down).check()
        assert not report.ok
        assert report.hint

    async def _exercise(self, provider: Provider) -> None:
        assert isinstance(self, ProviderContract)
        await self.exercise(provider)
