using System.Net.Sockets;
using Npgsql;

namespace Vitrine.Local.Tests;

/// <summary>What holds of a server while it runs; none of these tests stops it, so they share one.</summary>
public sealed class RunningPostgresTests(RunningPostgresTests.OneServer one) : IClassFixture<RunningPostgresTests.OneServer>
{
    private PrivatePostgres Server => one.Server;

    [Fact]
    public void Nobody_else_can_read_the_password_or_the_data()
    {
        Assert.Equal(PrivateFile.OwnerOnly, File.GetUnixFileMode(Path.Combine(Server.Folder, "password")));
        Assert.Equal(PrivateFile.OwnerOnlyFolder, File.GetUnixFileMode(Path.Combine(Server.Folder, "data")));
        Assert.DoesNotContain(Directory.GetFiles(Server.Folder), file => file.Contains("password.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_refused()
    {
        var wrong = new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Password = "guessed", Pooling = false }.ConnectionString;

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => Sql.Scalar(wrong, "select 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task It_listens_on_127_0_0_1_only()
    {
        using var client = new TcpClient();

        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync("127.0.0.2", Server.Port));
    }

    [Fact]
    public async Task A_database_is_made_once()
    {
        var first = await Server.CreateDatabase("shop_1", default);

        Assert.Equal(first, await Server.CreateDatabase("shop_1", default));
        Assert.Equal("shop_1", await Sql.Scalar(first, "select current_database()::text"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a\"; drop database postgres; --")]
    [InlineData("Shop")]
    public async Task A_database_name_that_needs_quoting_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Server.CreateDatabase(name, default));
    }

    public sealed class OneServer : IAsyncLifetime
    {
        internal TestFolder Folder { get; } = new();

        public PrivatePostgres Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await PrivatePostgres.Start(new() { Folder = Folder.At("pg"), Durable = false }, default);

        public async Task DisposeAsync()
        {
            await Server.DisposeAsync();
            Folder.Dispose();
        }
    }
}
