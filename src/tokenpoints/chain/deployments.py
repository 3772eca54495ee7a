"""`deployments/<chain id>.json`: what is deployed where."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import structlog
from filelock import FileLock
from pydantic import ValidationError

from tokenpoints.domain.programs import Deployment
from tokenpoints.errors import DeploymentError

log = structlog.get_logger()


def path_for(directory: Path, chain_id: int) -> Path:
    """Where the deployment on `chain_id` is described."""
    return directory / f"{chain_id}.json"


def load(directory: Path, chain_id: int) -> Deployment:
    """Read the deployment. Raises DeploymentError where there is none or it cannot be read."""
    path = path_for(directory, chain_id)
    try:
        return Deployment.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise DeploymentError(f"{path} does not exist: run `tokenpoints deploy` first") from None
    except ValidationError as error:
        raise DeploymentError(f"{path} is not a deployment: {error}") from None


class Followed:
    """The deployment on one chain, read again whenever its file has changed."""

    def __init__(self, directory: Path, chain_id: int) -> None:
        """Raises DeploymentError where there is none or it cannot be read."""
        self._directory, self._chain_id = directory, chain_id
        self._path = path_for(directory, chain_id)
        self._mark = self.mark()
        self._known = load(directory, chain_id)

    def __call__(self) -> Deployment:
        """What is deployed now. A file that cannot be read changes nothing."""
        mark = self.mark()
        if mark != self._mark:
            try:
                self._known, self._mark = load(self._directory, self._chain_id), mark
            except DeploymentError as error:
                log.warning("deployment_not_read", detail=str(error)[:300])
        return self._known

    def mark(self) -> tuple[int, ...] | None:
        """Another one for each content of the file."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def change(directory: Path, chain_id: int, changed: Callable[[Deployment], Deployment]) -> None:
    """Replace the deployment by what `changed` makes of it, one process after the other."""
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(path_for(directory, chain_id).with_suffix(".json.lock")):
        exists = path_for(directory, chain_id).exists()
        known = load(directory, chain_id) if exists else Deployment(chain_id=chain_id, programs={})
        following = changed(known)
        if following != known:
            save(directory, following)


def save(directory: Path, deployment: Deployment) -> Path:
    """Write the deployment in one step, so that a crash leaves the old file or the new one."""
    directory.mkdir(parents=True, exist_ok=True)
    path = path_for(directory, deployment.chain_id)
    partial = path.with_suffix(".json.partial")
    with partial.open("w") as file:
        file.write(deployment.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path
