using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Vitrine.System.Tests;

/// <summary>One answer, read whole.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body, byte[] Bytes, HttpResponseMessage Message)
{
    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? values.First() : Message.Content.Headers.TryGetValues(name, out values) ? values.First() : null;
    public string Code => Body.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString()! : Body.GetProperty("code").GetString()!;
}

/// <summary>Plain HTTP, as a customer's own program would speak it.</summary>
public static class Wire
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static Task<Answer> PostJob(this HttpClient client, object body, string? idempotencyKey = null) => client.Post("/v1/jobs", body, idempotencyKey);

    public static async Task<Answer> Post(this HttpClient client, string path, object body, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await client.Ask(request, cancellation);
    }

    public static async Task<Answer> PostText(this HttpClient client, string path, string body, string mediaType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
        return await client.Ask(request);
    }

    public static async Task<Answer> Get(this HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.Ask(request);
    }

    public static async Task<Answer> Ask(this HttpClient client, HttpRequestMessage request, CancellationToken cancellation = default)
    {
        var message = await client.SendAsync(request, cancellation);
        var bytes = await message.Content.ReadAsByteArrayAsync(cancellation);
        var json = message.Content.Headers.ContentType?.MediaType is { } type && type.EndsWith("json", StringComparison.Ordinal);
        return new Answer(message.StatusCode, json ? JsonSerializer.Deserialize<JsonElement>(bytes) : default, bytes, message);
    }

    /// <summary>Asks for the job until it is over.</summary>
    public static async Task<JsonElement> End(this HttpClient client, string job)
    {
        JsonElement last = default;
        await Eventually(async () =>
        {
            var answer = await client.Get($"/v1/jobs/{job}");
            last = answer.Body;
            return answer.Status == HttpStatusCode.OK && last.GetProperty("state").GetString() is "succeeded" or "failed" or "canceled";
        }, () => $"job {job} came to an end; it is {last}");
        return last;
    }

    /// <summary>The first output of a job that was asked for and must succeed.</summary>
    public static async Task<JsonElement> Output(this HttpClient client, Answer posted)
    {
        Assert.True(posted.Status == HttpStatusCode.Accepted, $"{posted.Body}");
        var job = await client.End(posted.Body.GetProperty("id").GetString()!);
        Assert.True(job.GetProperty("state").GetString() == "succeeded", $"{job}");
        return job.GetProperty("assets")[0];
    }

    /// <summary>Looks again and again until something is true; a fact is awaited, not a time.</summary>
    public static async Task Eventually(Func<Task<bool>> isTrue, Func<string> what)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!patience.IsCancellationRequested)
        {
            if (await isTrue()) return;
            await look.WaitForNextTickAsync(CancellationToken.None);
        }
        Assert.Fail($"Within {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s it did not become true that {what()}.");
    }

    /// <summary>Reads server-sent events until <paramref name="enough"/> or the end of the stream.</summary>
    public static async Task<IReadOnlyList<(string Id, string Event, JsonElement Data)>> Events(
        this HttpClient client, string path, string? lastEventId = null, Func<string, bool>? enough = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        using var message = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, message.StatusCode);
        using var reader = new StreamReader(await message.Content.ReadAsStreamAsync());
        var events = new List<(string, string, JsonElement)>();
        var (id, name, data) = ("", "message", "");
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data += line[6..];
            else if (line.Length == 0 && data.Length > 0)
            {
                events.Add((id, name, JsonSerializer.Deserialize<JsonElement>(data)));
                if (enough?.Invoke(name) == true) break;
                (name, data) = ("message", "");
            }
        }
        return events;
    }
}
