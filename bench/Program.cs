using Vitrine.Bench;
using Vitrine.Local;

const int Failed = 1, Misused = 64, Interrupted = 130;

if (args is [BareEndpoint.Command, var port, var length])
    return await BareEndpoint.Serve(int.Parse(port, null), int.Parse(length, null));

var quick = args.Contains("--quick");
var ids = args.Where(arg => arg != "--quick").Select(id => id.ToUpperInvariant()).ToList();
if (ids.Except(Benchmarks.All.Select(each => each.Id)).Any())
{
    Console.Error.WriteLine("usage: dotnet run dev.cs -- bench [--quick] [ids]\n");
    foreach (var each in Benchmarks.All)
        Console.Error.WriteLine($"  {each.Id,-6} {each.Question}");
    return Misused;
}

using var interruption = new Interruption();
try
{
    var repository = Repository.Find(AppContext.BaseDirectory);
    var machine = Machine.Here();
    Console.WriteLine(machine.Sentence);
    var findings = new List<Finding>();
    await using (var run = new BenchRun(repository, quick))
    {
        foreach (var benchmark in Benchmarks.All.Where(each => ids.Count == 0 ? each.ByDefault : ids.Contains(each.Id)))
        {
            Console.WriteLine($"{benchmark.Id}: {benchmark.Question}");
            var finding = new Finding(benchmark.Id, benchmark.Question);
            await benchmark.Measure(run, finding, interruption.Token);
            finding.Print(Console.Out);
            findings.Add(finding);
        }
    }

    var report = new Report(machine, Machine.LoadNow(), quick, findings);
    report.PrintTable(Console.Out);
    Console.WriteLine(await report.Write(Path.Combine(repository.Root, ".local", "bench"), interruption.Token));
    return 0;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return Interrupted;
}
catch (Exception failure) when (failure is InvalidOperationException or IOException or HttpRequestException or System.Data.Common.DbException)
{
    Console.Error.WriteLine(failure.Message);
    return Failed;
}
