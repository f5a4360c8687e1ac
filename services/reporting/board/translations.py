"""The board's texts that are no part of a definition, in both languages.

Serbian in Latin script is transliterated from Cyrillic.
"""

from collections.abc import Mapping
from typing import Final

from schemas.bilingual_text import BilingualText
from services.reporting.domain.indicator import NO_BASE, Basis, DefinitionStatus, PlaceRule
from services.reporting.tables.table import ValueState

MONTHS: Final = tuple(
    BilingualText(sr, en)
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
    "month": BilingualText("{month} {year}", "{month} {year}"),
    "quarter": BilingualText("{quarter}. квартал {year}", "Q{quarter} {year}"),
    "year": BilingualText("{year}. година", "{year}"),
    "to": BilingualText("укупно до {last}", "everything up to {last}"),
}
KINDS: Final = {
    "month": BilingualText("месец", "month"),
    "quarter": BilingualText("квартал", "quarter"),
    "year": BilingualText("година", "year"),
    "to": BilingualText("укупно", "everything"),
}
PERIOD_STATES: Final = {
    "ahead": BilingualText("период још није почео", "the period has not begun"),
    "open": BilingualText("период траје до {last}", "the period lasts until {last}"),
    "over": BilingualText("период је завршен {last}", "the period ended on {last}"),
}
RELEASES: Final = {
    "open": BilingualText("није закључен", "not closed"),
    "closed": BilingualText(
        "закључено, верзија {version} ({day})", "closed, version {version} ({day})"
    ),
    "reopened": BilingualText(
        "поново отворено {day}, после верзије {version}",
        "reopened on {day}, after version {version}",
    ),
}
REVISED: Final = BilingualText(
    "ревидирано: у верзији {version} било је {number}", "revised: version {version} had {number}"
)
REVISION_REASONS: Final = {
    "late": BilingualText("накнадна пријава", "late report"),
    "new": BilingualText("нова пријава", "new report"),
    "correction": BilingualText("исправка", "correction"),
    "retraction": BilingualText("повучен податак", "retraction"),
    "merge": BilingualText("спојене шифре истог лица", "codes of one person merged"),
    "consent": BilingualText("измењен пристанак", "consent changed"),
    "calendar": BilingualText("истекао рок", "a term has passed"),
    "definition": BilingualText("измењена дефиниција", "definition changed"),
}
FRESHNESS: Final = {
    "fresh": BilingualText(
        "приказ обухвата чињенице до {at}", "the board shows the facts up to {at}"
    ),
    "late": BilingualText(
        "приказ касни: обухвата чињенице до {at}",
        "the board is late: it shows the facts up to {at}",
    ),
    "unknown": BilingualText(
        "још се не зна до када приказ обухвата чињенице",
        "it is not yet known up to when the board shows the facts",
    ),
}

STATES: Final = {
    ValueState.VALUE: BilingualText("објављено", "published"),
    ValueState.ZERO: BilingualText("0 (потврђено)", "0 (confirmed)"),
    ValueState.PENDING: BilingualText("у току", "in progress"),
    ValueState.NONE: NO_BASE,
    ValueState.SILENT: BilingualText("партнер не јавља", "a partner is silent"),
    ValueState.DENIED: BilingualText("не објављује се", "not published"),
    ValueState.WITHHELD: BilingualText("у провери", "being checked"),
}
MEANINGS: Final = {
    ValueState.VALUE: BilingualText(
        "број је потпун према чињеницама које су до сада стигле",
        "the number counts all facts that have arrived so far",
    ),
    ValueState.ZERO: BilingualText(
        "чињенице су прочитане и ниједан случај није пријављен",
        "the facts are read and no case was reported",
    ),
    ValueState.PENDING: BilingualText(
        "рок још није истекао: број се може променити",
        "the term has not yet passed: the number may change",
    ),
    ValueState.NONE: BilingualText(
        "податак за ово место и овај период није објављен",
        "no figure was published for this place and period",
    ),
    ValueState.SILENT: BilingualText(
        "нико није пријављен, али партнер који треба да јавља још није јавио за цео период",
        "no case was reported, but a partner has not reported on the complete period yet",
    ),
    ValueState.DENIED: BilingualText(
        "број би могао да открије појединца", "the number could identify a person"
    ),
    ValueState.WITHHELD: BilingualText(
        "провера је показала да број можда није тачан: биће приказан чим се потврди",
        "a check found that the number may be wrong: it is shown again once it is confirmed",
    ),
}

