"""Receipts of every kind"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('adjustments',
    sa.Column('receipt_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('requested_by', sa.String(length=40), nullable=False),
    sa.Column('requested_lineage', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('decided_by', sa.String(length=40), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['receipt_seq'], ['receipts.seq'], name=op.f('fk_adjustments_receipt_seq_receipts')),
    sa.PrimaryKeyConstraint('receipt_seq', name=op.f('pk_adjustments')),
    sa.UniqueConstraint('id', name=op.f('uq_adjustments_id'))
    )
    with op.batch_alter_table('adjustments', schema=None) as batch_op:
        batch_op.create_index('ix_adjustments_program_receipt_seq', ['program', 'receipt_seq'], unique=False)

    op.create_table('clawbacks',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('member_seq', sa.BigInteger(), nullable=False),
    sa.Column('receipt_seq', sa.BigInteger(), nullable=False),
    sa.Column('earned_by_seq', sa.BigInteger(), nullable=True),
    sa.Column('share_before', sa.BigInteger(), nullable=True),
    sa.Column('share_after', sa.BigInteger(), nullable=True),
    sa.Column('share_whole', sa.BigInteger(), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.SmallInteger(), nullable=False),
    sa.Column('waits', sa.String(length=300), nullable=True),
    sa.Column('tried_at', sa.BigInteger(), nullable=True),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['earned_by_seq'], ['receipts.seq'], name=op.f('fk_clawbacks_earned_by_seq_receipts')),
    sa.ForeignKeyConstraint(['member_seq'], ['members.seq'], name=op.f('fk_clawbacks_member_seq_members')),
    sa.ForeignKeyConstraint(['receipt_seq'], ['receipts.seq'], name=op.f('fk_clawbacks_receipt_seq_receipts')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_clawbacks'))
    )
    with op.batch_alter_table('clawbacks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clawbacks_earned_by_seq'), ['earned_by_seq'], unique=False)
        batch_op.create_index('ix_clawbacks_open', ['program', 'seq'], unique=False, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_clawbacks_receipt_seq'), ['receipt_seq'], unique=False)

    op.create_table('referrals',
    sa.Column('receipt_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('friend_seq', sa.BigInteger(), nullable=False),
    sa.Column('purchase_seq', sa.BigInteger(), nullable=True),
    sa.Column('is_credited', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['friend_seq'], ['members.seq'], name=op.f('fk_referrals_friend_seq_members')),
    sa.ForeignKeyConstraint(['purchase_seq'], ['receipts.seq'], name=op.f('fk_referrals_purchase_seq_receipts')),
    sa.ForeignKeyConstraint(['receipt_seq'], ['receipts.seq'], name=op.f('fk_referrals_receipt_seq_receipts')),
    sa.PrimaryKeyConstraint('receipt_seq', name=op.f('pk_referrals')),
    sa.UniqueConstraint('friend_seq', name=op.f('uq_referrals_friend_seq'))
    )
    with op.batch_alter_table('referrals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_referrals_purchase_seq'), ['purchase_seq'], unique=False)

    op.create_table('refunds',
    sa.Column('receipt_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('refunded_seq', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('pieces', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['receipt_seq'], ['receipts.seq'], name=op.f('fk_refunds_receipt_seq_receipts')),
    sa.ForeignKeyConstraint(['refunded_seq'], ['receipts.seq'], name=op.f('fk_refunds_refunded_seq_receipts')),
    sa.PrimaryKeyConstraint('receipt_seq', name=op.f('pk_refunds')),
    sa.UniqueConstraint('refunded_seq', 'number', name=op.f('uq_refunds_refunded_seq_number'))
    )
    op.create_table('clawback_parts',
    sa.Column('award_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('clawback_seq', sa.BigInteger(), nullable=False),
    sa.Column('operation_seq', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['award_seq'], ['awards.seq'], name=op.f('fk_clawback_parts_award_seq_awards')),
    sa.ForeignKeyConstraint(['clawback_seq'], ['clawbacks.seq'], name=op.f('fk_clawback_parts_clawback_seq_clawbacks')),
    sa.ForeignKeyConstraint(['operation_seq'], ['operations.seq'], name=op.f('fk_clawback_parts_operation_seq_operations')),
    sa.PrimaryKeyConstraint('award_seq', name=op.f('pk_clawback_parts'))
    )
    with op.batch_alter_table('clawback_parts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clawback_parts_clawback_seq'), ['clawback_seq'], unique=False)

    op.create_table('clawback_returns',
    sa.Column('award_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('clawback_seq', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['award_seq'], ['awards.seq'], name=op.f('fk_clawback_returns_award_seq_awards')),
    sa.ForeignKeyConstraint(['clawback_seq'], ['clawbacks.seq'], name=op.f('fk_clawback_returns_clawback_seq_clawbacks')),
    sa.PrimaryKeyConstraint('award_seq', name=op.f('pk_clawback_returns'))
    )
    with op.batch_alter_table('clawback_returns', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clawback_returns_clawback_seq'), ['clawback_seq'], unique=False)

    op.create_table('restorations',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('redemption', sa.BigInteger(), nullable=False),
    sa.Column('receipt_seq', sa.BigInteger(), nullable=False),
    sa.Column('operation_seq', sa.BigInteger(), nullable=True),
    sa.Column('award_seq', sa.BigInteger(), nullable=True),
    sa.Column('waits', sa.String(length=300), nullable=True),
    sa.Column('tried_at', sa.BigInteger(), nullable=True),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['award_seq'], ['awards.seq'], name=op.f('fk_restorations_award_seq_awards')),
    sa.ForeignKeyConstraint(['operation_seq'], ['operations.seq'], name=op.f('fk_restorations_operation_seq_operations')),
    sa.ForeignKeyConstraint(['receipt_seq'], ['receipts.seq'], name=op.f('fk_restorations_receipt_seq_receipts')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_restorations')),
    sa.UniqueConstraint('program', 'redemption', name=op.f('uq_restorations_program_redemption'))
    )
    with op.batch_alter_table('restorations', schema=None) as batch_op:
        batch_op.create_index('ix_restorations_open', ['program', 'seq'], unique=False, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_restorations_receipt_seq'), ['receipt_seq'], unique=False)

    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('channel', sa.String(length=128), nullable=True))
        batch_op.add_column(sa.Column('details', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('once_key', sa.String(length=80), nullable=True))
        batch_op.create_index('ix_receipts_once', ['program', 'once_key'], unique=True, sqlite_where=sa.text('once_key IS NOT NULL'), postgresql_where=sa.text('once_key IS NOT NULL'))


def downgrade() -> None:
    for table in (
        'restorations', 'clawback_returns', 'clawback_parts', 'clawbacks', 'adjustments', 'refunds', 'referrals',
    ):
        op.drop_table(table)
    with op.batch_alter_table('receipts', schema=None) as batch_op:
        batch_op.drop_index('ix_receipts_once', sqlite_where=sa.text('once_key IS NOT NULL'), postgresql_where=sa.text('once_key IS NOT NULL'))
        batch_op.drop_column('once_key')
        batch_op.drop_column('details')
        batch_op.drop_column('channel')
