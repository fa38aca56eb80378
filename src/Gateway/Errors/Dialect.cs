using System.Globalization;
using System.Text.Json;

namespace Vitrine.Gateway;

/// <summary>The words in which a family of routes says no. A closed set: native (RFC 9457) and OpenAI's.</summary>
public abstract class Dialect
{
    public static readonly Dialect Native = new ProblemDialect();
    public static readonly Dialect OpenAi = new OpenAiDialect();

    /// <summary>As recorded with a job: <c>native</c> or <c>openai</c>.</summary>
    public abstract string Name { get; }

    protected abstract string MediaType { get; }

    /// <summary>OpenAI's for <c>/v1/images…</c> and <c>/v1/models…</c>, native for everything else, also for paths that do not exist.</summary>
    public static Dialect Of(PathString path) =>
        path.StartsWithSegments("/v1/images", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/v1/models", StringComparison.OrdinalIgnoreCase) ? OpenAi : Native;

    /// <summary>Writes status, headers and body. The response must not have started.</summary>
    public async Task Write(HttpContext http, ErrorAnswer answer)
    {
        GatewayTelemetry.CountError(answer, this);
        var response = http.Response;
        response.StatusCode = StatusOf(answer);
        response.ContentType = MediaType;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        if (response.StatusCode == StatusCodes.Status401Unauthorized) headers.WWWAuthenticate = "Bearer";
        if (answer.Allow is not null) headers.Allow = answer.Allow;
        if (!answer.MayRetry) headers["x-should-retry"] = "false";
        if (answer.RetryAfter is { } wait)
        {
            // Retry-After has whole seconds only; the SDKs prefer the other header where it is present.
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }

        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        await using (var json = new Utf8JsonWriter(buffer)) WriteBody(json, answer);
        response.ContentLength = buffer.WrittenCount;
        if (!HttpMethods.IsHead(http.Request.Method)) await response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    /// <summary>The body alone, without line breaks: for an error inside a stream that has begun.</summary>
    internal void WriteBody(System.Buffers.IBufferWriter<byte> output, ErrorAnswer answer)
    {
        using var json = new Utf8JsonWriter(output);
        WriteBody(json, answer);
    }

    protected abstract int StatusOf(ErrorAnswer answer);

    protected abstract void WriteBody(Utf8JsonWriter json, ErrorAnswer answer);
}
