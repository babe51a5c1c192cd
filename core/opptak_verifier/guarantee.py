"""Why a right to a place was not met: the causes and the proofs by counting, made a second time."""

from collections.abc import Iterator

from opptak_verifier.account import Found


class Guarantee:
    """Who has the right, what they accept under it, and who sits there with a claim of their own."""

    def __init__(self, found: Found) -> None:
        self.market, self.found, rows = found.market, found, found.market.children
        counted = {
            program for program, row in self.market.programs.items() if row.get("counts_for_guarantee", True)
        }
        lists = {
            child: [one for one in wishes if one.program in counted]
            for child, wishes in self.market.lists.items()
        }
        self.accepts = {child: {one.program for one in wishes} for child, wishes in lists.items()}
        self.right = {child for child, row in rows.items() if row.get("right")}
        self.unplaced = [child for child in rows if child in self.right and not found.place[child]]
        guaranteed = self.right if self.market.rules["fallback"] else set()
        self.consent = {child for child in guaranteed if "fallback" in rows[child] and self.accepts[child]}
        tiers = (self.market.key(c, one)[0] for c in self.unplaced if c in self.consent for one in lists[c])
        first = max(0, min(tiers, default=0))
        self.onward: dict[str, set[str]] = {}
        self.entitled: dict[str, set[str]] = {}
        for program, held in found.held.items():
            own = {child for child, one in held.items() if self.market.key(child, one)[0] < first}
            self.entitled[program] = own | (held.keys() & self.right)
            self.onward[program] = set[str]().union(
                *(self.accepts[child] for child in held.keys() & self.right)
            )

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the shortages told of."""
        told = sorted(
            (child, entry["cause"], entry.get("day"))
            for entry in self.found.result["shortage"]
            for child in entry["children"]
        )
        if told != sorted((child, *self._cause(child)) for child in self.unplaced):
            yield "children with the right and without a place are listed wrongly"
        for entry in self.found.result["shortage"]:
            programs, seats, claims = set(entry["programs"]), 0, len(entry["children"])
            if entry["cause"] == "seats":
                seats, claims = self._count(programs & self.market.programs.keys(), entry.get("day", 0))
                enough = claims > seats if self.market.weekly else claims >= seats + len(entry["children"])
                if not enough or not all(
                    self.accepts.get(child, {""}) <= programs for child in entry["children"]
                ):
                    yield "the shortage of seats is not proved"
            if (seats, claims) != (entry["seats"], entry["claims"]) or (
                programs and entry["cause"] != "seats"
            ):
                yield "the shortage is counted wrongly"

    def _cause(self, child: str) -> tuple[str, int | None]:
        """Return why a child with the right has no place, and the weekday that proves it where days count."""
        if child not in self.consent:
            return "consent", None
        reach, ahead = set[str](), self.accepts[child]
        while ahead:
            reach |= ahead
            ahead = set[str]().union(*(self.onward[program] for program in ahead)) - reach
        if self.market.weekly:
            days = (day for day in range(5) if int.__lt__(*self._count(reach, day)))
            day = next(days, None)
            return ("rules" if day is None else "seats"), day
        held, rows = self.found.held, self.market.programs
        full = all(len(self.entitled[p]) >= max(len(held[p]), rows[p]["capacity"]) for p in reach)
        return ("seats" if full else "rules"), None

    def _count(self, programs: set[str], day: int) -> tuple[int, int]:
        """Return a day's place-units, and how many are claimed: by right, or by who is there."""
        bound = (c for c in self.right if self.accepts[c] and self.accepts[c] <= programs)
        needs = [min(one.need[day] for one in self.market.lists[c] if one.program in programs) for c in bound]
        for program in programs:
            inside = self.entitled[program] if self.market.weekly else self.found.held[program].keys()
            needs += [self.found.held[program][c].need[day] for c in inside - self.right]
        return sum(self.market.units(self.market.programs[p]["capacity"])[day] for p in programs), sum(needs)
