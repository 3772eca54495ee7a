"""From an entry to its receipt by indexes: PostgreSQL reads neither the batch nor the award for it"""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make('batches', ('program', 'issuer', 'number'), 'INCLUDE (seq)')
    _make('awards', ('batch_seq', 'position'), 'INCLUDE (receipt_seq)')


def downgrade() -> None:
    _make('batches', ('program', 'issuer', 'number'), '')
    _make('awards', ('batch_seq', 'position'), '')


def _make(table: str, columns: tuple[str, ...], included: str) -> None:
    if op.get_bind().dialect.name == 'postgresql':
        name = f'uq_{table}_{"_".join(columns)}'
        op.drop_constraint(name, table)
        # As text: Alembic writes a constraint of the key's columns alone.
        op.execute(f'ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({", ".join(columns)}) {included}')
