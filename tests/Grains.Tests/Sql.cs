using Npgsql;

namespace Vitrine.Grains.Tests;

/// <summary>Plain statements beside the code under test.</summary>
internal static class Sql
{
    public static async Task Execute(this NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<long> Count(this NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All rows of all tables but those of the keys, as a backup has them.</summary>
    public static async Task<string> Everything(this NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename), true, false, '')::text, '') from pg_tables where schemaname in ('vitrine', 'public')");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
