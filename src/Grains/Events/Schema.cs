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
