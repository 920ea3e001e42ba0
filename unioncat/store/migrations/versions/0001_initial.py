"""Initial schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
import unioncat.store.tables
from sqlalchemy import Text

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_audit_action'), 'audit', ['action'], unique=False)
    op.create_table('change',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cluster', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('made', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number'),
    sqlite_autoincrement=True
    )
    op.create_table('cluster',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('marc', sa.LargeBinary(), nullable=False),
    sa.Column('provenance', sa.LargeBinary(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(length=16), nullable=False),
    sa.Column('heir', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('datestamp', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('suppressed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['heir'], ['cluster.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    op.create_table('cluster_set',
    sa.Column('cluster', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('set_spec', sa.String(length=120), nullable=False),
    sa.Column('datestamp', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('gone', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('cluster', 'set_spec'),
    sqlite_with_rowid=False
    )
    op.create_index('ix_cluster_set_page', 'cluster_set', ['set_spec', 'datestamp', 'cluster'], unique=False)
    op.create_table('dirty_record',
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mark', sa.BigInteger(), nullable=False),
    sa.Column('linked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('record')
    )
    op.create_table('link',
    sa.Column('left', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('right', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('band', sa.String(length=8), nullable=False),
    sa.CheckConstraint('"left" < "right"'),
    sa.PrimaryKeyConstraint('left', 'right'),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_link_right'), 'link', ['right'], unique=False)
    op.create_table('match_key',
    sa.Column('key', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('key', 'record'),
    sqlite_with_rowid=False
    )
    op.create_table('matched',
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('keys', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('record')
    )
    op.create_table('member',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('district', sa.Text(), nullable=False),
    sa.Column('province', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('link_template', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('profile', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('code')
    )
    op.create_table('ruleset',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('made', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('live_from', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_autoincrement=True
    )
    op.create_table('seen',
    sa.Column('harvest', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('harvest', 'record'),
    sqlite_with_rowid=False
    )
    op.create_table('setting',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('unsettled',
    sa.Column('first', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('first')
    )
    op.create_table('verdict',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('left_key', sa.Text(), nullable=False),
    sa.Column('right_key', sa.Text(), nullable=False),
    sa.Column('same', sa.Boolean(), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('made', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('superseded', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('superseded_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('left_key < right_key'),
    sa.ForeignKeyConstraint(['superseded_by'], ['verdict.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_verdict_left_key'), 'verdict', ['left_key'], unique=False)
    op.create_index(op.f('ix_verdict_right_key'), 'verdict', ['right_key'], unique=False)
    op.create_index('uq_live_verdict', 'verdict', ['left_key', 'right_key'], unique=True, sqlite_where=sa.text('superseded IS NULL'), postgresql_where=sa.text('superseded IS NULL'))
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.String(length=80), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('member', sa.String(length=40), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member'], ['member.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('login')
    )
    op.create_table('batch',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member', sa.String(length=40), nullable=False),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('hints', sa.JSON(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('before', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('made', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('settled', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('harvest', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['member'], ['member.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_batch_member'), 'batch', ['member'], unique=False)
    op.create_table('holding',
    sa.Column('cluster', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('member', sa.String(length=40), nullable=False),
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('call_number', sa.Text(), nullable=True),
    sa.Column('location', sa.Text(), nullable=True),
    sa.Column('copies', sa.Integer(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('local_id', sa.Text(), nullable=True),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['cluster'], ['cluster.id'], ),
    sa.ForeignKeyConstraint(['member'], ['member.code'], ),
    sa.PrimaryKeyConstraint('cluster', 'place'),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_holding_member'), 'holding', ['member'], unique=False)
    op.create_table('source',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=80), nullable=False),
    sa.Column('member', sa.String(length=40), nullable=False),
    sa.Column('harvester', sa.String(length=40), nullable=False),
    sa.Column('endpoint', sa.Text(), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('set_spec', sa.Text(), nullable=False),
    sa.Column('schedule', sa.String(length=120), nullable=False),
    sa.Column('quirks', sa.JSON(), nullable=False),
    sa.Column('credentials', sa.Text(), nullable=False),
    sa.Column('cursor', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('next_run', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.String(length=120), nullable=True),
    sa.Column('lease_until', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member'], ['member.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code')
    )
    op.create_index(op.f('ix_source_member'), 'source', ['member'], unique=False)
    op.create_table('draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member', sa.String(length=40), nullable=False),
    sa.Column('identifier', sa.Text(), nullable=False),
    sa.Column('same_as', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('base', sa.LargeBinary(), nullable=False),
    sa.Column('marc', sa.LargeBinary(), nullable=False),
    sa.Column('changed', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['account.id'], ),
    sa.ForeignKeyConstraint(['member'], ['member.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_draft_account'), 'draft', ['account'], unique=False)
    op.create_table('harvest',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('full', sa.Boolean(), nullable=False),
    sa.Column('started', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('finished', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('since', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('response_date', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('resume', sa.Text(), nullable=False),
    sa.Column('stored', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('deleted', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['source'], ['source.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_harvest_source'), 'harvest', ['source'], unique=False)
    op.create_table('source_record',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('identifier', sa.Text(), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=16), nullable=False),
    sa.Column('datestamp', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('harvest', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('cluster', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['source'], ['source.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('source', 'identifier')
    )
    op.create_index(op.f('ix_source_record_cluster'), 'source_record', ['cluster'], unique=False)
    op.create_index('ix_source_record_digest', 'source_record', ['source', 'digest'], unique=False)
    op.create_table('token',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created', unioncat.store.tables.Utc(timezone=True), nullable=False),
    sa.Column('expires', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.Column('revoked', unioncat.store.tables.Utc(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest')
    )
    op.create_index(op.f('ix_token_account'), 'token', ['account'], unique=False)
    op.create_table('refusal',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('harvest', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=True),
    sa.Column('identifier', sa.Text(), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('raw', sa.LargeBinary(), nullable=False),
    sa.Column('hints', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['harvest'], ['harvest.id'], ),
    sa.ForeignKeyConstraint(['source'], ['source.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_refusal_harvest'), 'refusal', ['harvest'], unique=False)
    op.create_index(op.f('ix_refusal_source'), 'refusal', ['source'], unique=False)
    op.create_table('source_body',
    sa.Column('record', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('keys', sa.LargeBinary(), nullable=False),
    sa.Column('view', sa.LargeBinary(), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('hints', sa.JSON(), nullable=False),
    sa.Column('marc', sa.LargeBinary(), nullable=False),
    sa.Column('raw', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['record'], ['source_record.id'], ),
    sa.PrimaryKeyConstraint('record')
    )


def downgrade() -> None:
    op.drop_table('source_body')
    op.drop_index(op.f('ix_refusal_source'), table_name='refusal')
    op.drop_index(op.f('ix_refusal_harvest'), table_name='refusal')
    op.drop_table('refusal')
    op.drop_index(op.f('ix_token_account'), table_name='token')
    op.drop_table('token')
    op.drop_index('ix_source_record_digest', table_name='source_record')
    op.drop_index(op.f('ix_source_record_cluster'), table_name='source_record')
    op.drop_table('source_record')
    op.drop_index(op.f('ix_harvest_source'), table_name='harvest')
    op.drop_table('harvest')
    op.drop_index(op.f('ix_draft_account'), table_name='draft')
    op.drop_table('draft')
    op.drop_index(op.f('ix_source_member'), table_name='source')
    op.drop_table('source')
    op.drop_index(op.f('ix_holding_member'), table_name='holding')
    op.drop_table('holding')
    op.drop_index(op.f('ix_batch_member'), table_name='batch')
    op.drop_table('batch')
    op.drop_table('account')
    op.drop_index('uq_live_verdict', table_name='verdict', sqlite_where=sa.text('superseded IS NULL'), postgresql_where=sa.text('superseded IS NULL'))
    op.drop_index(op.f('ix_verdict_right_key'), table_name='verdict')
    op.drop_index(op.f('ix_verdict_left_key'), table_name='verdict')
    op.drop_table('verdict')
    op.drop_table('unsettled')
    op.drop_table('setting')
    op.drop_table('seen')
    op.drop_table('ruleset')
    op.drop_table('member')
    op.drop_table('matched')
    op.drop_table('match_key')
    op.drop_index(op.f('ix_link_right'), table_name='link')
    op.drop_table('link')
    op.drop_table('dirty_record')
    op.drop_index('ix_cluster_set_page', table_name='cluster_set')
    op.drop_table('cluster_set')
    op.drop_table('cluster')
    op.drop_table('change')
    op.drop_index(op.f('ix_audit_action'), table_name='audit')
    op.drop_table('audit')
