"""How near two names are: the slips of a pen that lead from one to the other. Knows no catalogue and no language.

The distance is that of Damerau and Levenshtein in its restricted form (no part is edited twice), with slips that are
common counting a little less: neighbours that changed places, and a letter written twice or once instead of twice.
"""

from __future__ import annotations

from _bisect import bisect_left

from ..typed import Collection, Iterable, Iterator

CROWD = 2000  # of more names only those are compared that begin alike: NEIGHBOURS to either side in the alphabet
NEIGHBOURS = 100
EASY, SLIP, OTHER = 0.9, 1.0, 1.1  # changed places or a doubled letter; a letter more or less; another letter
HEAD = 0.3  # more, if the first letter is another: it is rarely the one at fault
CASE = 0.5  # more, if one is capitalised and the other is not
CUT = 0.8  # a name broken off, and as much as TAIL for each letter that is missing
TAIL = 0.05


def nearest_of(name: str, known: Iterable[str]) -> list[str]:
    """The known name most like this one, and all that are as near; of these the first is for two dimensions."""
    found = sorted((cost, "2d" not in word, word) for word, cost in likely(name, Names(set(known)).around(name)))
    return [word for cost, _, word in found if cost == found[0][0]]


class Names:
    """Names that others are compared with: all, or of a crowd those around the place of one in the alphabet."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.ordered = sorted(known, key=str.lower) if len(known) > CROWD else None

    def around(self, name: str) -> Collection[str]:
        if self.ordered is None:
            return self.known
        place = bisect_left(self.ordered, name.lower(), key=str.lower)
        return self.ordered[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS]


def likely(name: str, known: Iterable[str]) -> Iterator[tuple[str, float]]:
    """The names that one may have meant, each with its distance."""
    small, limit = name.lower(), bearable(name)
    letters = set(small)
    for word in known:
        other = word.lower()
        case = CASE * (word[:1].isupper() != name[:1].isupper())
        if other.startswith(small) and len(small) > 2:
            yield word, round((CUT + TAIL * (len(other) - len(small)) if other != small else 0) + case, 3)
        elif abs(len(other) - len(small)) <= limit and differing(small, other, letters, 2 * limit) <= 2 * limit:
            cost = apart(small, other)
            if cost <= limit * OTHER - (OTHER - SLIP) * (limit == 1 and len(name) < 4):
                yield word, round(cost + case, 3)


def bearable(name: str) -> int:
    """How many slips a name of this length may hold."""
    return 0 if len(name) < 2 else max(1, len(name) // 3)


def differing(word: str, other: str, letters: set[str], most: int) -> int:
    """How many letters two words do not share, wherever they stand: quick, and never more than twice the slips.
    `letters` are those of the first; where those that one word alone has are more than `most`, no others count."""
    alone = letters.symmetric_difference(other)
    if len(alone) > most:
        return len(alone)
    return sum(abs(word.count(letter) - other.count(letter)) for letter in letters.union(other))


def apart(a: str, b: str) -> float:
    """The distance between two words."""
    before: list[float] = []
    row: list[float] = [float(n) for n in range(len(b) + 1)]
    for i, char in enumerate(a, 1):
        above, row = row, [float(i)]
        for j, meant in enumerate(b, 1):
            costs = [
                above[j - 1] + (0 if char == meant else OTHER),
                above[j] + (EASY if a[i - 2 : i - 1] == char and i > 1 else SLIP),
                row[j - 1] + (EASY if b[j - 2 : j - 1] == meant and j > 1 else SLIP),
            ]
            if i > 1 and j > 1 and char == b[j - 2] and meant == a[i - 2]:
                costs.append(before[j - 2] + EASY)
            row.append(min(costs))
        before = above
    return row[-1] + HEAD * (a[:1] != b[:1] and a[:2] != b[1::-1])
