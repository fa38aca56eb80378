using Npgsql;

namespace Vitrine.Local.Tests;

public sealed class PrivatePostgresTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_committed_survives_a_kill_and_the_port_stays()
    {
        await using var server = await Start(durable: true);
        var database = await server.CreateDatabase("shop", default);
        await Sql.Execute(database, "create table orders (id int); insert into orders values (7)");
        var port = server.Port;

        await server.Kill();
        await server.Restart(default);

        Assert.Equal(port, server.Port);
        Assert.Equal(7, await Sql.Scalar(database, "select id from orders"));
    }

    [Fact]
    public async Task A_kill_takes_every_backend_with_it()
    {
        await using var server = await Start();
        await using var session = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await session.OpenAsync();
        var postmaster = server.ProcessId!.Value;
        var backends = (await ProcessTable.Read(default)).Where(process => process.Parent == postmaster).Select(process => process.Id).ToList();
        Assert.Contains(session.ProcessID, backends);

        await server.Kill();

        Assert.Null(server.ProcessId);
        Assert.DoesNotContain(await ProcessTable.Read(default), process => !process.Zombie && backends.Append(postmaster).Contains(process.Id));
    }

    [Fact]
    public async Task A_second_start_on_the_folder_finds_the_same_databases()
    {
        await using (var first = await Start())
            await Sql.Execute(await first.CreateDatabase("shop", default), "create table orders (id int); insert into orders values (7)");

        await using var second = await Start();

        Assert.Equal(7, await Sql.Scalar(second.ConnectionTo("shop"), "select id from orders"));
    }

    [Fact]
    public async Task A_stopped_server_starts_again()
    {
        await using var server = await Start();
        await server.Stop();
        Assert.Null(server.ProcessId);

        await server.Restart(default);

        Assert.Equal(1, await Sql.Scalar(server.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_paused_server_can_be_stopped()
    {
        await using var server = await Start();
        Posix.Send(server.ProcessId!.Value, Signals.Pause);

        await server.Stop();

        Assert.Null(server.ProcessId);
    }

    [Fact]
    public async Task A_folder_that_is_in_use_is_refused()
    {
        await using var server = await Start();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Start());

        Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Sql.Scalar(server.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_leftover_pid_file_that_names_another_program_does_not_stop_the_server()
    {
        await using var server = await Start();
        await server.Kill();
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "data", "postmaster.pid"), $"{Environment.ProcessId}\n");

        await server.Restart(default);

        Assert.Equal(1, await Sql.Scalar(server.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_server_that_outlived_its_owner_is_ended_and_replaced()
    {
        await using var first = await Start();
        var orphan = first.ProcessId!.Value;
        File.Delete(Path.Combine(first.Folder, "lock")); // As if the owner were gone: the next one gets a lock of its own.

        await using var second = await Start();

        Assert.True(await ProcessTable.Gone(orphan, TimeSpan.FromSeconds(1), default));
        Assert.Equal(1, await Sql.Scalar(second.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_cluster_that_was_not_finished_is_made_anew()
    {
        Directory.CreateDirectory(_folder.At("pg/data.new/base"));
        await File.WriteAllTextAsync(_folder.At("pg/data.new/PG_VERSION"), "15");

        await using var server = await Start();

        Assert.Equal(1, await Sql.Scalar(server.ConnectionString, "select 1"));
    }

    [Theory]
    [InlineData(true, "on")]
    [InlineData(false, "off")]
    public async Task It_is_as_durable_as_it_was_asked_to_be(bool durable, string fsync)
    {
        await using var server = await Start(durable);

        Assert.Equal(fsync, await Sql.Scalar(server.ConnectionString, "show fsync"));
        Assert.Equal("1min", await Sql.Scalar(server.ConnectionString, "show idle_in_transaction_session_timeout"));
    }

    [Fact]
    public async Task A_folder_behind_a_closed_door_works_without_opening_the_door()
    {
        var home = Directory.CreateDirectory(_folder.At("home"), PrivateFile.OwnerOnlyFolder).FullName;
        var said = new List<string>();
        string place;
        await using (var server = await PrivatePostgres.Start(new() { Folder = Path.Combine(home, "pg"), Durable = false, Say = said.Add }, default))
        {
            place = server.Folder;
            Assert.Equal(1, await Sql.Scalar(server.ConnectionString, "select 1"));
        }

        Assert.Equal(PrivateFile.OwnerOnlyFolder, File.GetUnixFileMode(home));
        await using (var again = await PrivatePostgres.Start(new() { Folder = Path.Combine(home, "pg"), Durable = false, Say = said.Add }, default))
            Assert.Equal(place, again.Folder);
        if (Environment.IsPrivilegedProcess) // Only root runs the server under another account, for which the door is closed.
        {
            Assert.StartsWith("/var/lib/vitrine/", place, StringComparison.Ordinal);
            Assert.Contains(place, Assert.Single(said), StringComparison.Ordinal);
            Directory.Delete(place, recursive: true);
        }
        else
        {
            Assert.Equal(Path.Combine(home, "pg"), place);
        }
    }

    private Task<PrivatePostgres> Start(bool durable = false) => PrivatePostgres.Start(new() { Folder = _folder.At("pg"), Durable = durable }, default);
}
