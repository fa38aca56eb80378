using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Vitrine.Local;

/// <summary>What a job made: an asset and the SHA-256 of its content in hex.</summary>
internal sealed record JobOutput(string Id, string Sha256);

/// <summary>Denoising steps done of one picture, counted from zero.</summary>
internal sealed record JobProgress(int Image, int Step, int Steps);

/// <summary>One event of a job: its kind, and its data as JSON.</summary>
internal sealed record JobHappening(string Kind, JsonElement Data)
{
    private static readonly JsonSerializerOptions Wire = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };

    public bool Ends => Kind is "succeeded" or "failed" or "canceled";

    /// <summary>Of an "output": {"asset": {"id", "sha256", …}}.</summary>
    /// <exception cref="JsonException">The data is not that.</exception>
    public JobOutput Output() => Read<OutputData>().Asset;

    /// <summary>Of a "progress": {"image", "step", "steps", …}.</summary>
    /// <exception cref="JsonException">The data is not that.</exception>
    public JobProgress Progress() => Read<JobProgress>();

    private T Read<T>() => Data.Deserialize<T>(Wire) ?? throw new JsonException($"An event {Kind} of a job has no data.");

    private sealed record OutputData(JobOutput Asset);
}

/// <summary>Follows a job's server-sent events until the terminal one, and takes a broken connection up again behind the last event it saw.</summary>
internal sealed class JobFeed(GatewayConnection gateway, string job)
{
    /// <summary>Connections in a row that bring nothing new before we give up.</summary>
    private const int FruitlessConnections = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private string _last = "";

    /// <exception cref="InvalidOperationException">The gateway refuses the stream, or the job's end never came.</exception>
    public async IAsyncEnumerable<JobHappening> Read([EnumeratorCancellation] CancellationToken ct)
    {
        for (var fruitless = 0; fruitless < FruitlessConnections; fruitless++)
        {
            if (fruitless > 0)
                await Task.Delay(Pause, ct);
            await using var events = Connection(ct).GetAsyncEnumerator(ct);
            while (await NextOrBroken(events, ct))
            {
                fruitless = 0;
                yield return events.Current;
                if (events.Current.Ends)
                    yield break;
            }
        }

        throw new InvalidOperationException($"The events of job {job} stopped before its end.");
    }

    private async IAsyncEnumerable<JobHappening> Connection([EnumeratorCancellation] CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/jobs/{Uri.EscapeDataString(job)}/events");
        if (_last.Length > 0)
            request.Headers.Add("Last-Event-ID", _last);
        using var answer = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway)
            yield break; // The silo or the database is on its way back.
        await GatewayConnection.Demand(answer, $"Following job {job}", ct);
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(ct))
        {
            _last = item.EventId ?? _last;
            if (item.Data.Length > 0)
                yield return new(item.EventType, JsonSerializer.Deserialize<JsonElement>(item.Data));
        }
    }

    /// <summary>A connection that breaks ends like one that was closed: both are taken up again.</summary>
    private static async Task<bool> NextOrBroken(IAsyncEnumerator<JobHappening> events, CancellationToken ct)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
