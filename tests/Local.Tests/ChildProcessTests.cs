namespace Vitrine.Local.Tests;

public sealed class ChildProcessTests : IDisposable
{
    /// <summary>Only a hang would use it up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_outputs_and_the_environment_reach_the_log()
    {
        await using var child = await Shell("echo to out $COLOUR; echo to err $VITRINE_PARENT_PID >&2; exit 5");
        await child.Exited(default);

        Assert.Equal(5, child.ExitCode);
        Assert.Equal($"to out red\nto err {Environment.ProcessId}", await child.LogTail(10, default));
        Assert.Equal($"to err {Environment.ProcessId}", await child.LogTail(1, default));
    }

    [Fact]
    public async Task A_killed_child_is_gone_at_once()
    {
        await using var child = await Shell("trap '' TERM; while :; do sleep 1; done");

        await child.Kill();

        Assert.True(child.HasExited);
        Assert.Equal(128 + Signals.Kill, child.ExitCode);
    }

    [Fact]
    public async Task A_child_that_listens_ends_by_itself()
    {
        await using var child = await Shell("exec sleep 1000");

        Assert.True(await child.Terminate(Patience));
        Assert.Equal(128 + Signals.Terminate, child.ExitCode);
    }

    [Fact]
    public async Task A_child_that_does_not_listen_is_killed()
    {
        var deaf = _folder.At("deaf");
        await Command.Run("mkfifo", [deaf], default);
        await using var child = await Shell($"trap '' TERM; echo yes > {deaf}; while :; do sleep 1; done");
        Assert.Equal("yes\n", await File.ReadAllTextAsync(deaf)); // Reading a pipe waits for what is written into it.

        Assert.False(await child.Terminate(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(128 + Signals.Kill, child.ExitCode);
    }

    [Fact]
    public async Task A_paused_child_goes_on_when_it_is_told_to()
    {
        await using var child = await Shell("exec sleep 1000");
        child.Pause();
        child.Continue();

        Assert.True(await child.Terminate(Patience));
    }

    [Fact]
    public async Task A_child_has_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it()
    {
        await using var asked = await ChildProcess.Start(new() { Name = "ps", Program = "/bin/sh", Arguments = ["-c", "cut -d' ' -f1,6 /proc/$$/stat"], LogFile = _folder.At("session.log") }, default);
        await asked.Exited(default);

        Assert.Equal($"{asked.Id} {asked.Id}", await asked.LogTail(1, default));
    }

    [Fact]
    public async Task A_program_that_does_not_exist_ends_with_a_reason_in_the_log()
    {
        await using var child = await ChildProcess.Start(new() { Name = "nothing", Program = "/no/such/program", LogFile = _folder.At("child.log") }, default);
        await child.Exited(default);

        Assert.NotEqual(0, child.ExitCode);
        Assert.Contains("/no/such/program", await child.LogTail(5, default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_grew_too_long_is_put_aside()
    {
        await using (var log = File.Create(_folder.At("child.log")))
            log.SetLength(17 * 1024 * 1024);

        await using var child = await Shell("echo fresh");
        await child.Exited(default);

        Assert.Equal("fresh\n", await File.ReadAllTextAsync(_folder.At("child.log")));
        Assert.Equal(17 * 1024 * 1024, new FileInfo(_folder.At("child.log.1")).Length);
    }

    private Task<ChildProcess> Shell(string script) => ChildProcess.Start(new()
    {
        Name = "shell",
        Program = "/bin/sh",
        Arguments = ["-c", script],
        LogFile = _folder.At("child.log"),
        Environment = new Dictionary<string, string?> { ["COLOUR"] = "red" },
    }, default);
}
