"""The `part` parameter: which properties of a person a caller asks for."""

from collections.abc import Sequence

from opptak_simulators.no.refusals import Refusal

_BASIS = (
    "identifikasjonsnummer",
    "identitetsgrunnlag",
    "status",
    "doedsfall",
    "sivilstand",
    "foedsel",
    "statsborgerskap",
    "kjoenn",
    "navn",
    "bostedsadresse",
    "oppholdsadresse",
    "deltBosted",
    "postadresse",
    "postadresseIUtlandet",
    "adressebeskyttelse",
    "kontaktinformasjonForDoedsbo",
)

_GROUPS = {
    "person-basis": _BASIS,
    "historikk": (),
    "identitetsgrunnlag-utvidet": ("identitetsgrunnlag",),
    "relasjon-utvidet": ("familierelasjon", "foreldreansvar", "vergemaalEllerFremtidsfullmakt"),
}

_SINGLE = frozenset(_BASIS) | {
    "familierelasjon",
    "foreldreansvar",
    "vergemaalEllerFremtidsfullmakt",
    "brukAvSamiskSpraak",
    "forholdTilSametingetsValgmanntall",
    "foedselINorge",
    "falskIdentitet",
    "preferertKontaktadresse",
    "innflytting",
    "utflytting",
    "opphold",
}


def properties(parts: Sequence[str] | None) -> tuple[str, ...]:
    """Property names behind the parts, each once; 406 for a part there is not."""
    names: dict[str, None] = {}
    for part in parts or ("person-basis",):
        if part not in _GROUPS and part not in _SINGLE:
            raise Refusal(406, f"Ugyldig part: {part}", code="FREG-406")
        names.update(dict.fromkeys(_GROUPS.get(part, (part,))))
    return tuple(names)
