using Npgsql;

namespace Vitrine.Local;

/// <summary>
/// Brings the keys of data that an earlier build made out of the events' database into one of their own. They belong into no backup of the events: who restores such a backup would have the keys
/// of people again who were erased since.
/// </summary>
internal static class KeysApart
{
    private const string Schema = "vitrine_keys";

    /// <summary>Nothing is done where there are no keys among the events.</summary>
    /// <param name="programs">Folder of the server's programs.</param>
    /// <param name="events">Connection string of the events' database.</param>
    /// <param name="keys">That of the keys' own.</param>
    /// <exception cref="InvalidOperationException">The keys could not be copied, or both databases hold keys and the own one lacks some; nothing was changed.</exception>
    public static async Task Move(string programs, string events, string keys, CancellationToken ct)
    {
        if (!await HasKeys(events, ct)) return;
        if (!await HasKeys(keys, ct)) await Copy(programs, events, keys, ct);
        if (await Missing(events, keys, ct) is { } missing)
            throw new InvalidOperationException($"The key of {missing} lies among the events and is not in the database of keys. Both were used; bring the two schemas {Schema} together by hand.");
        await Execute(events, $"drop schema {Schema} cascade", ct);
    }

    // All or nothing, so that whoever dies in the middle begins again.
    private static async Task Copy(string programs, string events, string keys, CancellationToken ct)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await Run(programs, "pg_dump", events, [$"--schema={Schema}", "--no-owner", $"--file={file}"], ct);
            await Run(programs, "psql", keys, ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", $"--file={file}"], ct);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task Run(string programs, string program, string database, string[] arguments, CancellationToken ct)
    {
        var connection = new NpgsqlConnectionStringBuilder(database);
        var result = await Command.Run(Path.Combine(programs, program),
            ["-h", connection.Host!, "-p", connection.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "-U", connection.Username!, "-d", connection.Database!, .. arguments], ct,
            environment: new Dictionary<string, string?> { ["PGPASSWORD"] = connection.Password });
        if (result.ExitCode != 0) throw new InvalidOperationException($"Moving the keys into a database of their own failed: {program} ended with {result.ExitCode}. {result.Everything}");
    }

    private static async Task<bool> HasKeys(string database, CancellationToken ct) => (await Texts(database, $"select 'there' where to_regclass('{Schema}.subject_key') is not null", ct)).Count > 0;

    /// <summary>A key among the events that the other database has neither as it is nor destroyed; null when there is none.</summary>
    private static async Task<string?> Missing(string events, string keys, CancellationToken ct)
    {
        const string Tenants = $"select tenant_id || ' ' || encode(key, 'hex') from {Schema}.tenant_key";
        const string People = $"select tenant_id || '/' || user_id || ' ' || coalesce(encode(key, 'hex'), '') from {Schema}.subject_key";
        var there = (await Texts(keys, $"{Tenants} union all {People}", ct)).ToHashSet(StringComparer.Ordinal);
        return (await Texts(events, $"{Tenants} union all {People}", ct)).Where(each => !there.Contains(each) && !there.Contains(each[..(each.IndexOf(' ', StringComparison.Ordinal) + 1)])).Select(each => each.Split(' ')[0]).FirstOrDefault();
    }

    private static async Task<List<string>> Texts(string database, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        var found = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(rows.GetString(0));
        return found;
    }

    private static async Task Execute(string database, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
