namespace Vitrine.Grains.Ledger;

/// <summary>
/// The tables of the transparency log and the procedures that alone write them. What was written is never changed: triggers refuse it, also to the owner of the
/// tables by mistake. Whoever may drop triggers can still rewrite everything; against that stand only checkpoints that others keep (docs/ledger.md).
/// </summary>
public static class LedgerSchema
{
    /// <summary>The SQLSTATE raised for a writer that another has replaced.</summary>
    public const string FencedSqlState = "VT003";

    /// <summary>The SQLSTATE raised for a change of what was written.</summary>
    public const string ImmutableSqlState = "VT004";

    public const string Ddl = """
        create schema if not exists vitrine;

        -- How far the events have become leaves, and whose turn it is to write: one row.
        create table if not exists vitrine.ledger_cursor (
            there   boolean primary key default true check (there),
            seq     bigint not null,
            epoch   bigint not null
        );
        insert into vitrine.ledger_cursor (seq, epoch) values (0, 0) on conflict do nothing;

        -- The right edge of each log: a tenant's under the tenant's name, the platform's under '@platform', which no tenant can have.
        create table if not exists vitrine.ledger_tree (
            log         text primary key,
            size        bigint not null,
            edge        bytea not null,
            signed_size bigint not null default 0,
            signed_at   timestamptz not null default '-infinity'
        );

        create table if not exists vitrine.ledger_leaf (
            log     text not null,
            idx     bigint not null,
            seq     bigint,
            entry   bytea not null,
            hash    bytea not null,
            primary key (log, idx)
        );
        create unique index if not exists ledger_leaf_by_event on vitrine.ledger_leaf (seq) where seq is not null;

        -- Roots of full tiles: the hashes of the tiles above level 0.
        create table if not exists vitrine.ledger_node (
            log     text not null,
            level   integer not null,
            idx     bigint not null,
            hash    bytea not null,
            primary key (log, level, idx)
        );

        create table if not exists vitrine.ledger_checkpoint (
            log     text not null,
            size    bigint not null,
            note    text not null,
            at      timestamptz not null,
            -- The leaf of the platform's log that holds this checkpoint; null for the platform's own.
            platform_idx bigint,
            primary key (log, size)
        );

        create table if not exists vitrine.ledger_cosignature (
            log     text not null,
            size    bigint not null,
            witness text not null,
            line    text not null,
            primary key (log, size, witness)
        );

        -- RFC 3161 tokens over the text of checkpoints.
        create table if not exists vitrine.ledger_stamp (
            log     text not null,
            size    bigint not null,
            token   bytea not null,
            at      timestamptz not null,
            primary key (log, size)
        );

        create or replace function vitrine.ledger_refuse() returns trigger language plpgsql as $$
        begin
            raise exception 'what the ledger holds is never changed' using errcode = 'VT004';
        end $$;
        create or replace trigger ledger_leaf_stays before update or delete or truncate on vitrine.ledger_leaf execute function vitrine.ledger_refuse();
        create or replace trigger ledger_node_stays before update or delete or truncate on vitrine.ledger_node execute function vitrine.ledger_refuse();
        create or replace trigger ledger_checkpoint_stays before update or delete or truncate on vitrine.ledger_checkpoint execute function vitrine.ledger_refuse();
        create or replace trigger ledger_cosignature_stays before update or delete or truncate on vitrine.ledger_cosignature execute function vitrine.ledger_refuse();
        create or replace trigger ledger_stamp_stays before update or delete or truncate on vitrine.ledger_stamp execute function vitrine.ledger_refuse();

        -- Begins the turn of a new writer. Waits for the transaction of the former one, whose next is refused.
        create or replace function vitrine.ledger_open() returns table (seq bigint, epoch bigint) language sql as $$
            update vitrine.ledger_cursor as c set epoch = c.epoch + 1 returning c.seq, c.epoch;
        $$;

        -- Writes the leaves of the events from in_from (excluded) to in_to, all or nothing. l_: leaves in order. n_: roots of tiles that became full.
        -- t_: the right edges afterwards.
        create or replace procedure vitrine.ledger_append(
            in_epoch bigint, in_from bigint, in_to bigint,
            l_log text[], l_idx bigint[], l_seq bigint[], l_entry bytea[], l_hash bytea[],
            n_log text[], n_level integer[], n_idx bigint[], n_hash bytea[],
            t_log text[], t_size bigint[], t_edge bytea[]) language plpgsql as $$
        begin
            update vitrine.ledger_cursor set seq = in_to where epoch = in_epoch and seq = in_from;
            if not found then
                raise exception 'another writer has taken over the ledger' using errcode = 'VT003';
            end if;
            insert into vitrine.ledger_leaf (log, idx, seq, entry, hash) select * from unnest(l_log, l_idx, l_seq, l_entry, l_hash);
            insert into vitrine.ledger_node (log, level, idx, hash) select * from unnest(n_log, n_level, n_idx, n_hash);
            insert into vitrine.ledger_tree as t (log, size, edge) select * from unnest(t_log, t_size, t_edge)
            on conflict (log) do update set size = excluded.size, edge = excluded.edge;
        end $$;

        -- Publishes checkpoints of tenants' logs, and the platform's checkpoint over them: its new leaves are the notes in order, from in_first on.
        create or replace procedure vitrine.ledger_publish(
            in_epoch bigint, in_at timestamptz, c_log text[], c_size bigint[], c_note text[], c_hash bytea[],
            in_first bigint, in_edge bytea, in_note text, n_level integer[], n_idx bigint[], n_hash bytea[]) language plpgsql as $$
        declare
            platform constant text := '@platform';
        begin
            perform 1 from vitrine.ledger_cursor where epoch = in_epoch for share;
            if not found then
                raise exception 'another writer has taken over the ledger' using errcode = 'VT003';
            end if;
            insert into vitrine.ledger_checkpoint (log, size, note, at, platform_idx)
            select log, size, note, in_at, in_first + number - 1 from unnest(c_log, c_size, c_note) with ordinality as c (log, size, note, number);
            update vitrine.ledger_tree as t set signed_size = c.size, signed_at = in_at from unnest(c_log, c_size) as c (log, size) where t.log = c.log;

            insert into vitrine.ledger_leaf (log, idx, seq, entry, hash)
            select platform, in_first + number - 1, null, convert_to(note, 'UTF8'), hash from unnest(c_note, c_hash) with ordinality as c (note, hash, number);
            insert into vitrine.ledger_node (log, level, idx, hash) select platform, * from unnest(n_level, n_idx, n_hash);
            insert into vitrine.ledger_checkpoint (log, size, note, at) values (platform, in_first + cardinality(c_log), in_note, in_at);
            insert into vitrine.ledger_tree as t (log, size, edge, signed_size, signed_at)
            values (platform, in_first + cardinality(c_log), in_edge, in_first + cardinality(c_log), in_at)
            on conflict (log) do update set size = excluded.size, edge = excluded.edge, signed_size = excluded.signed_size, signed_at = excluded.signed_at;
        end $$;
        """;
}
