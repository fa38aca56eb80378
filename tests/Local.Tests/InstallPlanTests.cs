namespace Vitrine.Local.Tests;

public sealed class InstallPlanTests
{
    [Fact]
    public async Task Root_on_debian_refreshes_the_lists_and_gets_no_cluster_it_did_not_ask_for()
    {
        var plan = await Decide("apt-get", root: true);

        Assert.True(plan.Allowed);
        Assert.Equal(SystemPackage.NoMainCluster, plan.Commands[0][^1]);
        Assert.Equal(["apt-get", "update"], plan.Commands[1]);
        Assert.Equal("postgresql", plan.Commands[2][^1]);
    }

    [Fact]
    public async Task A_setting_that_the_administrator_made_is_kept()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder.At("createcluster.conf"), "create_main_cluster = true\n");

        await Command.Run("sh", ["-c", SystemPackage.NoMainCluster.Replace("/etc/postgresql-common", folder.Path, StringComparison.Ordinal)], default);
        Assert.Equal("create_main_cluster = true\n", await File.ReadAllTextAsync(folder.At("createcluster.conf")));

        await Command.Run("sh", ["-c", SystemPackage.NoMainCluster.Replace("/etc/postgresql-common", folder.At("new"), StringComparison.Ordinal)], default);
        Assert.Equal("create_main_cluster = false\n", await File.ReadAllTextAsync(folder.At("new/createcluster.conf")));
    }

    [Fact]
    public async Task A_user_with_passwordless_sudo_installs_through_it()
    {
        var plan = await Decide("dnf", sudo: true);

        Assert.True(plan.Allowed);
        Assert.Equal(["sudo", "-n", "dnf", "install", "-y", "postgresql-server"], Assert.Single(plan.Commands));
    }

    [Fact]
    public async Task A_user_without_it_is_given_the_command()
    {
        var plan = await Decide("dnf");
        var said = new List<string>();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => plan.Execute(said.Add, default));

        Assert.Empty(said);
        Assert.EndsWith("Install it with: sudo dnf install -y postgresql-server", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Homebrew_belongs_to_the_user_and_never_to_root(bool root)
    {
        var plan = await Decide("brew", root);

        Assert.Equal(!root, plan.Allowed);
        Assert.Equal(["brew", "install", "postgresql@17"], Assert.Single(plan.Commands));
    }

    [Fact]
    public async Task Without_a_known_package_manager_the_message_says_what_is_needed()
    {
        var plan = await Decide("zypper", root: true);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => plan.Execute(_ => { }, default));

        Assert.Contains("PostgreSQL server is needed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_it_does_before_it_does_it_and_stops_at_the_first_failure()
    {
        using var folder = new TestFolder();
        var said = new List<string>();
        var plan = new InstallPlan(SystemPackage.Npm, [["touch", folder.At("first")], ["false"], ["touch", folder.At("third")]], Allowed: true);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => plan.Execute(said.Add, default));

        Assert.Contains($"touch {folder.At("first")} && false && touch {folder.At("third")}", Assert.Single(said), StringComparison.Ordinal);
        Assert.Contains("\"false\" ended with 1", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.At("first")));
        Assert.False(File.Exists(folder.At("third")));
    }

    [Fact]
    public async Task Ffmpeg_that_is_there_is_left_alone_and_one_that_is_missing_is_asked_for_by_its_package()
    {
        var machine = new MachineProbe { PathFolders = () => ["/usr/bin"], IsRoot = () => false, HasPasswordlessSudo = _ => Task.FromResult(false) };

        await VideoProgram.Ensure(machine with { FileExists = path => path is "/usr/bin/ffmpeg" or "/usr/bin/ffprobe" or "/usr/bin/apt-get" }, Assert.Fail, default);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            VideoProgram.Ensure(machine with { FileExists = path => path is "/usr/bin/ffmpeg" or "/usr/bin/apt-get" }, Assert.Fail, default));

        Assert.Contains("sudo apt-get update && sudo env", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(" ffmpeg", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<InstallPlan> Decide(string manager, bool root = false, bool sudo = false) => InstallPlan.Decide(SystemPackage.Postgres, new MachineProbe
    {
        PathFolders = () => ["/usr/bin"],
        FileExists = path => path == $"/usr/bin/{manager}",
        IsRoot = () => root,
        HasPasswordlessSudo = _ => Task.FromResult(sudo),
    }, default);
}
