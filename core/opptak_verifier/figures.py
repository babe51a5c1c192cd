"""The figures of a run, counted a second time."""

from itertools import combinations

from opptak_verifier.account import Found
from opptak_verifier.shape import Row


def figures(found: Found, *, blocking: int, valid_claims: int) -> Row:
    """Return what the metrics must say; shares are parts per million, rounded down."""
    market, place, rows = found.market, found.result["assignment"], found.market.children
    got = {child: contract for child, contract in found.place.items() if contract}
    stated = {
        child: market.stated[child].index(one) for child, one in got.items() if one in market.stated[child]
    }
    asked = [rows[child]["wishes"][index] for child, index in stated.items()]
    far = sorted(wish["distance_m"] for wish in asked if isinstance(wish, dict) and "distance_m" in wish)
    own = {child: row["current"] for child, row in rows.items() if row.get("current") in market.programs}
    kept = {child for child, program in own.items() if place[child] == program}
    weeks = [market.units(row["capacity"]) for row in market.programs.values()]
    seats, used = _by_day(weeks), _by_day([one.need for one in got.values()])
    least = {program: row.get("min_group", 0) for program, row in market.programs.items()}
    return {
        "children": len(place),
        "programs": len(market.programs),
        "seats": sum(seats),
        "filled_ppm": _share(sum(used), sum(seats)),
        "filled_by_day_ppm": [*map(_share, used, seats)] if market.weekly else [],
        "placed": len(got),
        "unplaced": len(place) - len(got),
        "first": [*stated.values()].count(0),
        "first_ppm": _share([*stated.values()].count(0), len(place)),
        "top3_ppm": _share(sum(index < 3 for index in stated.values()), len(place)),
        "stated_ppm": _share(len(stated), len(place)),
        "fallback": len(got.keys() - stated.keys() - kept),
        "kept": len(kept),
        "moved": len(own.keys() & (got.keys() - kept)),
        "lost": len(own.keys() - got.keys()),
        "right_unplaced": sum(rows[child].get("right", False) for child in rows.keys() - got.keys()),
        "reserved_used": sum(
            slot != "open" for choice in found.choices.values() for slot in choice.slots.values()
        ),
        "lottery_decided": _refused_by(found, "lottery"),
        "size_envy": _refused_by(found, "size"),
        "siblings_apart": _apart(found),
        "pinned": sum("pinned" in row for row in rows.values()),
        "under_minimum": sum(0 < len(those) < least[program] for program, those in found.held.items()),
        "mean_distance_m": sum(far) // max(1, len(far)),
        "p90_distance_m": far[(len(far) * 9 - 1) // 10] if far else 0,
        "blocking": blocking,
        "valid_claims": valid_claims,
    }


def _by_day(weeks: list[tuple[int, ...]]) -> list[int]:
    return [sum(units) for units in zip(*weeks, strict=True)] or [0] * 5


def _share(part: int, whole: int) -> int:
    return part * 10**6 // whole if whole else 0


def _refused_by(found: Found, reason: str) -> int:
    return sum(any(wish["by"] == reason for wish in told) for told in found.result["wishes"].values())


def _apart(found: Found) -> int:
    """Count siblings whose first wish was one facility and who are not in one facility."""
    facility: Row = {program: row["facility"] for program, row in found.market.programs.items()}
    families: dict[str, list[tuple[str | None, str | None, str]]] = {}
    for child, row in found.market.children.items():
        first = [facility[contract.program] for contract in found.market.stated[child][:1]]
        there = facility.get(found.result["assignment"][child])
        families.setdefault(row["family"], []).append((*(first or [None]), there, child))
    pairs = [pair for siblings in families.values() for pair in combinations(siblings, 2)]
    return len(
        {
            c[2]
            for pair in pairs
            if pair[0][0] == pair[1][0] is not None and pair[0][1] != pair[1][1]
            for c in pair
        }
    )
