"""Synthetic municipalities: families where people live, kindergartens near them, and what families wish.

A wish weighs distance against a facility's reputation, a sibling's presence and taste. The same preset and
seed give the same instance.
"""

import hashlib
import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from importlib.resources import files
from random import Random
from typing import NamedTuple

import msgspec

from opptak.engine.instance import (
    Algorithm,
    Child,
    Contributor,
    Instance,
    Priority,
    PriorityMode,
    Program,
    Reserve,
    Round,
    Rules,
    Wish,
    program_of,
)

__all__ = ("PRESETS", "build_city")

MILLION = 1_000_000
YOUNGEST = "u3"
BANDS = {YOUNGEST: 0.75, "o3": 0.25}
"""Age bands, under three and over, with their share of a main round's applicants."""
NEAR = 12
"""How many facilities a family weighs against one another; it accepts twice as many under the guarantee."""
KILOMETRE_COST = 0.35
"""What a kilometre takes from the attraction of a facility; the spreads below are in the same unit."""
REPUTATION_SPREAD = 0.15
TASTE_SPREAD = 0.25
SIBLING_PULL = 2.0
MEAN_LIST = 4.2
LOCAL_SHARE = 0.85
"""Share of the seats that follows local demand; the rest is history."""
SIBLINGS_TOGETHER, SIBLING_PLACED, STATUTORY_SHARE, RIGHT_SHARE = 0.04, 0.22, 0.02, 0.93
CONSENT_SHARE, PROTECTED_SHARE, TAG_SHARE = 0.85, 0.01, 0.2
STATUTORY, RIGHT, NEITHER = 1, 2, 3
"""Tiers: statutory priority, the right to a place, neither."""
SIBLING_POINTS, DISTRICT_POINTS = 20, 10
LONGEST_WAIT = 900
"""Days a child may have been on the list."""


class _Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    children: int
    transfers: int
    facilities: int
    villages: int
    gap_m: int
    listed: int
    seats_ppm: int
    reserve: Reserve | None = None
    algorithm: Algorithm = Algorithm.DEFERRED_ACCEPTANCE
    hours: tuple[tuple[int, int], ...] = ()
    ranked_every: int = 0


PRESETS = msgspec.convert(
    tomllib.loads((files("opptak.engine") / "cities.toml").read_text(encoding="utf-8")),
    dict[str, _Preset],
)
"""The municipalities there are, by name."""


def build_city(name: str, *, seed: int) -> Instance:
    """Build the municipality `name`, one of PRESETS."""
    key = f"{name}:{seed}"
    preset = PRESETS[name]
    city = _City(preset, Random(key))  # noqa: S311 -- must repeat itself
    programs, children = city.programs(), city.children()
    listed = PriorityMode.LISTED if preset.ranked_every else PriorityMode.POINTS
    return Instance(
        format="opptak-allocation/1",
        round=Round(tenant=name, intake="2027", seed=hashlib.sha256(key.encode()).hexdigest()),
        rules=Rules(algorithm=preset.algorithm, priority=listed),
        programs=city.ranked(programs, children) if preset.ranked_every else programs,
        children=children,
    )


class _Point(NamedTuple):
    x: float
    y: float

    def metres(self, other: "_Point") -> int:
        return round(math.hypot(self.x - other.x, self.y - other.y))


class _Facility(NamedTuple):
    id: str
    village: int
    point: _Point
    reputation: float
    seats: int


class _Household(NamedTuple):
    id: str
    village: int
    point: _Point
    sibling_at: str | None
    near: list[_Facility]


