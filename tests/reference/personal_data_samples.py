"""Made-up ids of the usual shapes, and personal data in the usual ways of writing; seeded."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REGIONS = (*range(1, 10), *range(10, 20), *range(30, 39), *range(70, 90), *range(91, 97))
AREAS = ("010", "011", "012", "013", "014", "015", "016", "017", "018", "019", "020", "021", "022")
MOBILES = ("060", "061", "062", "063", "064", "065", "066", "069")
FIRST, LAST = date(2012, 1, 1), date(2026, 11, 30)

Sample = Callable[[random.Random], str]


def day(chance: random.Random, first: date = FIRST) -> date:
    return first + timedelta(days=chance.randrange((LAST - first).days))


def instant(chance: random.Random) -> datetime:
    """An instant within a week of the last day."""
    last = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)
    return last - timedelta(milliseconds=chance.randrange(6 * 86_400_000))


IDS: Mapping[str, Sample] = {
    "day first with a counter": lambda c: f"{day(c):%d%m%Y}-{c.randrange(10**5)}",
    "year first with a counter": lambda c: f"{day(c):%Y%m%d}-{c.randrange(10**5):05}",
    "day with hyphens and a counter": lambda c: f"pl-{day(c)}-{c.randrange(10**5):05}",
    "milliseconds since 1970": lambda c: str(int(instant(c).timestamp() * 1000)),
    "date and time in digits": lambda c: f"{instant(c):%Y%m%d%H%M%S}{c.randrange(1000):03}",
    "UUID": lambda c: str(UUID(int=c.getrandbits(128), version=4)),
    "UUID without hyphens": lambda c: UUID(int=c.getrandbits(128), version=4).hex,
    "ULID": lambda c: "01" + "".join(c.choices(CROCKFORD, k=24)),
    "running number with a prefix": lambda c: f"NES-{c.randrange(10**7):08}",
    "case number with slashes": lambda c: (
        f"{c.randrange(100, 1000)}-{c.randrange(10**4)}/{day(c).year}-{c.randrange(1, 100):02}"
    ),
}
"""Ten shapes of ids that identify nobody."""


def jmbg(chance: random.Random) -> str:
    """A valid personal number of somebody born from 1930 to the last day."""
    born = day(chance, date(1930, 1, 1))
    rest = f"{chance.choice(REGIONS):02}{chance.randrange(1000):03}"
    digits = f"{born:%d%m}{born.year % 1000:03}{rest}"
    weights = (7, 6, 5, 4, 3, 2) * 2
    check = 11 - sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11
    return digits + str(0 if check > 9 else check)


def parts(text: str, *lengths: int) -> list[str]:
    """The text, cut into pieces of these lengths."""
    found, position = [], 0
    for length in lengths:
        found.append(text[position : position + length])
        position += length
    return found


JMBGS: Mapping[str, Sample] = {
    "in one piece": jmbg,
    "with letters around it": lambda c: f"ID{jmbg(c)}x",
    "after a hyphen": lambda c: f"nes-{jmbg(c)}",
    "day and rest by a hyphen": lambda c: "-".join(parts(jmbg(c), 7, 6)),
    "day, region and rest by blanks": lambda c: " ".join(parts(jmbg(c), 7, 2, 3, 1)),
    "day, month, year by points": lambda c: ".".join(parts(jmbg(c), 2, 2, 3, 2, 4)),
    "by slashes": lambda c: "/".join(parts(jmbg(c), 2, 2, 3, 6)),
    "by underscores": lambda c: "_".join(parts(jmbg(c), 7, 5, 1)),
    "in full-width digits": lambda c: jmbg(c).translate(
        {ord(str(n)): chr(0xFF10 + n) for n in range(10)}
    ),
    "inside a code": lambda c: f"p-{jmbg(c)}{''.join(c.choices('abcdefghjkmnp', k=13))}",
}


def subscriber(chance: random.Random) -> str:
    """The digits after a mobile prefix."""
    return str(chance.randrange(1_000_000, 10_000_000))


PHONES: Mapping[str, Sample] = {
    "national": lambda c: c.choice(MOBILES) + subscriber(c),
    "with plus": lambda c: f"+381{c.choice(MOBILES)[1:]}{subscriber(c)}",
    "with 00": lambda c: f"00381{c.choice(MOBILES)[1:]}{subscriber(c)}",
    "with 381": lambda c: f"381{c.choice(MOBILES)[1:]}{subscriber(c)}",
    "after a slash": lambda c: f"{c.choice(MOBILES)}/{subscriber(c)}",
    "in groups by hyphens": lambda c: "-".join([c.choice(MOBILES), *parts(subscriber(c), 3, 4)]),
    "in groups by blanks": lambda c: " ".join([c.choice(MOBILES), *parts(subscriber(c), 3, 2, 2)]),
    "with plus, in groups": lambda c: (
        f"+381 {c.choice(MOBILES)[1:]} {' '.join(parts(subscriber(c), 3, 4))}"
    ),
    "of a town, in groups": lambda c: (
        f"({c.choice(AREAS)}) {c.randrange(2000, 9999)}-{c.randrange(100, 999)}"
    ),
    "after a label": lambda c: f"tel_{c.choice(MOBILES)}{subscriber(c)}",
}
NAMES = ("ana", "petar.petrovic", "m_jovic", "a-b", "ana+lmc", "Ana", "x1", "ана")
HOSTS = ("example.rs", "mail.example.co.rs", "EXAMPLE.COM", "пример.срб", "a-b.example.org")
ADDRESSES: Mapping[str, Sample] = {
    "plain": lambda c: f"{c.choice(NAMES)}{c.randrange(1000)}@{c.choice(HOSTS)}",
    "mailto": lambda c: f"mailto:{c.choice(NAMES)}@{c.choice(HOSTS)}",
    "in angle brackets": lambda c: f"<{c.choice(NAMES)}@{c.choice(HOSTS)}>",
    "with a name": lambda c: f"Ana <{c.choice(NAMES)}@{c.choice(HOSTS)}>",
    "with blanks": lambda c: f"{c.choice(NAMES)} @ {c.choice(HOSTS)}",
    "full-width": lambda c: f"{c.choice(NAMES)}\uff20{c.choice(HOSTS)}",
    "in a sentence": lambda c: f"pisati na {c.choice(NAMES)}@{c.choice(HOSTS)}, hvala",
    "after a slash": lambda c: f"nes/{c.choice(NAMES)}@{c.choice(HOSTS)}",
    "with digits": lambda c: f"{c.randrange(10**9)}@{c.choice(HOSTS)}",
    "in an id": lambda c: f"id:{c.choice(NAMES)}@{c.choice(HOSTS)}:{c.randrange(100)}",
}
