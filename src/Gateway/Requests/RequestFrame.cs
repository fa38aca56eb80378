using System.Security.Cryptography;

namespace Vitrine.Gateway;

/// <summary>
/// Around every request: gives it an id, turns what is thrown into an answer of its dialect, gives bodies to answers without one, and writes
/// one log line about it.
/// </summary>
internal sealed partial class RequestFrame(RequestDelegate next, TimeProvider time, ILogger<RequestFrame> log)
{
    private const int ClientClosedRequest = 499;
    private static readonly ErrorAnswer MethodNotAllowed = new(405, "method_not_allowed", "The path does not know this method; the Allow header names those it knows.");
    private static readonly ErrorAnswer UnsupportedMediaType = new(415, "unsupported_media_type", "Send the body as 'Content-Type: application/json' in UTF-8.");

    public async Task Invoke(HttpContext http)
    {
        var started = time.GetTimestamp();
        var facts = new RequestFacts(NewId());
        http.Features.Set(facts);
        SetHeaders(http, facts);
        try
        {
            if (RequestBounds.Refuse(http) is { } tooLarge)
            {
                // As the server itself does: whoever sends such heads gets no second try on this connection.
                http.Response.Headers.Connection = "close";
                await Dialect.Of(http.Request.Path).Write(http, tooLarge);
            }
            else if (IsTidy(http.Request.Path.Value)) await next(http);
            else await Dialect.Of(http.Request.Path).Write(http, ErrorAnswer.NotFound);
            if (!http.Response.HasStarted && AnswerWithoutBody(http.Response) is { } bare) await Dialect.Of(http.Request.Path).Write(http, bare);
        }
        catch (Exception failure)
        {
            facts.Failure = failure;
            await AnswerTo(failure, http, facts);
        }
        finally
        {
            WriteLog(http, facts, time.GetElapsedTime(started));
        }
    }

    private async Task AnswerTo(Exception failure, HttpContext http, RequestFacts facts)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered; the status is for the log.
            if (!http.Response.HasStarted) http.Response.StatusCode = ClientClosedRequest;
            return;
        }
        var answer = failure switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ErrorAnswer.PayloadTooLarge,
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(408, "request_timeout", "The body did not arrive in time."),
            BadHttpRequestException => ErrorAnswer.InvalidJson("The body could not be read."),
            // Not the caller's wish (see above), so the call was cut off by a silo or by our own shutdown.
            OperationCanceledException => Outage.AnswerTo(new ClusterUnavailableException("The call was cut off.", failure)),
            _ => Outage.AnswerTo(failure),
        };
        if (answer is null)
        {
            LogBug(log, failure, facts.RequestId);
            answer = ErrorAnswer.InternalError;
        }
        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }
        http.Response.Clear();
        SetHeaders(http, facts);
        await Dialect.Of(http.Request.Path).Write(http, answer);
    }

    private static void SetHeaders(HttpContext http, RequestFacts facts)
    {
        var headers = http.Response.Headers;
        headers["x-request-id"] = facts.RequestId;
        headers.XContentTypeOptions = "nosniff";
    }

    /// <summary>Routing would take <c>/v1/jobs/</c> for <c>/v1/jobs</c>; one thing has one path here.</summary>
    private static bool IsTidy(string? path) =>
        string.IsNullOrEmpty(path) || path == "/" || !(path.EndsWith('/') || path.Contains("//", StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal));

    private static ErrorAnswer? AnswerWithoutBody(HttpResponse response) => response is { ContentLength: null or 0, ContentType: null }
        ? response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ErrorAnswer.NotFound,
            StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
            StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType,
            _ => null,
        }
        : null;

    private static string NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return "req_" + Convert.ToHexStringLower(bytes);
    }
}
