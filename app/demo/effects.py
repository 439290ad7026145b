"""How the demonstration's answers say that one will know whether they helped.

Most count users; what changes only plans or the way of working says why it cannot be measured.
"""

from app.answers.completeness import ContractDraft

UNMEASURED_THEMES = ("planning", "service", "environment")
UNMEASURED = {
    "fi": "Muutos koskee tapaa toimia, eikä sen vaikutusta voi erottaa muista syistä.",
    "sv": "Ändringen gäller arbetssättet, och effekten kan inte skiljas från andra orsaker.",
}


def contract_of(matter_id: int) -> ContractDraft:
    """Users a week now and the number aimed at, which `stories` counts afterwards."""
    now = 30 + matter_id * 5 % 200
    return ContractDraft(
        indicator={"fi": "Käyttäjien määrä", "sv": "Antal användare"},
        measure_unit={"fi": "käyttäjää viikossa", "sv": "användare per vecka"},
        baseline=str(now),
        target=str(round(now * 1.3)),
        method={
            "fi": "Lasketaan paikan päällä viikon ajan.",
            "sv": "Räknas på plats under en vecka.",
        },
    )
