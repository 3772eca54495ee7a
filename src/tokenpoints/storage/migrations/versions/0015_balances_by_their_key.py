"""Balances by their key: SQLite keeps them without a second number for each row"""

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(with_rowid=False)


def downgrade() -> None:
    _rebuild(with_rowid=True)


def _rebuild(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        with op.batch_alter_table('balances', recreate='always', table_kwargs={'sqlite_with_rowid': with_rowid}):
            pass
