#!/usr/bin/env dotnet
#:project src/Local/Local.csproj
#:project src/Provenance/Provenance.csproj
#:property PublishAot=false

using System.ComponentModel;
using System.Data.Common;
using System.Text.Json;
using Vitrine.Local;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;

const int Failed = 1, Misused = 64, Interrupted = 130;

const string Usage = """
    usage: dotnet run dev.cs -- <command>

      demo "<prompt>"      make four pictures end to end, check them, and stop
      up [--port <port>]   run the platform until Ctrl-C
      verify-bundle <zip>  check a proof bundle offline; --key <vkey> of the log, --trust <root.pem> of
                           the file's signer, --seen <checkpoint> of an earlier audit, and the answer of
                           /v1/ledger/proofs/consistency from there as --consistency <json>; --witness <vkey>
                           (again for each) and --quorum <n> of them, all unless said; --tsa-root <root.pem>
      test [<filter>]      build everything and run the tests, or those whose name contains the filter
      bench [<arguments>]  measure
      fmt                  format the code
      contracts            regenerate OrleansContracts.txt

    Everything that is kept lies in .local/. VITRINE_DATABASE names a database to use instead of a private one.
    """;

var repository = Repository.Find((string)AppContext.GetData("EntryPointFileDirectoryPath")!);
using var interruption = new Interruption();
var stop = interruption.Token;
try
{
    return args switch
    {
        ["demo", var prompt] when prompt.Length > 0 => await Demo(prompt),
        ["up"] => await Up(port: null),
        ["up", "--port", var text] when ushort.TryParse(text, out var port) && port > 0 => await Up(port),
        ["verify-bundle", var bundle, .. var given] => VerifyBundle(bundle, given),
        ["test"] => await new TestRun(repository, Console.Out).Run(filter: null, stop),
        ["test", var filter] => await new TestRun(repository, Console.Out).Run(filter, stop),
        ["bench", .. var rest] => await Dotnet(["run", "--project", "bench/Bench.csproj", "-c", Repository.Configuration, "--", .. rest]),
        ["fmt"] => await Dotnet(["format", "Platform.sln"]),
        ["contracts"] => await Contracts.Regenerate(repository, stop),
        _ => Misuse(),
    };
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return Interrupted;
}
catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException or HttpRequestException or DbException or Win32Exception
    or JsonException or KeyNotFoundException or ArgumentException or System.Security.Cryptography.CryptographicException)
{
    Console.Error.WriteLine(failure.Message);
    return Failed;
}

async Task<int> Demo(string prompt)
{
    await using var platform = await Start(port: null);
    var demo = new LocalDemo(platform.Access, Path.Combine(repository.Root, ".local", "pictures"), Credential, Console.Out, terminal: !Console.IsOutputRedirected);
    return await demo.Run(prompt, stop) ? 0 : Failed;
}

async Task<int> Up(int? port)
{
    try
    {
        await VideoProgram.Ensure(Console.WriteLine, stop);
    }
    catch (InvalidOperationException missing)
    {
        Console.WriteLine($"Pictures only, no clips: {missing.Message}");
    }
    await using var platform = await Start(port);
    Console.WriteLine($$"""

        Vitrine runs at {{platform.Gateway}} for {{platform.Access.Tenant}}/{{platform.Access.Project}}/{{platform.Access.User}}.
        Key: {{platform.Access.ApiKey}} (this and more in .local/dev.json)

        curl {{platform.Gateway}}/v1/images/generations -H "Authorization: Bearer {{platform.Access.ApiKey}}" -H "Content-Type: application/json" -d '{"prompt": "a red fox, sticker"}'

        Ctrl-C stops everything; the next "up" continues with the same data.
        """);
    using var running = CancellationTokenSource.CreateLinkedTokenSource(stop);
    var database = platform.KeepPostgres(running.Token);
    var ended = await Task.WhenAny(interruption.Wait(), platform.Silo!.Exited(stop), platform.GatewayProcess!.Exited(stop), database);
    await running.CancelAsync();
    await database.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    if (stop.IsCancellationRequested)
        return 0;
    if (ended == database)
        await database; // Says why the database does not come back.
    Console.Error.WriteLine($"A process of the platform ended by itself; its log in {platform.Logs} says why.");
    return Failed;
}

async Task<LocalPlatform> Start(int? port)
{
    Console.WriteLine("Building the silo and the gateway.");
    await repository.Build("src/Silo", stop);
    await repository.Build("src/Gateway", stop);
    return await LocalPlatform.Start(new() { Repository = repository, Port = port, Say = Console.WriteLine }, stop);
}

// Judged here, from the bytes alone: what the gateway says of its own pictures proves nothing. Only a chain to our own root counts as valid.
static string Credential(byte[] picture, string trustAnchor) =>
    ContentCredentials.Verify(picture, TrustAnchors.FromPem(File.ReadAllText(trustAnchor)), TimeProvider.System.GetUtcNow()).State switch
    {
        CredentialState.Trusted => "valid",
        CredentialState.Valid => "untrusted",
        CredentialState.Invalid => "invalid",
        _ => "none",
    };

// Nothing but the files that are named is read: no network, no database.
static int VerifyBundle(string bundle, string[] options) =>
    BundleCommand.Run(bundle, options, ReadSmall, TimeProvider.System.GetUtcNow(), Console.Out) is { } holds ? holds ? 0 : Failed : Misuse();

static byte[] ReadSmall(string path) =>
    new FileInfo(path).Length <= ProofBundle.MaxBytes ? File.ReadAllBytes(path) : throw new InvalidOperationException($"{path} is larger than any proof bundle.");

Task<int> Dotnet(string[] arguments) => Command.Show(Repository.Dotnet, arguments, stop, repository.Root);

static int Misuse()
{
    Console.Error.WriteLine(Usage);
    return Misused;
}
