"""A peer: something that evaluates works, and is timed."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from .works import Work


class PeerError(Exception):
    """A peer that cannot do a work, with its own words."""


class Peer(ABC):
    """Prepares one work at a time and evaluates it."""

    # How the tables name it, and what computes.
    name: str
    adapter: str
    # Largest relative difference from the reference that still counts as the same work. Peers in
    # single precision only sum in other orders.
    tolerance: float = 1e-3

    @abstractmethod
    def prepare(self, work: Work, name: str) -> Tensor:
        """Loads a work, evaluates it once and returns its output."""

    @abstractmethod
    def time(self, times: int) -> float:
        """Mean milliseconds of `times` evaluations, from the first's start until all are finished."""

    def release(self) -> None:
        """Lets go of the work."""

    def close(self) -> None:
        """Ends the peer."""