SILENT_SINCE: Final = BilingualText("партнер не јавља од {day}", "a partner is silent since {day}")
REPORTS: Final = {
    "reports": BilingualText("јавља", "reports"),
    "unlisted": BilingualText("јавља, а није на списку", "reports, and is not on the list"),
    "never": BilingualText("никад", "never"),
    "banner": BilingualText("не јавља: {names}", "silent: {names}"),
}
DOMAINS: Final = {
    "registration": BilingualText("регистрација", "registration"),
    "training": BilingualText("обуке", "training"),
    "matching": BilingualText("запошљавање", "employment"),
    "reference": BilingualText("објављени подаци", "published figures"),
}
TARGETS: Final = {
    "alone": BilingualText("циљ {target}", "target {target}"),
    "over": BilingualText("циљ {target}, {percent} %", "target {target}, {percent} %"),
    "running": BilingualText(
        "циљ {target}, {percent} % (до данас: {due})",
        "target {target}, {percent} % (by today: {due})",
    ),
}

PLACE_RULES: Final = {
    PlaceRule.EVENT: BilingualText(
        "место догађаја; за број са роком, место догађаја од којег рок тече",
        "where the event happened; for a number with a term, where the term started",
    ),
    PlaceRule.RESIDENCE: BilingualText(
        "пребивалиште лица тог дана, а ако није познато, место догађаја",
        "where the person lived on that day or, if that is not known, where the event happened",
    ),
}
BASES: Final = {
    Basis.TASK: BilingualText("по законском задатку органа", "by the legal task of the bodies"),
    Basis.CONSENT: BilingualText("само уз пристанак лица", "only with the person's consent"),
}
STATUSES: Final = {
    DefinitionStatus.PROPOSED: BilingualText(
        "предлог: текст из 2010. није јаван; преглед самог програма говори о петнаест показатеља",
        "proposed: the wording of 2010 is not public; the programme's summary speaks of fifteen",
    ),
    DefinitionStatus.REPORT: BilingualText(
        "како броје извештаји програма", "as the programmes' own reports count it"
    ),
}

TILE_TITLES: Final = {
    "MI-05.registered": BilingualText("Регистровани повратници", "Registered returnees"),
    "PI-03.persons": BilingualText("Завршене обуке", "Courses completed"),
    "MI-13.placed": BilingualText("Запослена лица", "Placed in work"),
    "MI-13.retained": BilingualText("Задржано запослење 6 месеци", "Still employed after 6 months"),
}

