"""Problems of messages and requests: a stable code, the place, the reason, the remedy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ..bilingual_text import BilingualText

_PERSONAL_DATA_FAMILY: Final = "E12"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a message. `path` is a JSON path; no text repeats personal data."""

    code: str
    path: str
    detail: str
    remedy: str

    def __post_init__(self) -> None:
        if self.code not in TITLES:
            raise ValueError(f"{self.code} is not a code of TITLES")

    @property
    def title(self) -> BilingualText:
        """The code's fixed title."""
        return TITLES[self.code]

    @property
    def is_personal_data(self) -> bool:
        """Whether the message contains personal data, so that neither bytes nor id are kept."""
        return self.code.startswith(_PERSONAL_DATA_FAMILY)


class Refusal(Exception):  # noqa: N818 - an outcome of validation
    """A message or request is refused for these problems, the most important first."""

    def __init__(self, problem: Problem, *others: Problem) -> None:
        super().__init__(f"{problem.code} {problem.path}: {problem.detail} {problem.remedy}")
        self.problems = (problem, *others)

    @property
    def problem(self) -> Problem:
        """The most important problem."""
        return self.problems[0]


def joined(problems: Sequence[Problem]) -> Problem:
    """Return one problem that stands for several: the first, whose remedy lists the others."""
    first, *others = problems
    further = [f"{each.code} {each.path}: {each.detail} {each.remedy}" for each in others]
    return replace(first, remedy=" ".join([first.remedy, *further]))


def refusal(code: str, path: str, detail: str, remedy: str) -> Refusal:
    """Make a refusal with one problem, to be raised."""
    return Refusal(Problem(code, path, detail, remedy))


def path_of(root: str, parts: Iterable[int | str]) -> str:
    """Return a JSON path; a name that is no plain word is replaced by `[?]`."""
    path = root
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if _PLAIN_WORD.fullmatch(part) else "[?]"
    return path


_PLAIN_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")

TITLES: Final[Mapping[str, BilingualText]] = MappingProxyType(
    {
        # E10: a value of the data
        "E1001": BilingualText("Вредност није са листе", "Value not on the list"),
        "E1002": BilingualText("Датум ван дозвољеног раздобља", "Date outside the allowed window"),
        "E1003": BilingualText("Непозната општина", "Unknown municipality"),
        "E1004": BilingualText("Непознато занимање", "Unknown occupation"),
        "E1005": BilingualText("Непозната држава", "Unknown country"),
        "E1006": BilingualText("Програм није пријављен", "Undeclared programme"),
        "E1007": BilingualText("Серија није пријављена", "Undeclared series"),
        "E1008": BilingualText("Организација није пријављена", "Undeclared organisation"),
        "E1009": BilingualText(
            "Шифра није шифра саме локалне самоуправе", "Not a council's own code"
        ),
        "E1010": BilingualText("Непознато поље", "Unknown field"),
        "E1011": BilingualText("Недостаје поље", "Missing field"),
        "E1012": BilingualText("Погрешан облик вредности", "Value in the wrong form"),
        "E1013": BilingualText("Број ван опсега", "Number out of range"),
        "E1014": BilingualText("Понављање у листи", "Repetition in a list"),
        "E1015": BilingualText("Празна вредност (null)", "Null value"),
        "E1016": BilingualText("Поља нису сагласна", "Fields contradict each other"),
        "E1017": BilingualText(
            "Податак не одговара јединици серије", "Figure does not fit the series' unit"
        ),
        "E1018": BilingualText("Непознат период", "Unknown period"),
        # E11: the envelope
        "E1101": BilingualText("Порука није читљив JSON", "Unreadable JSON"),
        "E1102": BilingualText("Порука није објекат", "Not an object"),
        "E1103": BilingualText("Порука је превелика", "Too large"),
        "E1104": BilingualText("Недозвољен знак", "Forbidden character"),
        "E1110": BilingualText("Непознат атрибут", "Unknown attribute"),
        "E1111": BilingualText("Недостаје атрибут", "Missing attribute"),
        "E1112": BilingualText("Неисправан атрибут", "Malformed attribute"),
        "E1113": BilingualText("Овај атрибут уписује само пријем", "Attribute set by intake only"),
        "E1114": BilingualText(
            "Предмет не одговара врсти догађаја", "Subject does not fit the type"
        ),
        "E1115": BilingualText("Овај извор то не може да саопшти", "Not allowed for this source"),
        "E1116": BilingualText("Непозната врста догађаја", "Unknown type"),
        "E1117": BilingualText("Непозната верзија врсте", "Unknown version of a type"),
        "E1118": BilingualText("Непотпуно повлачење чињенице", "Incomplete retraction"),
        "E1119": BilingualText(
            "Погрешна врста повучене чињенице", "Wrong type of the retracted fact"
        ),
        # E12: personal data; of these messages nothing is kept
        "E1201": BilingualText("Садржи ЈМБГ", "Contains a personal number (JMBG)"),
        "E1202": BilingualText("Садржи адресу е-поште", "Contains an e-mail address"),
        "E1203": BilingualText("Садржи број телефона", "Contains a phone number"),
        # E13: conflicts with earlier events
        "E1301": BilingualText("Исти id са другим садржајем", "Same id with other content"),
        "E1302": BilingualText(
            "Радња није могућа у овом стању", "Not possible in the present state"
        ),
        "E1303": BilingualText(
            "Иста ревизија са другим садржајем", "Same revision with other content"
        ),
        "E1304": BilingualText(
            "Исправка није упућена својој чињеници", "Correction of another fact"
        ),
        # E14: missing authentication or grants
        "E1401": BilingualText("Није пријављен", "Not authenticated"),
        "E1402": BilingualText("Нема овлашћење", "Not granted"),
        "E1403": BilingualText("Приступ није омогућен", "Access not enabled"),
        # E15: requests over HTTP
        "E1501": BilingualText("Неисправан захтев", "Malformed request"),
        "E1502": BilingualText("Није пронађено", "Not found"),
        "E1503": BilingualText("Непознато место", "Unknown place"),
        "E1504": BilingualText("Непознат показатељ", "Unknown indicator"),
        "E1505": BilingualText("Непозната подела или мера", "Unknown split or measure"),
        "E1506": BilingualText("Не објављује се", "Not published"),
        "E1507": BilingualText("Тренутно недоступно", "Temporarily unavailable"),
        "E1508": BilingualText("Веза је спорија од границе", "Too slow or too many"),
        "E1509": BilingualText("Задржано док се не провери", "Withheld while it is checked"),
        "E1510": BilingualText("Превише за један одговор", "Too much for one answer"),
        "E1511": BilingualText("Партнер не јавља", "A partner is silent"),
        "E1512": BilingualText("Избрисано заувек", "Erased for good"),
        "E1513": BilingualText("Врста садржаја није подржана", "Unsupported content type"),
        "E1514": BilingualText("Недостаје Idempotency-Key", "Missing Idempotency-Key"),
        # E19: internal errors
        "E1901": BilingualText("Интерна грешка", "Internal error"),
    }
)
