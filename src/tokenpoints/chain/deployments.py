"""`deployments/<chain id>.json`: what is deployed where."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from tokenpoints.domain.programs import Deployment
from tokenpoints.errors import DeploymentError


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