MESSAGES: Final[Mapping[str, BilingualText]] = {
    "council": BilingualText("Локални савет за миграције", "Local Migration Council"),
    "boards": BilingualText("Све локалне самоуправе", "All municipalities"),
    "choose": BilingualText("Изаберите локалну самоуправу", "Choose a municipality"),
    "language": BilingualText("Писмо и језик", "Language and script"),
    "print": BilingualText("Штампај", "Print"),
    "period": BilingualText("Период", "Period"),
    "show": BilingualText("Прикажи", "Show"),
    "previous": BilingualText("претходни", "previous"),
    "following": BilingualText("следећи", "next"),
    "status": BilingualText("Стање приказа", "State of the board"),
    "key_figures": BilingualText("Најважнији бројеви", "Key figures"),
    "all_figures": BilingualText("Сви показатељи", "All indicators"),
    "measure": BilingualText("Шта се броји", "What is counted"),
    "number": BilingualText("Број", "Number"),
    "state": BilingualText("Стање", "State"),
    "nothing": BilingualText("нема броја", "no number"),
    "proposed": BilingualText("предлог", "proposed"),
    "explain": BilingualText("Шта значи овај број", "What this number means"),
    "explain_hint": BilingualText(
        "Уносе и чињенице иза ових бројева види руковалац подацима:",
        "The data steward sees the entries and facts behind these numbers:",
    ),
    "numerator": BilingualText("Бројилац", "Numerator"),
    "denominator": BilingualText("Именилац", "Denominator"),
    "clock": BilingualText("Када се броји", "Clock"),
    "place_rule": BilingualText("Где се броји", "Place"),
    "basis": BilingualText("Основ", "Basis"),
    "definition": BilingualText("Дефиниција", "Definition"),
    "version": BilingualText("верзија {number}, {status}", "version {number}, {status}"),
    "caveat": BilingualText("Напомена", "Note"),
    "who_reports": BilingualText("Ко јавља", "Who reports"),
    "partner": BilingualText("Партнер", "Partner"),
    "domain": BilingualText("Област", "Domain"),
    "reported_through": BilingualText("Јавио закључно са", "Reported through"),
    "days_late": BilingualText("Кашњење (дана)", "Delay (days)"),
    "nobody_reports": BilingualText(
        "Није одређено ко јавља за ову локалну самоуправу.",
        "It is not defined who reports for this municipality.",
    ),
    "how_to_read": BilingualText("Како читати", "How to read this"),
    "revised": BilingualText("ревидирано", "revised"),
    "revised_meaning": BilingualText(
        "период је закључен, а чињенице које су стигле касније промениле су број",
        "the period is closed, and facts that came later have changed the number",
    ),
    "overlap": BilingualText(
        "Једно лице може бити у више показатеља и у више периода: бројеви се не сабирају.",
        "One person may be in several indicators and in several periods: do not add numbers up.",
    ),
    "possible_duplicates": BilingualText(
        "могућа двострука јављања истог запослења: {count} (стање {at})",
        "jobs that two sources may have reported twice: {count} (as of {at})",
    ),
    "small": BilingualText("‹3 – мали број", "‹3 – a small number"),
    "live": BilingualText("уживо", "live"),
    "lost": BilingualText(
        "веза прекинута: бројеви се не освежавају", "connection lost: the numbers are not updated"
    ),
    "changed": BilingualText("промењено бројева: {count}", "numbers changed: {count}"),
    "still": BilingualText(
        "Страница се не освежава сама. Учитајте је поново да видите нове бројеве.",
        "This page does not refresh itself. Load it again to see new numbers.",
    ),
    "unknown_title": BilingualText("Таква табла не постоји", "There is no such board"),
    "unknown": BilingualText(
        "Ова адреса није шифра локалне самоуправе.", "This address is no municipality's code."
    ),
    "nearest": BilingualText("Можда сте тражили:", "You may have meant:"),
    "belongs": BilingualText("Овај део припада локалној самоуправи:", "This part belongs to:"),
    "area": BilingualText(
        "За округе, регионе и Србију још нема табле. Локалне самоуправе на том подручју:",
        "There is no board of districts, regions and Serbia yet. The municipalities there:",
    ),
    "period_title": BilingualText("Такав период не постоји", "There is no such period"),
    "period_form": BilingualText(
        "Напишите месец 2023-06, квартал 2023-Q2, годину 2023 или све до краја месеца to-2023-06.",
        "Write a month 2023-06, a quarter 2023-Q2, a year 2023, or to-2023-06.",
    ),
    "unavailable_title": BilingualText(
        "Табла тренутно није доступна", "The board is not available now"
    ),
    "unavailable": BilingualText(
        "База не одговара. Покушајте поново за који тренутак.",
        "The database does not answer. Try again in a moment.",
    ),
}
