"""What is wrong with a message: a stable code, where, why, and what to do about it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .text import Text

PERSONAL_DATA_FAMILY: Final = "E12"


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal in words. `path` is a JSON path; no text ever repeats personal data."""

    code: str
    path: str
    detail: str
    remedy: str

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code} is no code of the list in schemas/problem.py")

    @property
    def title(self) -> Text:
        """The code's fixed title."""
        return CODES[self.code]

    @property
    def is_personal_data(self) -> bool:
        """Whether the message holds personal data: neither its bytes nor its id may be kept."""
        return self.code.startswith(PERSONAL_DATA_FAMILY)


class Refusal(Exception):  # noqa: N818 - the design's word: trouble is refused, unavailable or a bug
    """The message's fault. Carries the first problem found."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code} {problem.path}: {problem.detail} {problem.remedy}")
        self.problem = problem


def refusal(code: str, path: str, detail: str, remedy: str) -> Refusal:
    """A refusal of one problem, ready to raise."""
    return Refusal(Problem(code, path, detail, remedy))


def path_of(root: str, parts: Iterable[int | str]) -> str:
    """A JSON path. A name that is no plain word (it may be anything) is shown as `[?]`."""
    path = root
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if _PLAIN_WORD.fullmatch(part) else "[?]"
    return path


_PLAIN_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")

CODES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        # E10: a value of the data
        "E1001": Text("Вредност није са листе", "Value not on the list"),
        "E1002": Text("Датум ван дозвољеног раздобља", "Date outside the allowed window"),
        "E1003": Text("Непозната општина", "Unknown municipality"),
        "E1004": Text("Непознато занимање", "Unknown occupation"),
        "E1005": Text("Непозната држава", "Unknown country"),
        "E1006": Text("Програм није пријављен", "Undeclared programme"),
        "E1007": Text("Серија није пријављена", "Undeclared series"),
        "E1008": Text("Организација није пријављена", "Undeclared organisation"),
        "E1009": Text("Шифра није шифра саме локалне самоуправе", "Not a council's own code"),
        "E1010": Text("Непознато поље", "Unknown field"),
        "E1011": Text("Недостаје поље", "Missing field"),
        "E1012": Text("Погрешан облик вредности", "Value in the wrong form"),
        "E1013": Text("Број ван опсега", "Number out of range"),
        "E1014": Text("Понављање у листи", "Repetition in a list"),
        "E1015": Text("Празна вредност (null)", "Null value"),
        "E1016": Text("Поља нису сагласна", "Fields contradict each other"),
        "E1017": Text("Непознат период", "Unknown period"),
        # E11: the envelope
        "E1101": Text("Порука није читљив JSON", "Unreadable JSON"),
        "E1102": Text("Порука није објекат", "Not an object"),
        "E1103": Text("Порука је превелика", "Too large"),
        "E1110": Text("Непознат атрибут", "Unknown attribute"),
        "E1111": Text("Недостаје атрибут", "Missing attribute"),
        "E1112": Text("Неисправан атрибут", "Malformed attribute"),
        "E1113": Text("Овај атрибут уписује само пријем", "Attribute stamped by the door only"),
        "E1114": Text("Предмет не одговара врсти догађаја", "Subject does not fit the type"),
        "E1115": Text("Овај извор то не може да саопшти", "Not this source's to say"),
        "E1116": Text("Непозната врста догађаја", "Unknown type"),
        "E1117": Text("Непозната верзија врсте", "Unknown version of a type"),
        "E1118": Text("Непотпуно повлачење чињенице", "Incomplete retraction"),
        "E1119": Text("Погрешна врста повучене чињенице", "Wrong type of the retracted fact"),
        # E12: personal data; of these messages nothing is kept
        "E1201": Text("Садржи ЈМБГ", "Holds a personal number (JMBG)"),
        "E1202": Text("Садржи адресу е-поште", "Holds an e-mail address"),
        "E1203": Text("Садржи број телефона", "Holds a phone number"),
        # E13: what was said before
        "E1301": Text("Исти id са другим садржајем", "Same id with other content"),
        "E1302": Text("Радња није могућа у овом стању", "Not possible in the present state"),
        # E14: who may
        "E1401": Text("Није пријављен", "Not authenticated"),
        "E1402": Text("Нема овлашћење", "Not granted"),
        "E1403": Text("Врата су затворена", "Door closed"),
        # E15: questions and commands over HTTP
        "E1501": Text("Неисправан захтев", "Malformed request"),
        "E1502": Text("Није пронађено", "Not found"),
        "E1503": Text("Непознато место", "Unknown place"),
        "E1504": Text("Непознат показатељ", "Unknown indicator"),
        "E1505": Text("Непозната подела или мера", "Unknown split or measure"),
        "E1506": Text("Не објављује се", "Not published"),
        "E1507": Text("Тренутно недоступно", "Unavailable for now"),
        "E1508": Text("Веза је спорија од границе", "Too slow or too many"),
        "E1509": Text("Задржано док се не провери", "Withheld while it is checked"),
        "E1510": Text("Превише за један одговор", "Too much for one answer"),
        "E1511": Text("Партнер не јавља", "A partner is silent"),
        "E1512": Text("Избрисано заувек", "Erased for good"),
        # E19: our own fault
        "E1901": Text("Наша грешка", "Our bug"),
    }
)
