"""All words of the board that no definition says, in both languages; Latin follows from Cyrillic.

Lines may be long here: a sentence stands beside its translation.
"""

from collections.abc import Mapping
from typing import Final

from schemas.text import Text
from services.reporting.counting.indicator import NO_BASE, Basis, PlaceRule, Status
from services.reporting.tables.table import State

MONTHS: Final = tuple(
    Text(sr, en)
    for sr, en in (
        ("јануар", "January"),
        ("фебруар", "February"),
        ("март", "March"),
        ("април", "April"),
        ("мај", "May"),
        ("јун", "June"),
        ("јул", "July"),
        ("август", "August"),
        ("септембар", "September"),
        ("октобар", "October"),
        ("новембар", "November"),
        ("децембар", "December"),
    )
)
PERIODS: Final = {
    "month": Text("{month} {year}", "{month} {year}"),
    "quarter": Text("{quarter}. квартал {year}", "Q{quarter} {year}"),
    "year": Text("{year}. година", "{year}"),
    "to": Text("укупно до {last}", "everything up to {last}"),
}
KINDS: Final = {
    "month": Text("месец", "month"),
    "quarter": Text("квартал", "quarter"),
    "year": Text("година", "year"),
    "to": Text("укупно", "everything"),
}
PERIOD_STATES: Final = {
    "ahead": Text("период још није почео", "the period has not begun"),
    "open": Text("период траје до {last}", "the period lasts until {last}"),
    "over": Text("период је завршен {last}", "the period ended on {last}"),
}
RELEASES: Final = {
    "open": Text("није закључен", "not closed"),
    "closed": Text("закључено, верзија {version} ({day})", "closed, version {version} ({day})"),
    "reopened": Text(
        "поново отворено {day}, после верзије {version}",
        "reopened on {day}, after version {version}",
    ),
}
REVISED: Final = Text(
    "ревидирано: у верзији {version} било је {number}", "revised: version {version} had {number}"
)
WHY: Final = {
    "late": Text("накнадна пријава", "late report"),
    "new": Text("нова пријава", "new report"),
    "correction": Text("исправка", "correction"),
    "retraction": Text("повучен податак", "retraction"),
    "merge": Text("спојене шифре истог лица", "codes of one person merged"),
    "consent": Text("измењен пристанак", "consent changed"),
    "calendar": Text("истекао рок", "a term has passed"),
    "definition": Text("измењена дефиниција", "definition changed"),
}
FOLDS: Final = {
    "fresh": Text("приказ обухвата чињенице до {at}", "the board shows the facts up to {at}"),
    "late": Text(
        "приказ касни: обухвата чињенице до {at}",
        "the board is late: it shows the facts up to {at}",
    ),
    "unknown": Text(
        "још се не зна до када приказ обухвата чињенице",
        "it is not yet known up to when the board shows the facts",
    ),
}

STATES: Final = {
    State.VALUE: Text("објављено", "published"),
    State.ZERO: Text("0 (потврђено)", "0 (confirmed)"),
    State.PENDING: Text("у току", "in progress"),
    State.NONE: NO_BASE,
    State.SILENT: Text("партнер не јавља", "a partner is silent"),
    State.DENIED: Text("не објављује се", "not published"),
    State.WITHHELD: Text("у провери", "being checked"),
}
MEANINGS: Final = {
    State.VALUE: Text(
        "број је потпун према чињеницама које су до сада стигле",
        "the number counts all facts that have arrived so far",
    ),
    State.ZERO: Text(
        "чињенице су прочитане и ниједан случај није пријављен",
        "the facts are read and no case was reported",
    ),
    State.PENDING: Text(
        "рок још није истекао: број се може променити",
        "the term has not yet passed: the number may change",
    ),
    State.NONE: Text(
        "податак за ово место и овај период није објављен",
        "no figure was published for this place and period",
    ),
    State.SILENT: Text(
        "нико није пријављен, али партнер који треба да јавља још није јавио за цео период",
        "nobody was reported, but a partner that should report has not yet told of all the period",
    ),
    State.DENIED: Text(
        "број би могао да открије појединца", "the number could tell about a single person"
    ),
    State.WITHHELD: Text(
        "провера је показала да број можда није тачан: биће приказан чим се потврди",
        "a proof has shown that the number may be wrong: it is shown again once it is confirmed",
    ),
}

SILENT_SINCE: Final = Text("партнер не јавља од {day}", "a partner is silent since {day}")
REPORTS: Final = {
    "reports": Text("јавља", "reports"),
    "unlisted": Text("јавља, а није на списку", "reports, and is not on the list"),
    "never": Text("никад", "never"),
    "banner": Text("не јавља: {names}", "silent: {names}"),
}
DOMAINS: Final = {
    "registration": Text("регистрација", "registration"),
    "training": Text("обуке", "training"),
    "matching": Text("запошљавање", "employment"),
    "reference": Text("објављени подаци", "published figures"),
}
GOALS: Final = {
    "alone": Text("циљ {target}", "target {target}"),
    "over": Text("циљ {target}, {percent} %", "target {target}, {percent} %"),
    "running": Text(
        "циљ {target}, {percent} % (до данас: {due})",
        "target {target}, {percent} % (by today: {due})",
    ),
}

