"""Webhooks"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_Sequence = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('webhook_endpoints',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('events', sa.Text(), nullable=False),
    sa.Column('secret', sa.String(length=100), nullable=False),
    sa.Column('previous_secret', sa.String(length=100), nullable=True),
    sa.Column('previous_until', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('told_block', sa.BigInteger(), nullable=False),
    sa.Column('failure_count', sa.Integer(), nullable=False),
    sa.Column('failing_since', sa.BigInteger(), nullable=True),
    sa.Column('resume_at', sa.BigInteger(), nullable=True),
    sa.Column('disabled_at', sa.BigInteger(), nullable=True),
    sa.Column('disabled_why', sa.String(length=20), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_webhook_endpoints')),
    sa.UniqueConstraint('id', name=op.f('uq_webhook_endpoints_id'))
    )
    op.create_index('ix_webhook_endpoints_program_seq', 'webhook_endpoints', ['program', 'seq'])
    op.create_table('webhook_messages',
    sa.Column('seq', _Sequence, nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('endpoint_seq', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=True),
    sa.Column('attempt_count', sa.Integer(), nullable=False),
    sa.Column('attempted_at', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('error', sa.String(length=200), nullable=True),
    sa.Column('delivered_at', sa.BigInteger(), nullable=True),
    sa.Column('dead_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['endpoint_seq'], ['webhook_endpoints.seq'], name=op.f('fk_webhook_messages_endpoint_seq_webhook_endpoints'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_webhook_messages')),
    sa.UniqueConstraint('id', name=op.f('uq_webhook_messages_id'))
    )
    op.create_index('ix_webhook_messages_endpoint_seq_seq', 'webhook_messages', ['endpoint_seq', 'seq'])
    op.create_index('ix_webhook_messages_due', 'webhook_messages', ['endpoint_seq', 'due_at', 'seq'], sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
    op.create_index('ix_webhook_messages_dead', 'webhook_messages', ['endpoint_seq'], sqlite_where=sa.text('dead_at IS NOT NULL'), postgresql_where=sa.text('dead_at IS NOT NULL'))


def downgrade() -> None:
    op.drop_table('webhook_messages')
    op.drop_table('webhook_endpoints')
