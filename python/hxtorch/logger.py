"""Loggers with the names that scripts of the Heidelberg stack use, on Python's ``logging``.

    logger = hxtorch.logger.get("my.script")
    hxtorch.logger.default_config(level=hxtorch.logger.LogLevel.INFO)
    logger.INFO("epoch ", 3, " done")

Importing this module changes no handler and no level.
"""
from __future__ import annotations

import logging
from typing import Any

TRACE = 5
logging.addLevelName(TRACE, "TRACE")


class LogLevel:
    """Levels."""

    TRACE = TRACE
    DEBUG = logging.DEBUG
    INFO = logging.INFO
    WARN = logging.WARNING
    ERROR = logging.ERROR
    FATAL = logging.CRITICAL


class Logger:
    """A logger; arguments of a message are put one behind the other."""

    def __init__(self, logger: logging.Logger) -> None:
        self.logger = logger

    def _log(self, level: int, *parts: Any) -> None:
        if self.logger.isEnabledFor(level):
            self.logger.log(level, "%s", "".join(map(str, parts)))

    def TRACE(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level TRACE."""
        self._log(LogLevel.TRACE, *parts)

    def DEBUG(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level DEBUG."""
        self._log(LogLevel.DEBUG, *parts)

    def INFO(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level INFO."""
        self._log(LogLevel.INFO, *parts)

    def WARN(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level WARN."""
        self._log(LogLevel.WARN, *parts)

    def ERROR(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level ERROR."""
        self._log(LogLevel.ERROR, *parts)

    def FATAL(self, *parts: Any) -> None:  # pylint: disable=invalid-name
        """Logs at level FATAL."""
        self._log(LogLevel.FATAL, *parts)

    trace, debug, info, warn, error, fatal = TRACE, DEBUG, INFO, WARN, ERROR, FATAL
    warning, critical = WARN, FATAL

    @property
    def name(self) -> str:
        """Name of the logger."""
        return self.logger.name


def get(name: str) -> Logger:
    """The logger of a name."""
    return Logger(logging.getLogger(name))


def get_root() -> Logger:
    """The root logger."""
    return Logger(logging.getLogger())


def default_config(level: int = LogLevel.WARN, **_: Any) -> None:
    """Sets the level of the root logger; a handler to standard error only if it has none."""
    root = logging.getLogger()
    if not root.handlers:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    root.setLevel(level)


def set_loglevel(logger: Any, level: int) -> None:
    """Sets the level of one logger."""
    getattr(logger, "logger", logger).setLevel(level)


def reset() -> None:
    """Removes the handlers of the root logger."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
