using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Vitrine.Local;

/// <summary>HTTP to one gateway with one key.</summary>
internal sealed class GatewayConnection : IDisposable
{
    private readonly HttpClient _http;

    public GatewayConnection(string gateway, string? key)
    {
        _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false })
        {
            BaseAddress = new Uri(gateway + "/"),
            Timeout = TimeSpan.FromSeconds(100),
        };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Paths are relative: "v1/jobs".</summary>
    public HttpClient Http => _http;

    /// <summary>Whether GET answers 200; false also when nobody listens yet.</summary>
    public async Task<bool> Answers(string path, CancellationToken ct)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception notYet) when (notYet is HttpRequestException || (notYet is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>POSTs JSON and reads the JSON answer.</summary>
    /// <exception cref="InvalidOperationException">The status is not a success, or the answer is empty; the message quotes the answer.</exception>
    public async Task<T> Post<T>(string path, object body, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, ct);
        await Demand(answer, $"POST /{path}", ct);
        return await answer.Content.ReadFromJsonAsync<T>(ct) ?? throw new InvalidOperationException($"POST /{path} was answered with null.");
    }

    /// <summary>POSTs something with a chosen id. That it exists already (409) is as good.</summary>
    /// <exception cref="InvalidOperationException">Any other status than success; the message quotes the answer.</exception>
    public async Task Make(string path, object body, CancellationToken ct)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, ct);
        if (answer.StatusCode != HttpStatusCode.Conflict)
            await Demand(answer, $"POST /{path}", ct);
    }

    /// <exception cref="InvalidOperationException">The status is not a success; the message quotes at most 500 characters of the answer.</exception>
    public static async Task Demand(HttpResponseMessage answer, string request, CancellationToken ct)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var text = await answer.Content.ReadAsStringAsync(ct);
        throw new InvalidOperationException($"{request} was answered with {(int)answer.StatusCode}: {text[..Math.Min(text.Length, 500)]}");
    }

    public void Dispose() => _http.Dispose();
}
