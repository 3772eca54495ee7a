"""Operations"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_Sequence = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('operations',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('change', sa.Text(), nullable=False),
    sa.Column('calls', sa.Text(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('sender', sa.LargeBinary(length=20), nullable=False),
    sa.Column('delay_seconds', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('error', sa.String(length=500), nullable=True),
    sa.Column('cancel_requested_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('effective_at', sa.BigInteger(), nullable=True),
    sa.Column('transaction_hash', sa.LargeBinary(length=32), nullable=True),
    sa.Column('requested_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_operations')),
    sa.UniqueConstraint('id', name=op.f('uq_operations_id'))
    )
    op.create_index('ix_operations_open', 'operations', ['sender', 'seq'], sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_index('ix_operations_program_seq', 'operations', ['program', 'seq'])
    op.create_table('operator_states',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('address', sa.LargeBinary(length=20), nullable=False),
    sa.Column('delay_seconds', sa.BigInteger(), nullable=False),
    sa.Column('wait', sa.String(length=20), nullable=True),
    sa.Column('detail', sa.String(length=300), nullable=False),
    sa.Column('open_count', sa.Integer(), nullable=False),
    sa.Column('balance_wei', sa.String(length=78), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('program', 'role', 'address', name=op.f('pk_operator_states'))
    )
    op.create_table('operation_submissions',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('operation_seq', sa.BigInteger(), nullable=True),
    sa.Column('step', sa.Integer(), nullable=True),
    sa.Column('sender', sa.LargeBinary(length=20), nullable=False),
    sa.Column('nonce', sa.BigInteger(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('transaction_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('signed_bytes', sa.LargeBinary(), nullable=False),
    sa.Column('gas_limit', sa.BigInteger(), nullable=False),
    sa.Column('max_fee_wei', sa.BigInteger(), nullable=False),
    sa.Column('priority_fee_wei', sa.BigInteger(), nullable=False),
    sa.Column('block_number', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['operation_seq'], ['operations.seq'], name=op.f('fk_operation_submissions_operation_seq_operations')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_operation_submissions')),
    sa.UniqueConstraint('sender', 'nonce', 'attempt', name=op.f('uq_operation_submissions_sender_nonce_attempt')),
    sa.UniqueConstraint('transaction_hash', name=op.f('uq_operation_submissions_transaction_hash'))
    )
    op.create_index(op.f('ix_operation_submissions_operation_seq'), 'operation_submissions', ['operation_seq'])


def downgrade() -> None:
    op.drop_table('operation_submissions')
    op.drop_table('operator_states')
    op.drop_table('operations')
