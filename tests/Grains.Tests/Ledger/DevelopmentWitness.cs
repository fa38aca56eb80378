using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Vitrine.Provenance.Ledger;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests.Ledger;

/// <summary>
/// A witness of one log over HTTP on loopback, as C2SP tlog-witness describes it: it checks the log's signature and the proof from what it has seen, and signs nothing
/// else. It speaks the protocol with parsing of its own, so that the platform is not checked against itself there.
/// </summary>
internal sealed class DevelopmentWitness : IAsyncDisposable
{
    private const string Name = "witness.test/w1";
    private readonly WebApplication _app;
    private readonly NoteSigner _signer;
    private readonly NoteKey _log;
    private readonly Lock _gate = new();
    private (long Size, TreeHash Root) _seen;

    private DevelopmentWitness(WebApplication app, NoteKey log, byte seed) => (_app, _log, _signer, Key) = (app, log, new NoteSigner([.. Enumerable.Repeat(seed, 32)]), Of(seed));

    public NoteKey Key { get; }

    /// <summary>Statuses that it answered with, in order.</summary>
    public ConcurrentQueue<int> Answers { get; } = [];

    /// <summary>The size of the tree that it signed last.</summary>
    public long Seen => _seen.Size;

    /// <summary>Answered with in place of everything else while it is set.</summary>
    public int? Broken { get; set; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>What the platform is given.</summary>
    public IWitness Client => new HttpWitness(Address, Key);

    public static NoteKey Of(byte seed) => new NoteSigner([.. Enumerable.Repeat(seed, 32)]).Key(Name + seed, NoteKeyKind.Cosignature);

    /// <param name="log">The key of the only log that it knows.</param>
    public static async Task<DevelopmentWitness> Start(NoteKey log, byte seed = 9)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var witness = new DevelopmentWitness(builder.Build(), log, seed);
        witness._app.MapPost("/add-checkpoint", witness.AddCheckpoint);
        await witness._app.StartAsync();
        return witness;
    }

    /// <summary>Loses its memory, as one whose disk was restored.</summary>
    public void Forget() => _seen = default;

    private async Task AddCheckpoint(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var (status, answer) = Judge(body.ToArray());
        Answers.Enqueue(status);
        http.Response.StatusCode = status;
        if (status == 409) http.Response.ContentType = "text/x.tlog.size";
        await http.Response.WriteAsync(answer);
    }

    private (int Status, string Answer) Judge(byte[] body)
    {
        if (Broken is { } broken) return (broken, "");
        var split = body.AsSpan().IndexOf("\n\n"u8);
        if (split < 0 || SignedNote.Parse(body.AsSpan(split + 2)) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint) return (400, "");
        var lines = System.Text.Encoding.ASCII.GetString(body.AsSpan(0, split)).Split('\n');
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || !long.TryParse(lines[0]["old ".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var old)) return (400, "");
        var proof = lines.Skip(1).Select(line => TreeHash.TryParse(line, out var hash) ? hash : default).ToList();
        if (checkpoint.Origin != _log.Name) return (404, "");
        if (!note.IsSignedBy(_log)) return (403, "");
        if (old > checkpoint.Size) return (400, "");
        lock (_gate)
        {
            if (old != _seen.Size || old == checkpoint.Size && checkpoint.Root != _seen.Root) return (409, string.Create(CultureInfo.InvariantCulture, $"{_seen.Size}\n"));
            if (!ProofCheck.Consistent(old, old == 0 ? TreeHash.OfNothing : _seen.Root, checkpoint.Size, checkpoint.Root, proof)) return (422, "");
            _seen = (checkpoint.Size, checkpoint.Root);
            return (200, _signer.Cosign(note.Text, Key.Name, DateTimeOffset.UnixEpoch.AddDays(20_000)).ToString());
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
