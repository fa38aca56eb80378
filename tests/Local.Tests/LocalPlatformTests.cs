using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Local.Tests;

/// <summary>The composition, with stand-ins for silo and gateway; tests/System.Tests runs the real ones.</summary>
public sealed class LocalPlatformTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_first_start_makes_everything_and_a_second_continues_with_it()
    {
        DevelopmentAccess first;
        await using (var platform = await Start())
            first = platform.Access;
        await using var again = await Start();

        Assert.Equal(first, again.Access);
        Assert.Equal(first, await DevelopmentAccess.Read(_folder.At("dev.json"), default));
        Assert.Equal(("demo", "launch", "ada", _folder.At("pki/root.pem")), (first.Tenant, first.Project, first.User, first.TrustAnchor));
        Assert.Matches("^vk-platform-root-[A-Za-z0-9_-]{43}$", first.AdminKey);
        foreach (var secret in new[] { "dev.json", "admin-key", "url-signing-key" })
            Assert.Equal(PrivateFile.OwnerOnly, File.GetUnixFileMode(_folder.At(secret)));
    }

    [Fact]
    public async Task A_key_that_no_longer_works_is_replaced()
    {
        DevelopmentAccess first;
        await using (var platform = await Start())
            first = platform.Access;
        File.Delete(_folder.At("blobs/keys"));

        await using var again = await Start();

        Assert.NotEqual(first.ApiKey, again.Access.ApiKey);
        Assert.Equal(again.Access, await DevelopmentAccess.Read(_folder.At("dev.json"), default));
    }

    [Fact]
    public async Task The_silo_learns_the_digest_of_the_admin_secret_and_not_the_secret()
    {
        await using var platform = await Start();

        var secret = platform.Access.AdminKey["vk-platform-root-".Length..];
        var settings = await File.ReadAllTextAsync(_folder.At("blobs/silo-settings"));

        Assert.Contains("AdminKeyDigest=" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret))), settings, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, settings, StringComparison.Ordinal);
        Assert.Contains("Database=" + platform.Database, settings, StringComparison.Ordinal);
        // An ordinary backup of the events holds no key.
        Assert.Contains("\nKeyDatabase=" + platform.KeyDatabase, settings, StringComparison.Ordinal);
        Assert.NotEqual(platform.Database, platform.KeyDatabase);
    }

    [Fact]
    public async Task Silo_and_database_come_back_where_they_were_after_a_kill()
    {
        await using var platform = await Start();
        var (address, database) = (platform.SiloMetrics, platform.Database);

        await platform.KillSilo();
        Assert.True(platform.Silo!.HasExited);
        await platform.KillPostgres();
        Assert.Null(platform.Postgres!.ProcessId);
        await platform.StartPostgres(default);
        await platform.StartSilo(default);

        Assert.Equal((address, database), (platform.SiloMetrics, platform.Database));
        Assert.False(platform.Silo.HasExited);
        Assert.NotNull(platform.Postgres.ProcessId);
    }

    [Fact]
    public async Task A_database_that_ends_by_itself_is_started_again_and_that_is_said()
    {
        var (said, again) = (new System.Collections.Concurrent.ConcurrentQueue<string>(), new TaskCompletionSource());
        await using var platform = await Start(options => options with
        {
            Say = sentence =>
            {
                said.Enqueue(sentence);
                if (sentence == "PostgreSQL runs again.") again.SetResult();
            },
        });
        using var stop = new CancellationTokenSource();
        var keeping = platform.KeepPostgres(stop.Token);
        var killed = platform.Postgres!.ProcessId!.Value;

        using (var postmaster = System.Diagnostics.Process.GetProcessById(killed)) postmaster.Kill(); // SIGKILL, and only to it: its backends go by themselves.
        await await Task.WhenAny(again.Task, keeping).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal("vitrine", await Sql.Scalar(platform.Database, "select current_database()::text"));
        Assert.NotEqual(killed, platform.Postgres.ProcessId);
        Assert.Contains("PostgreSQL ended by itself; starting it again.", said);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task Stopping_leaves_no_process()
    {
        await using var platform = await Start();
        int[] processes = [platform.Postgres!.ProcessId!.Value, platform.Silo!.Id, platform.GatewayProcess!.Id];

        await platform.Stop();

        Assert.DoesNotContain(await ProcessTable.Read(default), process => !process.Zombie && processes.Contains(process.Id));
    }

    [Fact]
    public async Task A_silo_that_does_not_start_is_quoted_and_nothing_is_left_running()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Start(options => options with { SiloEnvironment = new Dictionary<string, string?> { ["Vitrine__Refuse"] = "The models folder is empty." } }));

        Assert.Contains("The models folder is empty.", failure.Message, StringComparison.Ordinal);
        await using var next = await Start(); // Which it could not if the folder or a port were still held.
    }

    [Fact]
    public async Task A_second_platform_on_the_same_folder_is_refused()
    {
        await using var platform = await Start();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Start());

        Assert.Contains("in use", refusal.Message, StringComparison.Ordinal);
    }

    private Task<LocalPlatform> Start(Func<LocalPlatformOptions, LocalPlatformOptions>? change = null)
    {
        var options = StandIns(_folder);
        return LocalPlatform.Start(change?.Invoke(options) ?? options, default);
    }

    internal static LocalPlatformOptions StandIns(TestFolder folder) => new()
    {
        Repository = new Repository(folder.Path),
        Folder = folder.Path,
        Database = null,
        Durable = false,
        SiloProgram = HostProcess.Program,
        GatewayProgram = HostProcess.Program,
    };
}
