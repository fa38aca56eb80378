using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Vitrine.Bench;

/// <summary>HTTP to one address with one key. Bodies are sent as they are, so that what is measured is not our own serializer.</summary>
internal sealed class BenchClient : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient _http;

    public BenchClient(string address, string? key = null)
    {
        _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri(address + "/"), Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>POSTs and reads the whole answer.</summary>
    /// <exception cref="InvalidOperationException">The status is not a success.</exception>
    public async Task<byte[]> Post(string path, string body, CancellationToken ct, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = Json } } };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        return await Whole(answer, path, ct);
    }

    public async Task<JsonElement> Get(string path, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), ct);
        return JsonSerializer.Deserialize<JsonElement>(await Whole(answer, path, ct));
    }

    public async Task<string> GetText(string path, CancellationToken ct) => await _http.GetStringAsync(new Uri(path, UriKind.Relative), ct);

    public async Task Delete(string path, CancellationToken ct)
    {
        using var answer = await _http.DeleteAsync(new Uri(path, UriKind.Relative), ct);
        await Whole(answer, path, ct);
    }

    /// <summary>Lines of an event stream, for as long as it lasts.</summary>
    public async Task<Stream> Events(string path, CancellationToken ct) => await _http.GetStreamAsync(new Uri(path, UriKind.Relative), ct);

    public void Dispose() => _http.Dispose();

    private static async Task<byte[]> Whole(HttpResponseMessage answer, string path, CancellationToken ct)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(ct);
        return answer.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous
            ? bytes : throw new InvalidOperationException($"{path} was answered with {(int)answer.StatusCode}: {Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(500, bytes.Length)))}");
    }
}