PLACE_RULES: Final = {
    PlaceRule.EVENT: Text(
        "место догађаја; за број са роком, место догађаја од којег рок тече",
        "where it happened; where there is a term, where that happened which started it",
    ),
    PlaceRule.RESIDENCE: Text(
        "пребивалиште лица тог дана, а ако није познато, место догађаја",
        "where the person lived on that day or, if that is not known, where it happened",
    ),
}
BASES: Final = {
    Basis.TASK: Text("по законском задатку органа", "by the legal task of the bodies"),
    Basis.CONSENT: Text("само уз пристанак лица", "only with the person's consent"),
}
STATUSES: Final = {
    Status.PROPOSED: Text(
        "предлог: званични текст није доступан", "proposed: the official wording is not available"
    ),
    Status.REPORT: Text("како броје извештаји програма", "as the programmes' own reports count it"),
}

TILE_TITLES: Final = {
    "MI-05.registered": Text("Регистровани повратници", "Registered returnees"),
    "PI-03.persons": Text("Завршене обуке", "Courses completed"),
    "MI-13.placed": Text("Запослена лица", "Placed in work"),
    "MI-13.retained": Text("Задржано запослење 6 месеци", "Still employed after 6 months"),
}

WORDS: Final[Mapping[str, Text]] = {
    "council": Text("Локални савет за миграције", "Local Migration Council"),
    "boards": Text("Све локалне самоуправе", "All municipalities"),
    "choose": Text("Изаберите локалну самоуправу", "Choose a municipality"),
    "language": Text("Писмо и језик", "Language and script"),
    "print": Text("Штампај", "Print"),
    "period": Text("Период", "Period"),
    "show": Text("Прикажи", "Show"),
    "previous": Text("претходни", "previous"),
    "following": Text("следећи", "next"),
    "state_of_things": Text("Стање приказа", "State of the board"),
    "key_figures": Text("Најважнији бројеви", "Key figures"),
    "all_figures": Text("Сви показатељи", "All indicators"),
    "measure": Text("Шта се броји", "What is counted"),
    "number": Text("Број", "Number"),
    "state": Text("Стање", "State"),
    "nothing": Text("нема броја", "no number"),
    "proposed": Text("предлог", "proposed"),
    "explain": Text("Шта значи овај број", "What this number means"),
    "behind": Text(
        "Уносе и чињенице иза ових бројева види руковалац подацима:",
        "The data steward sees the entries and facts behind these numbers:",
    ),
    "numerator": Text("Бројилац", "Numerator"),
    "denominator": Text("Именилац", "Denominator"),
    "clock": Text("Када се броји", "Clock"),
    "place_rule": Text("Где се броји", "Place"),
    "basis": Text("Основ", "Basis"),
    "definition": Text("Дефиниција", "Definition"),
    "version": Text("верзија {number}, {status}", "version {number}, {status}"),
    "caveat": Text("Напомена", "Note"),
    "who_reports": Text("Ко јавља", "Who reports"),
    "partner": Text("Партнер", "Partner"),
    "domain": Text("Област", "Domain"),
    "reported_through": Text("Јавио закључно са", "Reported through"),
    "days_late": Text("Кашњење (дана)", "Delay (days)"),
    "nobody_reports": Text(
        "Није одређено ко јавља за ову локалну самоуправу.",
        "It is not laid down who reports for this municipality.",
    ),
    "how_to_read": Text("Како читати", "How to read this"),
    "revised": Text("ревидирано", "revised"),
    "revised_meaning": Text(
        "период је закључен, а чињенице које су стигле касније промениле су број",
        "the period is closed, and facts that came later have changed the number",
    ),
    "overlap": Text(
        "Једно лице може бити у више показатеља и у више периода: бројеви се не сабирају.",
        "One person may be in several indicators and in several periods: do not add numbers up.",
    ),
    "possible_duplicates": Text(
        "могућа двострука јављања истог запослења: {count} (стање {at})",
        "jobs that two sources may have reported twice: {count} (as of {at})",
    ),
    "small": Text("‹3 – мали број", "‹3 – a small number"),
    "live": Text("уживо", "live"),
    "lost": Text(
        "веза прекинута: бројеви се не освежавају", "connection lost: the numbers stand still"
    ),
    "changed": Text("промењено бројева: {count}", "numbers changed: {count}"),
    "still": Text(
        "Страница се не освежава сама. Учитајте је поново да видите нове бројеве.",
        "This page does not refresh itself. Load it again to see new numbers.",
    ),
    "unknown_title": Text("Таква табла не постоји", "There is no such board"),
    "unknown": Text(
        "Ова адреса није шифра локалне самоуправе.", "This address is no municipality's code."
    ),
    "nearest": Text("Можда сте тражили:", "You may have meant:"),
    "belongs": Text("Овај део припада локалној самоуправи:", "This part belongs to:"),
    "area": Text(
        "За округе, регионе и Србију још нема табле. Локалне самоуправе на том подручју:",
        "There is no board of districts, regions and Serbia yet. The municipalities there:",
    ),
    "period_title": Text("Такав период не постоји", "There is no such period"),
    "period_form": Text(
        "Напишите месец 2023-06, квартал 2023-Q2, годину 2023 или све до краја месеца to-2023-06.",
        "Write a month 2023-06, a quarter 2023-Q2, a year 2023, or to-2023-06.",
    ),
    "current": Text("Текући период", "The current period"),
    "away_title": Text("Табла тренутно није доступна", "The board is not available now"),
    "away": Text(
        "База не одговара. Покушајте поново за који тренутак.",
        "The database does not answer. Try again in a moment.",
    ),
}
