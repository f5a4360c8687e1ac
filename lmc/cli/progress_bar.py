"""Progress bars on a terminal; without a terminal they show nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

OnStep = Callable[[str, int, int], None]
"""A function that takes a step's name, how much of it is done, and how much there is in all."""


@contextmanager
def step_bars() -> Iterator[OnStep]:
    """Yield a function that shows a bar for each step, with the time that remains."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        tasks = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield show


@contextmanager
def single_bar(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yield a function that advances one bar by a count; None: the total is not known."""
    with _transient_progress() as progress:
        task = progress.add_task(label, total=total)
        yield lambda count: progress.update(task, advance=count)


@contextmanager
def updated_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that sets one bar to so many done of a total; total 0: not known yet."""
    with _transient_progress() as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)


def _transient_progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)
