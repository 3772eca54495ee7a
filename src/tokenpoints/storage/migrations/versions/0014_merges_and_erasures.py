"""Members merged and erased"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('merges',
    sa.Column('member_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('into_seq', sa.BigInteger(), nullable=False),
    sa.Column('merged_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['into_seq'], ['members.seq'], name=op.f('fk_merges_into_seq_members')),
    sa.ForeignKeyConstraint(['member_seq'], ['members.seq'], name=op.f('fk_merges_member_seq_members')),
    sa.PrimaryKeyConstraint('member_seq', name=op.f('pk_merges'))
    )
    op.create_index(op.f('ix_merges_into_seq'), 'merges', ['into_seq'])
    op.create_table('erased_awards',
    sa.Column('batch_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rule_id', sa.BigInteger(), nullable=False),
    sa.Column('account', sa.LargeBinary(length=20), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('receipt_hash', sa.LargeBinary(length=32), nullable=False),
    sa.ForeignKeyConstraint(['batch_seq'], ['batches.seq'], name=op.f('fk_erased_awards_batch_seq_batches')),
    sa.PrimaryKeyConstraint('batch_seq', 'position', name=op.f('pk_erased_awards'))
    )
    op.create_table('erased_references',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('reference_hash', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('program', 'reference_hash', name=op.f('pk_erased_references'))
    )
    op.create_table('erasure_policies',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('points', sa.String(length=20), nullable=False),
    sa.Column('account', sa.LargeBinary(length=20), nullable=True),
    sa.Column('reward', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('program', name=op.f('pk_erasure_policies'))
    )
    op.create_table('erasures',
    sa.Column('seq', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('member_seq', sa.BigInteger(), nullable=True),
    sa.Column('operation_seq', sa.BigInteger(), nullable=True),
    sa.Column('requested_at', sa.BigInteger(), nullable=False),
    sa.Column('erased_at', sa.BigInteger(), nullable=True),
    sa.Column('erased', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['member_seq'], ['members.seq'], name=op.f('fk_erasures_member_seq_members')),
    sa.ForeignKeyConstraint(['operation_seq'], ['operations.seq'], name=op.f('fk_erasures_operation_seq_operations')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_erasures')),
    sa.UniqueConstraint('id', name=op.f('uq_erasures_id'))
    )
    op.create_index(op.f('ix_erasures_member_seq'), 'erasures', ['member_seq'])


def downgrade() -> None:
    op.drop_table('erasures')
    op.drop_table('erasure_policies')
    op.drop_table('erased_references')
    op.drop_table('erased_awards')
    op.drop_table('merges')
