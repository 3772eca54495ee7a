"""Members' actions"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('operations', sa.Column('member_id', sa.String(length=40), nullable=True))
    op.add_column('operations', sa.Column('account', sa.LargeBinary(length=20), nullable=True))
    op.add_column('operations', sa.Column('account_nonce', sa.BigInteger(), nullable=True))
    op.add_column('operations', sa.Column('points', sa.BigInteger(), nullable=True))
    op.add_column('operations', sa.Column('approval', sa.String(length=20), nullable=True))
    op.create_index('ix_operations_member_id_seq', 'operations', ['member_id', 'seq'])
    op.create_table('used_tokens',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_used_tokens'))
    )
    op.create_index(op.f('ix_used_tokens_expires_at'), 'used_tokens', ['expires_at'])
    op.create_table('step_up_limits',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('action_points', sa.BigInteger(), nullable=False),
    sa.Column('day_points', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('program', name=op.f('pk_step_up_limits'))
    )
    op.create_table('charities',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('account', sa.LargeBinary(length=20), nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('program', 'account', name=op.f('pk_charities'))
    )


def downgrade() -> None:
    op.drop_table('charities')
    op.drop_table('step_up_limits')
    op.drop_table('used_tokens')
    op.drop_index('ix_operations_member_id_seq', 'operations')
    for name in ('approval', 'points', 'account_nonce', 'account', 'member_id'):
        op.drop_column('operations', name)
