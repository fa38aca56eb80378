using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>What is known about the request in hand; the request log is written from it.</summary>
internal sealed class RequestFacts(string requestId)
{
    public string RequestId { get; } = requestId;
    public Principal? Principal { get; set; }
    public string? Job { get; set; }
    public Exception? Failure { get; set; }
}

/// <summary>Who asks, and under which request id.</summary>
public static class Caller
{
    /// <summary>The authenticated caller; only endpoints that require a scope may ask.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is open to strangers.</exception>
    public static Principal Principal(this HttpContext http) =>
        http.Facts().Principal ?? throw new InvalidOperationException("This endpoint asks who calls but requires no scope.");

    /// <summary>The value of the response's <c>x-request-id</c>: <c>req_</c> and 32 hex digits.</summary>
    public static string RequestId(this HttpContext http) => http.Facts().RequestId;

    /// <summary>Names the job that the request is about, for the request log.</summary>
    public static void Concerns(this HttpContext http, JobId job) => http.Facts().Job = job.Value;

    internal static RequestFacts Facts(this HttpContext http) =>
        http.Features.Get<RequestFacts>() ?? throw new InvalidOperationException("The request frame has not run.");
}
