"""Reading program files."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.errors import ConfigurationError


def load(path: Path) -> ProgramSpec:
    """Read a program file. Raises ConfigurationError with what is wrong where."""
    try:
        return ProgramSpec.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ConfigurationError(f"{path}: {faults}") from None
