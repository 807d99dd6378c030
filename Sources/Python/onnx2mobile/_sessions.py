"""The sessions of a model, for any number of threads."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import contextmanager
from typing import Iterator, List, Set, Tuple

from ._errors import wrong
from ._library import CError, library, problem


class Sessions:
    """A model's handle and its sessions: every call has one of its own, made where none is idle.

    Nothing in here leads back to the `Model`, which the garbage collector may take first. The handle is given up by the last call that uses
    it.
    """

    _all: "weakref.WeakSet[Sessions]" = weakref.WeakSet()

    def __init__(self, model: int, threads: int, memory: object) -> None:
        self._model = model
        self._threads = threads
        self._memory = memory  # where the bundle lies
        self._reset()
        self._closed = False
        Sessions._all.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._idle: List[int] = []
        self._busy: Set[int] = set()
        self._cancelled: Set[int] = set()

    @contextmanager
    def model(self) -> Iterator[int]:
        """The model's handle, which stays until the end."""
        with self._lock:
            if self._closed:
                raise wrong("this model was given up: load it again")
            self._users += 1
        try:
            yield self._model
        finally:
            with self._lock:
                self._users -= 1
                self._free()

    @contextmanager
    def session(self) -> Iterator[Tuple[int, int]]:
        """The model's handle, and a session that nobody else has."""
        with self.model() as model:
            session = self._take(model)
            try:
                yield model, session
            finally:
                self._give(session)

    def _take(self, model: int) -> int:
        with self._lock:
            if self._idle:
                session = self._idle.pop()
            else:
                error = CError()
                session = library.o2m_session_create(model, self._threads, error)
                if not session:
                    raise problem(error)
            self._busy.add(session)
            return session

    def _give(self, session: int) -> None:
        with self._lock:
            self._busy.discard(session)
            if session not in self._cancelled and not self._closed:
                self._idle.append(session)
                return
            # It may have been cancelled after its run, which would end the next one.
            self._cancelled.discard(session)
        library.o2m_session_destroy(session)

    def own(self) -> int:
        """A session that stays its caller's, who gives it up. The model stays as long."""
        with self._lock:
            if self._closed:
                raise wrong("this model was given up: load it again")
            error = CError()
            session: int = library.o2m_session_create(self._model, self._threads, error)
            if not session:
                raise problem(error)
            return session

    def give_up(self, session: int) -> None:
        """Ends a session that `own` gave."""
        library.o2m_session_destroy(session)

    def cancel(self) -> None:
        """Ends the calls that have a session."""
        with self._lock:
            for session in self._busy:
                library.o2m_session_cancel(session)
            self._cancelled |= self._busy

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._free()

    def _free(self) -> None:
        if not self._closed or not self._model:
            return
        for session in self._idle:
            library.o2m_session_destroy(session)
        self._idle = []
        if self._users == 0:
            library.o2m_model_close(self._model)
            self._model = 0
            self._memory = None

    @classmethod
    def _forget(cls) -> None:
        """In the child of a fork the threads of sessions are not there, and a lock may be held by one that is not."""
        for sessions in list(cls._all):
            sessions._reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=Sessions._forget)
