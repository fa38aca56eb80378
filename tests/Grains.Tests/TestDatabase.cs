using System.Globalization;
using Npgsql;
using Vitrine.Local;

namespace Vitrine.Grains.Tests;

/// <summary>One private PostgreSQL for all tests of this assembly; each cluster gets a database of its own.</summary>
public static class TestDatabase
{
    private static readonly Lazy<Task<PrivatePostgres>> Server = new(Start);
    private static int _databases;

    public static async Task<string> Create() =>
        await (await Server.Value).CreateDatabase(string.Create(CultureInfo.InvariantCulture, $"grains_{Interlocked.Increment(ref _databases)}"), CancellationToken.None);

    private static async Task<PrivatePostgres> Start()
    {
        var folder = Directory.CreateTempSubdirectory("vitrine-grains-").FullName;
        var server = await PrivatePostgres.Start(new PrivatePostgresOptions { Folder = folder, Durable = false }, CancellationToken.None);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.DisposeAsync().AsTask().Wait();
            Directory.Delete(folder, recursive: true);
        };
        return server;
    }
}
