"""Attempts, dead letters and what submitters say of themselves"""

import rlp
import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('submitter_states',
    sa.Column('program', sa.String(length=40), nullable=False),
    sa.Column('issuer', sa.LargeBinary(length=20), nullable=False),
    sa.Column('wait', sa.String(length=20), nullable=True),
    sa.Column('detail', sa.String(length=300), nullable=False),
    sa.Column('in_flight', sa.Integer(), nullable=False),
    sa.Column('oldest_unsealed_at', sa.BigInteger(), nullable=True),
    sa.Column('balance_wei', sa.String(length=78), nullable=False),
    sa.Column('base_fee_wei', sa.BigInteger(), nullable=False),
    sa.Column('nonce', sa.BigInteger(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('observed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('program', 'issuer', name=op.f('pk_submitter_states'))
    )
    op.create_table('dead_letters',
    sa.Column('award_seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['award_seq'], ['awards.seq'], name=op.f('fk_dead_letters_award_seq_awards')),
    sa.PrimaryKeyConstraint('award_seq', name=op.f('pk_dead_letters'))
    )
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('batch_number', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('attempt', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('gas_limit', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('max_fee_wei', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('priority_fee_wei', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('block_number', sa.BigInteger(), nullable=True))
    _fill()
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        for name, kind in (
            ('attempt', sa.Integer()),
            ('gas_limit', sa.BigInteger()),
            ('max_fee_wei', sa.BigInteger()),
            ('priority_fee_wei', sa.BigInteger()),
            ('block_number', sa.BigInteger()),
        ):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        batch_op.alter_column('batch_seq', existing_type=sa.BIGINT(), nullable=True)
        batch_op.drop_constraint(batch_op.f('uq_submissions_issuer_nonce'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_submissions_issuer_nonce_attempt'), ['issuer', 'nonce', 'attempt'])


def _fill() -> None:
    # What the columns say of the submissions so far is in their bytes (EIP-1559). The block in which each was signed
    # is not known; from 0 on, any of them counts as having waited for many.
    connection = op.get_bind()
    submissions = sa.table(
        'submissions',
        sa.column('seq', sa.BigInteger()),
        sa.column('batch_seq', sa.BigInteger()),
        sa.column('signed_bytes', sa.LargeBinary()),
        sa.column('batch_number', sa.BigInteger()),
        sa.column('attempt', sa.Integer()),
        sa.column('gas_limit', sa.BigInteger()),
        sa.column('max_fee_wei', sa.BigInteger()),
        sa.column('priority_fee_wei', sa.BigInteger()),
        sa.column('block_number', sa.BigInteger()),
    )
    batches = sa.table('batches', sa.column('seq', sa.BigInteger()), sa.column('number', sa.BigInteger()))
    number = sa.select(batches.c.number).where(batches.c.seq == submissions.c.batch_seq).scalar_subquery()
    connection.execute(sa.update(submissions).values(batch_number=number, attempt=0, block_number=0))
    last = 0
    while True:
        page = sa.select(submissions.c.seq, submissions.c.signed_bytes).where(submissions.c.seq > last)
        rows = connection.execute(page.order_by(submissions.c.seq).limit(500)).all()
        if not rows:
            return
        for seq, signed_bytes in rows:
            fields = rlp.decode(bytes(signed_bytes)[1:])
            priority_fee, max_fee, gas_limit = (int.from_bytes(field, 'big') for field in fields[2:5])
            connection.execute(
                sa.update(submissions)
                .where(submissions.c.seq == seq)
                .values(gas_limit=gas_limit, max_fee_wei=max_fee, priority_fee_wei=priority_fee)
            )
        last = rows[-1].seq


def downgrade() -> None:
    # Bytes that were broadcast can be mined, so none is deleted.
    homeless = op.get_bind().execute(
        sa.text('SELECT count(*) FROM submissions WHERE attempt > 0 OR batch_seq IS NULL')
    ).scalar_one()
    if homeless:
        raise RuntimeError(f'{homeless} submissions have no place in the schema before')
    with op.batch_alter_table('submissions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_submissions_issuer_nonce_attempt'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_submissions_issuer_nonce'), ['issuer', 'nonce'])
        batch_op.alter_column('batch_seq',
               existing_type=sa.BIGINT(),
               nullable=False)
        batch_op.drop_column('block_number')
        batch_op.drop_column('priority_fee_wei')
        batch_op.drop_column('max_fee_wei')
        batch_op.drop_column('gas_limit')
        batch_op.drop_column('attempt')
        batch_op.drop_column('batch_number')

    op.drop_table('dead_letters')
    op.drop_table('submitter_states')
