"""Nonces of sign-ins"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sign_in_nonces',
    sa.Column('nonce', sa.String(length=100), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('nonce', name=op.f('pk_sign_in_nonces'))
    )
    op.create_index(op.f('ix_sign_in_nonces_expires_at'), 'sign_in_nonces', ['expires_at'])


def downgrade() -> None:
    op.drop_table('sign_in_nonces')
