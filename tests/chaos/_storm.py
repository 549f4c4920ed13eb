"""Writers in threads that change the whole tree at random while a scenario breaks things."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self

from tests.proofs.result import Result
from tests.rollup.writing import commits, write_while


class Storm:
    """Edits, moves, insertions and deletions until the block ends."""

    def __init__(self, result: Result, *, writers: int = 3, seed: int, pause: float = 0) -> None:
        """Say how many write, and how long each rests between two writes, in seconds."""
        self._result, self._seed, self._pause = result, seed, pause
        self._threads = ThreadPoolExecutor(writers)
        self._writers = writers
        self._is_over = Event()
        self._ends: list[Future[tuple[Counter[str], list[str]]]] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._ends = [
            self._threads.submit(
                write_while, self._goes_on, seed=self._seed + number, pause=self._pause
            )
            for number in range(self._writers)
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and note what was written; nothing may have gone wrong."""
        self._is_over.set()
        self._threads.shutdown()
        done: Counter[str] = Counter()
        for end in self._ends:
            written, errors = end.result()
            done += written
            for sentence in errors:
                self._result.fail(f"a writer met {sentence}")
        self._result.note("writes", commits(done))

    def _goes_on(self) -> bool:
        return not self._is_over.is_set()
