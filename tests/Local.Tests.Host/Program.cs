using Vitrine.Local;
using Vitrine.Local.Tests.Host;

// With arguments: a parent that waits to be killed. Without: the silo or the gateway, told apart by what only the gateway is given.
switch (args)
{
    case ["postgres", var folder]:
        var server = await PrivatePostgres.Start(new() { Folder = folder, Durable = false }, CancellationToken.None);
        await Say($"{server.ProcessId} {server.ConnectionString}");
        break;
    case ["child", var log, var watch]:
        var child = await ChildProcess.Start(new() { Name = "sleeper", Program = "sleep", Arguments = ["1000"], LogFile = log, KernelWatches = watch == "kernel" }, CancellationToken.None);
        await Say($"{child.Id}");
        break;
    case [] when Environment.GetEnvironmentVariable("Vitrine__Silos") is not null:
        await StandInGateway.Run();
        return;
    case []:
        await StandInSilo.Run();
        return;
}

// Until somebody kills this process.
await new TaskCompletionSource().Task;

static Task Say(string line) => Console.Out.WriteLineAsync(line);
