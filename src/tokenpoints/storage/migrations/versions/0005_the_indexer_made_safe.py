"""Halts of the indexer, and entries of points that ended without a transaction"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

# What was derived from the chain is read from it anew, as expiry is entered elsewhere now. Children first.
_DERIVED = (
    'checkpoints', 'entries', 'balances', 'refusals', 'awarded_groups', 'awarded_batches', 'rule_versions',
    'program_changes', 'transactions', 'blocks',
)


def upgrade() -> None:
    _forget_what_is_derived()
    with op.batch_alter_table('checkpoints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('halted_because', sa.String(length=200), nullable=True))
    with op.batch_alter_table('entries', schema=None) as batch_op:
        batch_op.alter_column('transaction_hash', existing_type=sa.LargeBinary(length=32), nullable=True)
        batch_op.drop_constraint('fk_entries_block_number_blocks', type_='foreignkey')


def downgrade() -> None:
    _forget_what_is_derived()
    with op.batch_alter_table('entries', schema=None) as batch_op:
        batch_op.create_foreign_key(
            'fk_entries_block_number_blocks', 'blocks', ['block_number'], ['number'], ondelete='CASCADE'
        )
        batch_op.alter_column('transaction_hash', existing_type=sa.LargeBinary(length=32), nullable=False)
    with op.batch_alter_table('checkpoints', schema=None) as batch_op:
        batch_op.drop_column('halted_because')


def _forget_what_is_derived() -> None:
    for table in _DERIVED:
        op.execute(f'DELETE FROM {table}')
