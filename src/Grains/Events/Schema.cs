using Npgsql;

namespace Vitrine.Grains.Events;

/// <summary>The tables that are not Marten's: account epochs with their fence. Applied at silo start; safe to apply by many silos at once.</summary>
public static class Schema
{
    private const long MigrationLock = 0x5649_5452_494e_45;

    private const string Ddl = """
        create schema if not exists vitrine;

        -- One row for each account that was ever active. The epoch grows with every activation.
        create table if not exists vitrine.account_epoch (
            tenant_id text not null,
            account   text not null,
            epoch     bigint not null,
            primary key (tenant_id, account)
        );

        -- Called inside an accept transaction: shares the row, so that an account which is activated anew waits for this commit and then sees it.
        -- A procedure, because it must not answer rows: Marten reads the results of its own statements from the same batch.
        create or replace procedure vitrine.fence(in_tenant text, in_account text, in_epoch bigint) language plpgsql as $$
        begin
            perform 1 from vitrine.account_epoch where tenant_id = in_tenant and account = in_account and epoch = in_epoch for share;
            if not found then
                raise exception 'account %/% is no longer in epoch %', in_tenant, in_account, in_epoch using errcode = 'VT001';
            end if;
        end $$;

        -- Appends events of many streams, and the views beside them, to the tables that Marten made and reads. One set-based statement a table.
        -- expected = 0 starts a stream; otherwise the stream must have just so many events.
        create or replace procedure vitrine.append_events(
            s_tenant text[], s_id text[], s_expected bigint[], s_added bigint[],
            e_id uuid[], e_tenant text[], e_stream text[], e_version bigint[], e_type text[], e_class text[], e_data text[]) language plpgsql as $$
        declare
            moved bigint;
        begin
            insert into vitrine.mt_streams (tenant_id, id, version)
            select s.tenant, s.id, s.added from unnest(s_tenant, s_id, s_expected, s_added) as s (tenant, id, expected, added) where s.expected = 0;

            update vitrine.mt_streams as m set version = s.expected + s.added, timestamp = now()
            from unnest(s_tenant, s_id, s_expected, s_added) as s (tenant, id, expected, added)
            where s.expected > 0 and m.tenant_id = s.tenant and m.id = s.id and m.version = s.expected;
            get diagnostics moved = row_count;
            if moved <> (select count(*) from unnest(s_expected) as expected where expected > 0) then
                raise exception 'a stream is not at its expected version' using errcode = 'VT002';
            end if;

            insert into vitrine.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('vitrine.mt_events_sequence'), e.id, e.stream, e.version, e.data::jsonb, e.type, now(), e.tenant, e.class, false
            from unnest(e_id, e_tenant, e_stream, e_version, e_type, e_class, e_data) with ordinality as e (id, tenant, stream, version, type, class, data, place)
            order by e.place;
        end $$;
        """;

    public static async Task Apply(NpgsqlDataSource database, string ddl, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var migrationLock = new NpgsqlCommand("select pg_advisory_xact_lock($1)", connection, transaction))
        {
            migrationLock.Parameters.AddWithValue(MigrationLock);
            await migrationLock.ExecuteNonQueryAsync(cancellation);
        }
        await using (var command = new NpgsqlCommand(ddl, connection, transaction)) await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public static Task Apply(NpgsqlDataSource database, CancellationToken cancellation) => Apply(database, Ddl, cancellation);
}