class _City:
    """Villages on a line, each with its share of the people and of the facilities."""

    def __init__(self, preset: _Preset, random: Random) -> None:
        self._preset = preset
        self._random = random
        self._shares = [random.uniform(0.5, 1.5) / (1 + village) ** 0.3 for village in range(preset.villages)]
        self._villages = [_Point(preset.gap_m * village, 0.0) for village in range(preset.villages)]
        self._facilities = self._build_facilities()
        self._around = [self._build_surroundings(village) for village in range(preset.villages)]
        self._held: Counter[str] = Counter()
        self._given: Counter[str] = Counter()

    def programs(self) -> tuple[Program, ...]:
        """Return a unit for each age band in each facility; the first for the youngest may keep seats."""
        programs: list[Program] = []
        for facility in self._facilities:
            for band in sorted(BANDS):
                seats = _seats(facility, band)
                keeps = facility is self._facilities[0] and band == YOUNGEST
                reserve = self._preset.reserve if keeps else None
                kept = (Reserve(count=min(reserve.count, seats), tag=reserve.tag),) if reserve else ()
                programs.append(
                    Program(
                        id=f"{facility.id}-{band}",
                        facility=facility.id,
                        capacity=seats,
                        district=f"v{facility.village + 1}",
                        band=band,
                        reserves=kept,
                    )
                )
        return tuple(programs)

    def children(self) -> tuple[Child, ...]:
        """Return the applicants; those who hold a place already come last."""
        preset, random = self._preset, self._random
        total = preset.children + preset.transfers
        children: list[Child] = []
        while len(children) < total:
            household = self._household(len(children) + 1)
            siblings = 2 if random.random() < SIBLINGS_TOGETHER else 1
            band = max(BANDS, key=lambda band: BANDS[band] * (len(children) + 1) - self._given[band])
            for ordinal in range(min(siblings, total - len(children))):
                self._given[band] += 1
                transfers = len(children) >= preset.children
                children.append(
                    self._child(f"c{len(children) + 1:06}", household, ordinal, band, transfers=transfers)
                )
        return tuple(children)

    def ranked(self, programs: Sequence[Program], children: Sequence[Child]) -> tuple[Program, ...]:
        """Return the programs, those of every so manyth provider with its own order of who wishes for it."""
        asking: dict[str, list[str]] = {program.id: [] for program in programs}
        for child in children:
            for wish in child.wishes:
                asking[program_of(wish)].append(child.id)
        every = self._preset.ranked_every
        own = {facility.id for facility in self._facilities[::every]}
        return tuple(
            msgspec.structs.replace(program, ranking=tuple(self._shuffled(asking[program.id])))
            if program.facility in own
            else program
            for program in programs
        )

    def _shuffled(self, children: Sequence[str]) -> list[str]:
        return self._random.sample(children, len(children))

    def _build_facilities(self) -> list[_Facility]:
        preset, random = self._preset, self._random
        rest = max(0, preset.facilities - preset.villages)
        homes = [
            *range(min(preset.villages, preset.facilities)),
            *random.choices(range(preset.villages), self._shares, k=rest),
        ]
        neighbours = Counter(homes)
        demand = [self._shares[home] / neighbours[home] for home in homes]
        history = [random.gammavariate(4.0, 0.25) for _ in homes]
        weights = [
            LOCAL_SHARE * local / sum(demand) + (1 - LOCAL_SHARE) * past / sum(history)
            for local, past in zip(demand, history, strict=True)
        ]
        seats = (preset.children + preset.transfers) * preset.seats_ppm // MILLION
        return [
            _Facility(f"k{number:04}", home, self._settle(home), random.gauss(0.0, REPUTATION_SPREAD), share)
            for number, (home, share) in enumerate(zip(homes, _divide(seats, weights), strict=True), start=1)
        ]

    def _build_surroundings(self, village: int) -> list[_Facility]:
        """Return the facilities a family in the village may come near to."""
        centre = self._villages[village]
        within = sum(facility.village == village for facility in self._facilities)
        nearest = sorted(self._facilities, key=lambda facility: facility.point.metres(centre))
        return nearest[: 2 * (NEAR + within)]

    def _household(self, number: int) -> _Household:
        random = self._random
        village = random.choices(range(len(self._shares)), self._shares)[0]
        point = self._settle(village)
        near = nsmallest(2 * NEAR, self._around[village], key=lambda facility: facility.point.metres(point))
        sibling_at = near[0].id if random.random() < SIBLING_PLACED else None
        return _Household(f"f{number:06}", village, point, sibling_at, near)

    def _settle(self, village: int) -> _Point:
        centre, spread = self._villages[village], self._preset.gap_m / 6
        return _Point(self._random.gauss(centre.x, spread), self._random.gauss(centre.y, spread))

    def _child(self, name: str, household: _Household, ordinal: int, band: str, *, transfers: bool) -> Child:
        random = self._random
        liked = self._by_liking(household)
        current = self._current(liked, band) if transfers else None
        wanted = [facility for facility in liked if facility.id != current][: self._list_length()]
        statutory, right = random.random() < STATUTORY_SHARE, random.random() < RIGHT_SHARE
        tier = STATUTORY if statutory else RIGHT if right else NEITHER
        consents = right and not transfers and random.random() < CONSENT_SHARE
        protected = random.random() < PROTECTED_SHARE
        tagged = self._preset.reserve is not None and random.random() < TAG_SHARE
        hours = self._hours()
        tags = [*(["protected"] if protected else []), *([self._tag()] if tagged else [])]
        return Child(
            id=name,
            family=household.id,
            ordinal=ordinal,
            band=band,
            tags=tuple(tags),
            district=f"v{household.village + 1}",
            right=right,
            current=f"{current}-{band}" if current else None,
            wishes=tuple(_wish(household, facility, band, hours, protected=protected) for facility in wanted),
            fallback=tuple(f"{facility.id}-{band}" for facility in household.near if facility not in wanted)
            if consents
            else None,
            priority=Priority(tier=tier, points=0, ties=self._waited()),
            priority_at={} if self._in_one_queue else _priorities(household, wanted, band, tier),
        )

    def _by_liking(self, household: _Household) -> list[_Facility]:
        random = self._random

        def liking(facility: _Facility) -> float:
            kilometres = facility.point.metres(household.point) / 1000
            taste = -math.log(-math.log(random.uniform(1e-12, 1 - 1e-12))) * TASTE_SPREAD
            pull = SIBLING_PULL if facility.id == household.sibling_at else 0.0
            return facility.reputation + taste + pull - KILOMETRE_COST * kilometres

        return sorted(household.near[:NEAR], key=liking, reverse=True)

    def _current(self, liked: Sequence[_Facility], band: str) -> str | None:
        """Return where a child is today: somewhere with a seat, and seldom where it would best like to be."""
        for facility in [*liked[1:], *liked[:1]]:
            program = f"{facility.id}-{band}"
            if self._held[program] < _seats(facility, band):
                self._held[program] += 1
                return facility.id
        return None

    def _list_length(self) -> int:
        limit, length, product = math.exp(-MEAN_LIST), 0, self._random.random()
        while product > limit:
            length += 1
            product *= self._random.random()
        return min(max(1, length), self._preset.listed)

    @property
    def _in_one_queue(self) -> bool:
        return self._preset.algorithm is Algorithm.SENIORITY

    def _waited(self) -> tuple[int, ...]:
        """Return the day on which a child was put on the list, where that decides."""
        return (self._random.randrange(LONGEST_WAIT),) if self._in_one_queue else ()

    def _hours(self) -> int | None:
        choices = self._preset.hours
        return self._random.choices(*zip(*choices, strict=True))[0] if choices else None

    def _tag(self) -> str:
        return self._preset.reserve.tag if self._preset.reserve else ""


def _seats(facility: _Facility, band: str) -> int:
    under = round(facility.seats * BANDS[YOUNGEST])
    return under if band == YOUNGEST else facility.seats - under


def _divide(total: int, weights: Sequence[float]) -> list[int]:
    """Divide seats by weight; the largest remainders get what is left."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: shares[index] - exact[index])
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def _wish(
    household: _Household, facility: _Facility, band: str, hours: int | None, *, protected: bool
) -> str | Wish:
    program = f"{facility.id}-{band}"
    distance = None if protected else facility.point.metres(household.point)
    if hours is None and distance is None:
        return program
    return Wish(program=program, hours=hours, distance_m=distance)


def _priorities(
    household: _Household, wanted: Sequence[_Facility], band: str, tier: int
) -> dict[str, Priority]:
    found = {}
    for facility in wanted:
        reasons = []
        if facility.id == household.sibling_at:
            reasons.append(Contributor(criterion="sibling", points=SIBLING_POINTS))
        if facility.village == household.village:
            reasons.append(Contributor(criterion="district", points=DISTRICT_POINTS))
        if reasons:
            points = sum(reason.points for reason in reasons)
            found[f"{facility.id}-{band}"] = Priority(tier=tier, points=points, reasons=tuple(reasons))
    return found
