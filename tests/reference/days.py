"""Days, months and periods of the reference."""

import calendar
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """Return the same day number `months` later, or the last day of that month."""
    counted = day.year * 12 + day.month - 1 + months
    year, month = counted // 12, counted % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def days_after(day: date, days: int) -> date:
    """Return the day `days` later (or earlier, if negative)."""
    return day + timedelta(days=days)


def first_and_last(period: str) -> tuple[date, date]:
    """Return the first and last day of a period; a `to-` period begins with `date.min`."""
    if period.startswith("to-"):
        return date.min, first_and_last(period[3:])[1]
    if "Q" in period:
        first = date(int(period[:4]), int(period[-1]) * 3 - 2, 1)
        return first, days_after(months_after(first, 3), -1)
    if "-" in period:
        first = date.fromisoformat(period + "-01")
        return first, days_after(months_after(first, 1), -1)
    return date(int(period), 1, 1), date(int(period), 12, 31)


def periods_of(day: date) -> list[str]:
    """Return the month, quarter and year that contain a day, and the to-period of its month."""
    month = f"{day:%Y-%m}"
    return [month, f"{day.year}-Q{(day.month + 2) // 3}", f"{day.year}", f"to-{month}"]
