using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Vitrine.Gateway;

/// <summary>
/// Writes a <c>text/event-stream</c> (WHATWG HTML, "Server-sent events"). Each event is flushed at once; a slow reader slows its own stream only.
/// </summary>
public sealed class ServerSentEvents(HttpContext http)
{
    /// <summary>Shorter than the idle time after which common proxies cut a connection.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);

    private static readonly byte[] Comment = ": \n\n"u8.ToArray();
    private bool started;

    /// <summary>One event: its name, its id when it can be resumed from, and its payload as JSON on one line.</summary>
    public async Task Write<T>(string name, long? id, T payload, JsonTypeInfo<T> type, CancellationToken ct)
    {
        Start();
        var pipe = http.Response.BodyWriter;
        var head = id is null ? $"event: {name}\ndata: " : string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: {name}\ndata: ");
        Encoding.UTF8.GetBytes(head.AsSpan(), pipe);
        using (var json = new Utf8JsonWriter(pipe)) JsonSerializer.Serialize(json, payload, type);
        pipe.Write("\n\n"u8);
        await pipe.FlushAsync(ct);
    }

    /// <summary>A comment, which readers ignore and which keeps the connection open.</summary>
    public async Task Heartbeat(CancellationToken ct)
    {
        Start();
        await http.Response.BodyWriter.WriteAsync(Comment, ct);
    }

    /// <summary>The items of <paramref name="source"/>, and a null whenever nothing came for <see cref="HeartbeatInterval"/>.</summary>
    public static async IAsyncEnumerable<T?> WithHeartbeats<T>(IAsyncEnumerable<T> source, TimeProvider time, [EnumeratorCancellation] CancellationToken ct) where T : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var items = source.GetAsyncEnumerator(stop.Token);
        var next = items.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (!next.IsCompleted)
                {
                    using var quiet = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                    var beat = Task.Delay(HeartbeatInterval, time, quiet.Token);
                    var first = await Task.WhenAny(next, beat);
                    await quiet.CancelAsync();
                    if (first == beat)
                    {
                        ct.ThrowIfCancellationRequested();
                        yield return null;
                        continue;
                    }
                }
                if (!await next) yield break;
                yield return items.Current;
                next = items.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator may be closed only while nobody waits for its next item.
            await stop.CancelAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await items.DisposeAsync();
        }
    }

    private void Start()
    {
        if (started) return;
        started = true;
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        // Asks nginx and its like not to collect events before they pass them on.
        http.Response.Headers["X-Accel-Buffering"] = "no";
    }
}
