"""Comparisons of the database with the chain"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reconciliations',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('block_number', sa.BigInteger(), nullable=False),
    sa.Column('block_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('compared_at', sa.BigInteger(), nullable=False),
    sa.Column('account_count', sa.BigInteger(), nullable=False),
    sa.Column('rule_version_count', sa.BigInteger(), nullable=False),
    sa.Column('batch_count', sa.BigInteger(), nullable=False),
    sa.Column('difference_count', sa.BigInteger(), nullable=False),
    sa.Column('differences', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_reconciliations'))
    )
    op.create_index('ix_reconciliations_program_seq', 'reconciliations', ['program', 'seq'])


def downgrade() -> None:
    op.drop_table('reconciliations')
