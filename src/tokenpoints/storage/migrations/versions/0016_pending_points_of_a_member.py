"""What of a member is pending, from an index"""

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_awards_member', 'awards', ['member_seq', 'seq', 'batch_seq', 'points_expected'])
    op.drop_index('ix_awards_member_seq_seq', 'awards')


def downgrade() -> None:
    op.create_index('ix_awards_member_seq_seq', 'awards', ['member_seq', 'seq'])
    op.drop_index('ix_awards_member', 'awards')
