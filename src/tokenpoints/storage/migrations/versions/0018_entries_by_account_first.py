"""The index of an account's entries begins with the account: half the time to build"""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make('account', 'program')


def downgrade() -> None:
    _make('program', 'account')


def _make(*first: str) -> None:
    # It is not there where the first reading of a chain is not at its end.
    op.drop_index('ix_entries_account', 'entries', if_exists=True)
    op.create_index('ix_entries_account', 'entries', [*first, 'block_number', 'log_index'])
