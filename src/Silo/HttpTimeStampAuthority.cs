using System.Net.Http.Headers;
using Vitrine.Provenance;

namespace Vitrine.Silo;

/// <summary>A time stamp authority over HTTP (RFC 3161, 3.4).</summary>
public sealed class HttpTimeStampAuthority : ITimeStampAuthority, IDisposable
{
    /// <summary>A picture waits no longer than this; without an answer it is signed without a stamp.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of an answer; real ones have a tenth of it.</summary>
    private const int MostBytes = 64 << 10;

    /// <summary>How long a connection is used before the name is asked for again.</summary>
    private static readonly TimeSpan connectionLife = TimeSpan.FromMinutes(5);

    /// <summary>How long nobody is asked after one was not answered: pictures do not wait one after the other for an authority that is away.</summary>
    private static readonly TimeSpan rest = TimeSpan.FromSeconds(10);

    private readonly HttpClient client;
    private readonly Uri address;
    private readonly TimeProvider time;
    private long awayUntil;

    public HttpTimeStampAuthority(Uri address) : this(address, new SocketsHttpHandler { PooledConnectionLifetime = connectionLife }, TimeProvider.System)
    {
    }

    /// <param name="handler">What carries the requests.</param>
    public HttpTimeStampAuthority(Uri address, HttpMessageHandler handler, TimeProvider time) =>
        (this.address, this.time, client) = (address, time, new HttpClient(handler) { MaxResponseContentBufferSize = MostBytes, Timeout = Timeout.InfiniteTimeSpan });

    public async Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        if (time.GetUtcNow().UtcTicks < Interlocked.Read(ref awayUntil))
            throw new TimeStampUnavailableException($"The time stamp authority at {address.Host} did not answer a moment ago.");
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(patience);
        try
        {
            using var body = new ReadOnlyMemoryContent(request);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
            using var answer = await client.PostAsync(address, body, limited.Token);
            answer.EnsureSuccessStatusCode();
            byte[] bytes = await answer.Content.ReadAsByteArrayAsync(limited.Token);
            Interlocked.Exchange(ref awayUntil, 0);
            return bytes;
        }
        catch (Exception e) when (e is HttpRequestException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            Interlocked.Exchange(ref awayUntil, (time.GetUtcNow() + rest).UtcTicks);
            throw new TimeStampUnavailableException($"The time stamp authority at {address.Host} did not answer: {e.Message}", e);
        }
    }

    public void Dispose() => client.Dispose();
}
