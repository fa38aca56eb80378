using Npgsql;

namespace Vitrine.Grains.Events;

/// <summary>What is not Marten's in the database: account epochs with their fence, the numbers of watermarks, and the procedure that commits. Applied at silo start, by one silo at a time.</summary>
public static class Schema
{
    private static readonly string Ddl = $$$"""
        create schema if not exists vitrine;

        -- One row for each account that was ever active. The epoch grows with every activation.
        create table if not exists vitrine.account_epoch (
            tenant_id text not null,
            account   text not null,
            epoch     bigint not null,
            primary key (tenant_id, account)
        );

        -- The number that the watermark of an asset carries, of one sequence for all tenants. A number is never given out twice; gaps mean nothing.
        create sequence if not exists vitrine.watermark_number;
        create table if not exists vitrine.watermark (
            number    bigint primary key,
            tenant_id text not null,
            asset     text not null,
            unique (tenant_id, asset)
        );

        -- The advisory lock that stands for an account. It lives in memory, so taking it writes nothing; a row lock would be a write of its own.
        create or replace function vitrine.account_lock(in_tenant text, in_account text) returns bigint language sql immutable
        return hashtextextended(in_tenant || '/' || in_account, 0);

        -- Opens a new epoch. Waits for the commits that hold the account's lock, so that the caller, who folds next, sees them; later ones are fenced.
        create or replace function vitrine.open_account(in_tenant text, in_account text) returns bigint language plpgsql as $$
        declare
            opened bigint;
        begin
            perform pg_advisory_xact_lock(vitrine.account_lock(in_tenant, in_account));
            insert into vitrine.account_epoch as e (tenant_id, account, epoch) values (in_tenant, in_account, 1)
            on conflict (tenant_id, account) do update set epoch = e.epoch + 1 returning epoch into opened;
            return opened;
        end $$;

        -- One commit of many grains, all or nothing: account fences, events of many streams, and the views beside them, in the tables that Marten made and
        -- reads. One set-based statement a table. f_: accounts whose epoch must be in force, 0 for one that nobody may have opened. s_: streams; expected = 0 starts one, otherwise it must have just
        -- so many events; the first s_starts of them are the starts. e_: events in order. v_: views after these events.
        create or replace procedure vitrine.commit(
            f_tenant text[], f_account text[], f_epoch bigint[],
            s_starts bigint, s_tenant text[], s_id text[], s_expected bigint[], s_added bigint[],
            e_id uuid[], e_tenant text[], e_stream text[], e_version bigint[], e_type text[], e_class text[], e_data text[],
            v_kind text[], v_tenant text[], v_id text[], v_revision bigint[], v_class text[], v_data text[]) language plpgsql as $$
        declare
            found_rows bigint;
        begin
            if cardinality(f_account) > 0 then
                perform pg_advisory_xact_lock_shared(vitrine.account_lock(tenant, account)) from unnest(f_tenant, f_account) as f (tenant, account);
                -- A statement of its own, so that it sees what was committed before the locks were ours.
                select count(*) into found_rows from unnest(f_tenant, f_account, f_epoch) as f (tenant, account, epoch)
                left join vitrine.account_epoch as a on a.tenant_id = f.tenant and a.account = f.account where coalesce(a.epoch, 0) = f.epoch;
                if found_rows <> cardinality(f_account) then
                    raise exception 'an account is no longer in the epoch of its hold' using errcode = 'VT001';
                end if;
            end if;

            if s_starts > 0 then
                insert into vitrine.mt_streams (tenant_id, id, version)
                select s.tenant, s.id, s.added from unnest(s_tenant[:s_starts], s_id[:s_starts], s_added[:s_starts]) as s (tenant, id, added);
            end if;
            if s_starts < cardinality(s_id) then
                update vitrine.mt_streams as m set version = s.expected + s.added, timestamp = now()
                from unnest(s_tenant, s_id, s_expected, s_added) as s (tenant, id, expected, added)
                where s.expected > 0 and m.tenant_id = s.tenant and m.id = s.id and m.version = s.expected;
                get diagnostics found_rows = row_count;
                if found_rows <> cardinality(s_id) - s_starts then
                    raise exception 'a stream is not at its expected version' using errcode = 'VT002';
                end if;
            end if;

            insert into vitrine.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('vitrine.mt_events_sequence'), e.id, e.stream, e.version, e.data::jsonb, e.type, now(), e.tenant, e.class, false
            from unnest(e_id, e_tenant, e_stream, e_version, e_type, e_class, e_data) as e (id, tenant, stream, version, type, class, data);
        {{{string.Concat(View.All.Select(view => view.Upsert))}}}
        end $$;
        """;

    public static async Task Apply(NpgsqlDataSource database, string ddl, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var command = new NpgsqlCommand(ddl, connection, transaction)) await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public static Task Apply(NpgsqlDataSource database, CancellationToken cancellation) => Apply(database, Ddl, cancellation);
}
