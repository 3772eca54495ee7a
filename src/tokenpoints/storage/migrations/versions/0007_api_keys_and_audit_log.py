"""API keys, stores of receipts, and the audit log"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_Sequence = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=True),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=False),
    sa.Column('store', sa.String(length=128), nullable=True),
    sa.Column('member_id', sa.String(length=40), nullable=True),
    sa.Column('receipt_amount_max', sa.BigInteger(), nullable=True),
    sa.Column('day_amount_max', sa.BigInteger(), nullable=True),
    sa.Column('day_count_max', sa.BigInteger(), nullable=True),
    sa.Column('lineage', sa.String(length=40), nullable=False),
    sa.Column('secret_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.Column('last_used_at', sa.BigInteger(), nullable=True),
    sa.Column('replaced_by', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('id', name=op.f('uq_api_keys_id'))
    )
    op.create_index('ix_api_keys_program_seq', 'api_keys', ['program', 'seq'])
    op.create_table('api_key_days',
    sa.Column('lineage', sa.String(length=40), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('lineage', 'day', name=op.f('pk_api_key_days'))
    )
    op.create_table('audit_log',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('key_id', sa.String(length=40), nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('outcome', sa.String(length=60), nullable=False),
    sa.Column('subjects', sa.Text(), nullable=False),
    sa.Column('subject_count', sa.Integer(), nullable=False),
    sa.Column('subjects_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=True),
    sa.Column('previous_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_log')),
    sa.UniqueConstraint('program', 'number', name=op.f('uq_audit_log_program_number'))
    )
    op.add_column('receipts', sa.Column('store', sa.String(length=128), nullable=True))


def downgrade() -> None:
    op.drop_column('receipts', 'store')
    op.drop_table('audit_log')
    op.drop_table('api_key_days')
    op.drop_table('api_keys')
