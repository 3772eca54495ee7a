"""Agreements"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

# What was derived from the chain is read from it anew, as the exchanges' logs were passed over so far. Children first.
_DERIVED = (
    'checkpoints', 'entries', 'balances', 'refusals', 'awarded_groups', 'awarded_batches', 'rule_versions',
    'program_changes', 'transactions', 'blocks',
)


def upgrade() -> None:
    _forget_what_is_derived()
    op.create_table('agreement_dealings',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('block_number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('log_index', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('transaction_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('dealing', sa.String(length=20), nullable=False),
    sa.Column('agreement_id', sa.LargeBinary(length=32), nullable=True),
    sa.Column('account', sa.LargeBinary(length=20), nullable=True),
    sa.Column('recipient', sa.LargeBinary(length=20), nullable=True),
    sa.Column('burned', sa.BigInteger(), nullable=True),
    sa.Column('minted', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.String(length=78), nullable=True),
    sa.Column('settlement_token', sa.LargeBinary(length=20), nullable=True),
    sa.Column('ends_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['block_number'], ['blocks.number'], name=op.f('fk_agreement_dealings_block_number_blocks'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('program', 'block_number', 'log_index', name=op.f('pk_agreement_dealings'))
    )
    with op.batch_alter_table('agreement_dealings', schema=None) as batch_op:
        batch_op.create_index('ix_agreement_dealings_agreement', ['program', 'agreement_id', 'block_number', 'log_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_agreement_dealings_block_number'), ['block_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_agreement_dealings_transaction_hash'), ['transaction_hash'], unique=False)

    op.create_table('agreements',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('id', sa.LargeBinary(length=32), nullable=False),
    sa.Column('source', sa.LargeBinary(length=20), nullable=False),
    sa.Column('source_points', sa.BigInteger(), nullable=False),
    sa.Column('target', sa.LargeBinary(length=20), nullable=False),
    sa.Column('target_points', sa.BigInteger(), nullable=False),
    sa.Column('quota', sa.BigInteger(), nullable=False),
    sa.Column('quota_window_seconds', sa.BigInteger(), nullable=False),
    sa.Column('opens_at', sa.BigInteger(), nullable=False),
    sa.Column('closes_at', sa.BigInteger(), nullable=False),
    sa.Column('settlement', sa.String(length=78), nullable=False),
    sa.Column('settlement_token', sa.LargeBinary(length=20), nullable=True),
    sa.Column('beneficiary', sa.LargeBinary(length=20), nullable=True),
    sa.Column('terms_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('block_number', sa.BigInteger(), nullable=False),
    sa.Column('log_index', sa.Integer(), nullable=False),
    sa.Column('transaction_hash', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['block_number'], ['blocks.number'], name=op.f('fk_agreements_block_number_blocks'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('program', 'id', name=op.f('pk_agreements'))
    )
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreements_block_number'), ['block_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_agreements_transaction_hash'), ['transaction_hash'], unique=False)



def downgrade() -> None:
    op.drop_table('agreements')
    op.drop_table('agreement_dealings')
    _forget_what_is_derived()


def _forget_what_is_derived() -> None:
    for table in _DERIVED:
        op.execute(f'DELETE FROM {table}')
