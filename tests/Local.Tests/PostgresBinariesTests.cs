namespace Vitrine.Local.Tests;

public sealed class PostgresBinariesTests
{
    [Fact]
    public async Task The_newest_installed_server_is_taken_by_number()
    {
        var found = await PostgresBinaries.Find(Machine(("/usr/lib/postgresql/9/bin", 9), ("/usr/lib/postgresql/15/bin", 15), ("/usr/lib/postgresql/17/bin", 17)), major: null, default);

        Assert.Equal(new PostgresBinaries("/usr/lib/postgresql/17/bin", 17), found);
    }

    [Fact]
    public async Task A_data_folder_gets_the_server_of_its_own_version()
    {
        var found = await PostgresBinaries.Find(Machine(("/usr/lib/postgresql/15/bin", 15), ("/usr/lib/postgresql/17/bin", 17)), major: 15, default);

        Assert.Equal(15, found!.Major);
    }

    [Theory]
    [InlineData("/usr/pgsql-16/bin")]
    [InlineData("/opt/homebrew/opt/postgresql@16/bin")]
    [InlineData("/usr/local/opt/postgresql@16/bin")]
    [InlineData("/some/path")]
    public async Task Every_usual_place_is_looked_at(string folder)
    {
        Assert.Equal(new PostgresBinaries(folder, 16), await PostgresBinaries.Find(Machine((folder, 16)), major: null, default));
    }

    [Fact]
    public async Task A_client_without_a_server_is_not_a_server()
    {
        var machine = Machine(("/some/path", 16));

        Assert.Null(await PostgresBinaries.Find(machine with { FileExists = path => path.EndsWith("/postgres", StringComparison.Ordinal) }, major: null, default));
    }

    [Fact]
    public async Task A_server_that_is_too_old_or_does_not_run_is_passed_over()
    {
        Assert.Null(await PostgresBinaries.Find(Machine(("/some/path", 12)), major: null, default));
        Assert.Null(await PostgresBinaries.Find(Machine(("/some/path", null)), major: null, default));
    }

    [Fact]
    public async Task The_variable_wins_over_the_search()
    {
        var machine = Machine(("/usr/lib/postgresql/17/bin", 17), ("/mine", 16)) with { Variable = name => name == "VITRINE_PG_BIN" ? "/mine" : null };

        Assert.Equal(new PostgresBinaries("/mine", 16), await PostgresBinaries.Find(machine, major: null, default));
    }

    [Fact]
    public async Task A_variable_that_points_nowhere_is_an_error_and_not_ignored()
    {
        var machine = Machine(("/usr/lib/postgresql/17/bin", 17)) with { Variable = _ => "/nowhere" };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresBinaries.Find(machine, major: null, default));

        Assert.Contains("/nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task This_machine_has_a_server_that_says_its_version()
    {
        var found = await PostgresBinaries.Find(default);

        Assert.True(File.Exists(Path.Combine(found!.Folder, "postgres")));
        Assert.InRange(found.Major, PostgresBinaries.OldestMajor, 99);
    }

    private static MachineProbe Machine(params (string Folder, int? Major)[] servers) => new()
    {
        Variable = _ => null,
        FileExists = path => servers.Any(server => Path.GetDirectoryName(path) == server.Folder),
        Subfolders = root => [.. servers.Select(server => server.Folder).Where(folder => folder.StartsWith(root + "/", StringComparison.Ordinal)).Select(folder => folder[(root.Length + 1)..].Split('/')[0])],
        PathFolders = () => ["/usr/bin", "/some/path"],
        PostgresMajor = (folder, _) => Task.FromResult(servers.First(server => server.Folder == folder).Major),
    };
}
