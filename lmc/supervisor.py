"""Keeps the parts of a stack running, and stops them in reverse order."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lmc import verdict
from lmc.parts import Part, last_words
from lmc.verdict import Verdict
from runtime.errors import Exit, Missing

POLL_S = 0.1
ASK_AGAIN_S = 0.1


class Halt(Exit):
    """A part ended in a way that a fresh start does not cure; `code` is what it ended with."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(slots=True)
class Watched:
    """A part under watch: since when it runs, whether it was seen ready, when it is due again."""

    part: Part
    is_engine: bool
    launched_at: float = 0.0
    ready_at: float | None = None
    due_at: float | None = None
    failures: int = 0
    is_left: bool = False


class Supervisor:
    """Watches parts in the order in which they were launched.

    `say` gets a line for a person now and then. Nothing here blocks for long but `stop` and what
    says that it waits, so `step` can be called from an event loop.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._watched: list[Watched] = []

    @property
    def has_parts(self) -> bool:
        """Whether there is anything to stop."""
        return bool(self._watched)

    def launch_engines(self, parts: Iterable[Part]) -> None:
        """Start Kafka or PostgreSQL, and watch them from now on."""
        self._launch(parts, is_engine=True)

    def launch_services(self, parts: Iterable[Part]) -> None:
        """Start services, and watch them from now on."""
        self._launch(parts, is_engine=False)

    def await_ready(self, seconds: float) -> None:
        """Return when every part is ready; raises Missing when that takes too long."""
        deadline = time.monotonic() + seconds
        while slow := [watched.part for watched in self._watched if watched.ready_at is None]:
            if time.monotonic() > deadline:
                words = "; ".join(f"{part.name}: {last_words(part.output)}" for part in slow)
                raise Missing(f"not everything came up within {seconds:.0f} s: {words}")
            self.step()
            time.sleep(POLL_S)

    def step(self) -> None:
        """Notice what ended and what became ready, and start again what is due; raises Halt."""
        for watched in self._watched:
            code = watched.part.program.exit_code()
            if code is not None:
                self._judge(watched, code)
            elif watched.due_at is not None:
                self._start_again(watched)
            elif watched.ready_at is None and not watched.is_left:
                self._ask(watched)

    def stop(self) -> None:
        """Stop everything: services together, then the engines in reverse order."""
        services = [each.part for each in reversed(self._watched) if not each.is_engine]
        for service in services:
            service.program.ask_to_stop()
        for part in services:
            part.program.stop()
        for watched in reversed(self._watched):
            watched.part.program.stop()
        self._watched.clear()

    def kill(self) -> None:
        """End everything at once."""
        for watched in reversed(self._watched):
            watched.part.program.kill()
        self._watched.clear()

    def _launch(self, parts: Iterable[Part], *, is_engine: bool) -> None:
        for part in parts:
            watched = Watched(part, is_engine, launched_at=time.monotonic())
            self._watched.append(watched)
            part.launch()

    def _ask(self, watched: Watched) -> None:
        if watched.part.is_ready():
            watched.ready_at = time.monotonic()
            self._say(f"{watched.part.name} runs ({watched.ready_at - watched.launched_at:.1f} s)")

    def _judge(self, watched: Watched, code: int) -> None:
        was_up_s = time.monotonic() - watched.launched_at
        judged = self._verdict(watched, code)
        watched.part.program.stop()  # it is gone: forget its pid
        watched.ready_at = None
        if judged.act == "halt":
            words = last_words(watched.part.output)
            raise Halt(f"{watched.part.name} {judged.why}: {words}", judged.code)
        if judged.act == "leave":
            watched.is_left = True
            self._say(f"{watched.part.name} {judged.why}")
            return
        watched.failures = 1 if was_up_s > verdict.STEADY_S else watched.failures + 1
        wait_s = verdict.back_off_s(watched.failures)
        watched.due_at = time.monotonic() + wait_s
        words = f" ({last_words(watched.part.output)})" if code > 0 else ""
        again = f"it is started again in {wait_s:.1f} s"
        self._say(f"{watched.part.name} {judged.why}{words}; {again}")

    def _verdict(self, watched: Watched, code: int) -> Verdict:
        if watched.is_engine:
            return verdict.on_engine(code)
        engines = [each for each in self._watched if each.is_engine]
        down = any(each.ready_at is None or each.ready_at > watched.launched_at for each in engines)
        return verdict.on_service(code, engines_were_down=down)

    def _start_again(self, watched: Watched) -> None:
        """When it is due, and a service only beside running engines."""
        waits = not watched.is_engine and not self._engines_run()
        if waits or watched.due_at is None or time.monotonic() < watched.due_at:
            return
        watched.due_at = None
        watched.launched_at = time.monotonic()
        watched.part.launch()

    def _engines_run(self) -> bool:
        engines: Sequence[Watched] = [each for each in self._watched if each.is_engine]
        return all(each.ready_at is not None for each in engines)
