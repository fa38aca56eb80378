using System.Security.Cryptography;
using Npgsql;

namespace Vitrine.Local;

/// <summary>The role by which a gateway reads who is a member of the cluster, and nothing else of the database.</summary>
internal static class MembershipReader
{
    private const string Role = "vitrine_gateway";

    /// <summary>Makes the role, or gives it a new password, and answers its connection string. The silos have made their tables by then.</summary>
    public static async Task<string> Grant(string database, CancellationToken ct)
    {
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var grant = new NpgsqlCommand($"""
            do $$ begin
                if not exists (select from pg_roles where rolname = '{Role}') then create role {Role} login; end if;
            end $$;
            alter role {Role} password '{password}';
            grant select on orleansquery, orleansmembershiptable, orleansmembershipversiontable to {Role};
            -- The tables lie where the silos' role makes tables, which may be a schema of its name.
            do $$ declare place text := (select relnamespace::regnamespace from pg_class where oid = 'orleansmembershiptable'::regclass); begin
                execute format('grant usage on schema %s to {Role}', place);
                execute format('alter role {Role} in database %I set search_path = %s', current_database(), place);
            end $$
            """, connection);
        await grant.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(database) { Username = Role, Password = password }.ConnectionString;
    }
}
