using System.Net.Http.Headers;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Silo;

/// <summary>A witness over HTTP (C2SP tlog-witness).</summary>
public sealed class HttpWitness : IWitness, IDisposable
{
    /// <summary>Nothing waits for the answer but the round of one checkpoint.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of an answer; a cosignature has a hundred.</summary>
    private const int MostBytes = 64 << 10;

    private static readonly TimeSpan connectionLife = TimeSpan.FromMinutes(5);

    private readonly HttpClient client;
    private readonly Uri address;

    /// <param name="prefix">The witness's submission prefix, without <c>/add-checkpoint</c>.</param>
    public HttpWitness(Uri prefix, NoteKey key)
    {
        Key = key;
        address = new Uri(prefix.AbsoluteUri.TrimEnd('/') + "/add-checkpoint");
        client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = connectionLife, AllowAutoRedirect = false }) { MaxResponseContentBufferSize = MostBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    public NoteKey Key { get; }

    /// <summary>Reads a witness as the settings write it: its address, a space, and its vkey. Null when it is none.</summary>
    public static (Uri Prefix, NoteKey Key)? Parse(string text) =>
        text.Split(' ') is [var address, var vkey] && Uri.TryCreate(address, UriKind.Absolute, out var prefix) && prefix.Scheme is "http" or "https"
        && NoteKey.TryParse(vkey, out var key) && key!.Kind == NoteKeyKind.Cosignature ? (prefix, key) : null;

    public async Task<WitnessAnswer> AddCheckpoint(byte[] request, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(patience);
        try
        {
            using var body = new ByteArrayContent(request);
            body.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
            using var answer = await client.PostAsync(address, body, limited.Token);
            return new((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(limited.Token));
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new WitnessUnavailableException($"{address.Host}: {e.Message}", e);
        }
    }

    public void Dispose() => client.Dispose();
}
