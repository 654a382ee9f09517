"""The kinds of single values: each says what it allows, and reads one node of a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from autosyncd.api.durations import ALLOWED as DURATIONS
from autosyncd.api.near import did_you_mean
from autosyncd.config import values
from autosyncd.config.patterns import PATTERNS, check_pattern
from autosyncd.config.place import Place
from autosyncd.config.tree import Items, Node, Pairs, Scalar
from autosyncd.config.wording import listed, quoted

WRONG: Final = object()
"""What a kind returns for a value that it reported as wrong."""


class Kind(Protocol):
    """What a key's value may be."""

    @property
    def allowed(self) -> str:
        """What is allowed, as messages and documentation say it."""

    def read(self, node: Node, place: Place) -> Any:
        """The value, or WRONG after every mistake in it was noted at its place."""


def read_scalar(kind: Kind, node: Node, place: Place, parse: Callable[[Scalar], object]) -> object:
    """Have `parse` read a single value; whatever is none, or raises ValueError, is a mistake."""
    try:
        return parse(single(node, kind.allowed))
    except ValueError as error:
        place.wrong(str(error))
        return WRONG


def single(node: Node, allowed: str) -> Scalar:
    """The node, if it is a single value; raises ValueError."""
    match node:
        case Items():
            raise ValueError(f"must be a single value, not a list; {allowed}")
        case Pairs():
            hint = " (a text that begins with { needs quotes)"
            raise ValueError(f"must be a single value, not a mapping; {allowed}{hint}")
        case Scalar(type="nothing", text="~"):
            raise ValueError(f'has no value; {allowed} (did you mean "~" in quotes?)')
        case Scalar(type="nothing"):
            raise ValueError(f"has no value; {allowed}")
    return node


def text_of(scalar: Scalar, allowed: str, *, numbers: bool = False) -> str:
    """The text, if YAML takes it for text (or, with `numbers`, for a number); raises ValueError."""
    if scalar.type == "text" or (numbers and scalar.type == "number"):
        return scalar.text
    raise ValueError(f"must be text, not a {scalar.type}: put it in quotes; {allowed}")


def _word_of(scalar: Scalar, allowed: str) -> str:
    """The text, if YAML takes it for text or a number; raises ValueError."""
    if scalar.type in ("text", "number"):
        return scalar.text
    raise ValueError(f"{quoted(scalar.text)} is a {scalar.type}; {allowed}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; YAML's own words for yes and no are just words here."""

    options: tuple[str, ...]
    hint: str = ""

    @property
    def allowed(self) -> str:
        return f"allowed: {listed(self.options)}{self.hint}"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> str:
        if scalar.text in self.options:
            return scalar.text
        raise ValueError(f"{quoted(scalar.text)} is unknown; {self.allowed}{self._meant(scalar)}")

    def _meant(self, scalar: Scalar) -> str:
        if scalar.type == "boolean" and scalar.text.lower() in ("no", "off", "false"):
            negative = [word for word in ("none", "off") if word in self.options]
            return f" (did you mean {negative[0]}?)" if negative else ""
        return did_you_mean(scalar.text, self.options)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no, as YAML knows them."""

    allowed: str = "allowed: true, false"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> bool:
        word = scalar.text.lower()
        if scalar.type == "boolean" and word in ("true", "yes", "on", "false", "no", "off"):
            return word in ("true", "yes", "on")
        raise ValueError(f"{quoted(scalar.text)} is neither true nor false; {self.allowed}")


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds; zero only where `zero`, and otherwise at least `least`."""

    zero: bool = True
    least: float = 0.0

    @property
    def allowed(self) -> str:
        return DURATIONS

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> float:
        text = _word_of(scalar, self.allowed)
        seconds = values.parse_duration(text)
        if seconds < self.least and not (self.zero and seconds == 0):
            least = f"at least {self.least * 1000:g}ms" + (", or 0 for never" * self.zero)
            raise ValueError(f"{quoted(text)} is too short; {least} is allowed")
        return seconds


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes."""

    allowed: str = values.SIZES

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(
            self,
            node,
            place,
            lambda scalar: values.parse_size(_word_of(scalar, self.allowed)),
        )


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, written in percent."""

    allowed: str = values.SHARES

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(
            self,
            node,
            place,
            lambda scalar: values.parse_share(_word_of(scalar, self.allowed)),
        )


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within limits."""

    least: int = 1
    most: int = 65_535

    @property
    def allowed(self) -> str:
        return f"allowed: a whole number from {self.least} to {self.most}"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> int:
        digits = scalar.type == "number" and re.fullmatch(r"[0-9]{1,9}", scalar.text)
        if not digits or not self.least <= int(scalar.text) <= self.most:
            raise ValueError(f"{quoted(scalar.text)} is out of range; {self.allowed}")
        return int(scalar.text)


@dataclass(frozen=True, slots=True)
class Text:
    """Text that fits a form; messages never repeat a `private` one."""

    description: str
    form: str = r"(?s).*\S.*"
    private: bool = False
    numbers: bool = False

    @property
    def allowed(self) -> str:
        return f"allowed: {self.description}"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> str:
        text = text_of(scalar, self.allowed, numbers=self.numbers)
        if re.fullmatch(self.form, text):
            return text
        if not text.strip():
            raise ValueError(f"is empty; {self.allowed}")
        shown = "this" if self.private else quoted(text)
        raise ValueError(f"{shown} can't be used here; {self.allowed}")


@dataclass(frozen=True, slots=True)
class PathText:
    """A path, expanded and made absolute; at most `limit` bytes long where there is a limit."""

    limit: int | None = None
    allowed: str = values.PATHS

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, lambda scalar: self._parse(scalar, place))

    def _parse(self, scalar: Scalar, place: Place) -> object:
        text = text_of(scalar, self.allowed)
        source = place.source
        path = values.expand_path(
            text, base=source.base, environment=source.environment, home=source.home
        )
        length = len(str(path).encode("utf-8", "surrogateescape"))
        if self.limit and length > self.limit:
            raise ValueError(f"is {length} bytes long; at most {self.limit} are allowed")
        return path


@dataclass(frozen=True, slots=True)
class Pattern:
    """A gitignore pattern."""

    allowed: str = PATTERNS

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(
            self, node, place, lambda scalar: check_pattern(text_of(scalar, self.allowed))
        )
