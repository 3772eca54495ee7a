"""What every seed starts from: a chain with a deployed program, and a database with its tables."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.faults.databases import Sqlite, migrate
from tests.support.chain import running_anvil
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain import specs
from tokenpoints.config import Settings
from tokenpoints.demo.program import program_path
from tokenpoints.domain.programs import Program


@dataclass(frozen=True)
class Base:
    """The files of one folder."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "chain.json"

    @property
    def deployments(self) -> Path:
        return self.folder / "deployments"

    @property
    def program(self) -> Program:
        settings = Settings(deployments_dir=self.deployments)
        return bootstrap.deployment(settings).programs["demo"]

    def new_sqlite(self, path: Path) -> Sqlite:
        """A migrated database at `path`."""
        shutil.copy(self.folder / "empty.db", path)
        return Sqlite(path)


async def build(folder: Path) -> Base:
    """Deploy, and make the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    base, port = Base(folder), free_port()
    settings = Settings(data_dir=folder, deployments_dir=base.deployments, node_port=port)
    async with running_anvil(port) as chain:
        await bootstrap.deploy(settings, specs.load(program_path()))
        state = await chain.rpc.call("anvil_dumpState")
    base.state.write_bytes(gzip.decompress(bytes.fromhex(state[2:])))
    await migrate(f"sqlite+aiosqlite:///{folder / 'empty.db'}")
    return base
