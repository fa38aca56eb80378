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
            grant select on orleansquery, orleansmembershiptable, orleansmembershipversiontable to {Role}
            """, connection);
        await grant.ExecuteNonQueryAsync(ct);
        return new NpgsqlConnectionStringBuilder(database) { Username = Role, Password = password }.ConnectionString;
    }
}
