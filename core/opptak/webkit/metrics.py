"""Counts of requests, for Prometheus. Labels are route templates and never an id, a tenant or a person."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

__all__ = ("Metrics",)

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the duration's buckets, in seconds."""


class Metrics:
    """What this process has served since it started."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[method, route, status] += 1
        self._buckets[route][bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] += seconds

    def text(self, gauges: Mapping[str, float] | None = None) -> str:
        """Return everything in Prometheus's text format 0.0.4, and what stands at a number right now."""
        return "\n".join((*self._counted(), *self._timed(), *_measured(gauges or {}), ""))

    def _counted(self) -> Iterator[str]:
        yield "# TYPE opptak_requests_total counter"
        for (method, route, status), count in sorted(self._requests.items()):
            yield f'opptak_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'

    def _timed(self) -> Iterator[str]:
        yield "# TYPE opptak_request_seconds histogram"
        for route, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
                total += count
                yield f'opptak_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}'
            yield f'opptak_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'opptak_request_seconds_count{{route="{route}"}} {total}'


def _measured(gauges: Mapping[str, float]) -> Iterator[str]:
    """Yield gauges; a key may carry labels, and those of one name follow each other."""
    named = ""
    for key, number in gauges.items():
        name = key.partition("{")[0]
        if name != named:
            yield f"# TYPE {name} gauge"
        named = name
        yield f"{key} {number}"
