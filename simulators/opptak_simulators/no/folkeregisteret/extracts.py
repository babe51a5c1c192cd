"""Extracts (uttrekk): jobs whose batches are fetched one by one."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from opptak_simulators.no.refusals import Refusal
from opptak_simulators.no.tokens import Clock

BATCH_SIZE = 100
MOST_JOBS = 10
_FORGOTTEN_AFTER = timedelta(hours=1)
_RETRY_MILLISECONDS = "1500"


class _Job(Struct):
    consumer: str
    numbers: list[str]
    opened: datetime
    asked: bool = False
    drained: bool = False

    @property
    def batches(self) -> int:
        return -(-len(self.numbers) // BATCH_SIZE)


class Extracts:
    """A job is not ready at the first question, and ends when its empty batch has been read."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, _Job] = {}

    def open(self, consumer: str, numbers: Iterable[str]) -> str:
        """Start a job; 429 when the organisation has ten unfinished ones."""
        self._forget()
        running = [job for job in self._jobs.values() if job.consumer == consumer]
        if sum(not job.drained for job in running) >= MOST_JOBS:
            headers = {"Retry-After": _RETRY_MILLISECONDS}
            raise Refusal(429, "For mange samtidige uttrekk", code="FREG-429", headers=headers)
        job_id = str(uuid.uuid4())
        self._jobs[job_id] = _Job(consumer, list(numbers), self._clock())
        return job_id

    def batch(self, consumer: str, job_id: str, number: int) -> list[str]:
        """One batch; empty after the last. 404 until ready, 410 for what does not exist."""
        job = self._jobs.get(job_id)
        if job is None or job.consumer != consumer or not 0 <= number <= job.batches:
            raise Refusal(410, "Ukjent jobb eller batch", code="FREG-410")
        if not job.asked:
            job.asked = True
            raise Refusal(404, f"Batch med id={number} er enda ikke klar")
        job.drained = job.drained or number == job.batches
        return job.numbers[number * BATCH_SIZE : (number + 1) * BATCH_SIZE]

    def _forget(self) -> None:
        oldest = self._clock() - _FORGOTTEN_AFTER
        self._jobs = {key: job for key, job in self._jobs.items() if job.opened > oldest}
