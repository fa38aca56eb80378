using System.Globalization;
using Npgsql;

namespace Vitrine.Local.Tests;

public sealed class ParentDeathTests : IDisposable
{
    /// <summary>Only a hang would use it up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_whose_parent_is_killed_shuts_down_and_its_data_stays_good()
    {
        using var parent = await HostProcess.Start("postgres", _folder.At("pg"));
        var (postmaster, connectionString) = parent.FirstLine.Split(' ', 2) is [var id, var connection]
            ? (int.Parse(id, CultureInfo.InvariantCulture), connection)
            : throw new InvalidOperationException(parent.FirstLine);
        Assert.True(await ProcessTable.IsRunning(postmaster, default));

        await parent.Kill();

        Assert.True(await ProcessTable.Gone(postmaster, Patience, default));
        await using var next = await PrivatePostgres.Start(new() { Folder = _folder.At("pg"), Durable = false }, default);
        Assert.Equal(
            new NpgsqlConnectionStringBuilder(connectionString).Password,
            new NpgsqlConnectionStringBuilder(next.ConnectionString).Password);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("shell")]
    public async Task A_child_whose_parent_is_killed_ends(string watch)
    {
        using var parent = await HostProcess.Start("child", _folder.At("child.log"), watch);
        var child = int.Parse(parent.FirstLine, CultureInfo.InvariantCulture);
        Assert.True(await ProcessTable.IsRunning(child, default));

        await parent.Kill();

        Assert.True(await ProcessTable.Gone(child, Patience, default));
    }
}
