namespace Vitrine.Gateway;

internal sealed partial class RequestFrame
{
    /// <summary>A method is a word of the caller's choice; eight letters are enough to tell the real ones.</summary>
    private const int LongestMethod = 8;

    private void WriteLog(HttpContext http, RequestFacts facts, TimeSpan took)
    {
        if (!log.IsEnabled(LogLevel.Information)) return;
        var method = http.Request.Method;
        LogRequest(log, method.Length > LongestMethod ? method[..LongestMethod] : method, (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-", http.Response.StatusCode,
            took.TotalMilliseconds, facts.RequestId, facts.Principal?.Tenant.Value, facts.Principal?.Key.Value, facts.Job, facts.Failure?.GetType().Name);
    }

    // The route's template instead of the path, and no query: neither ids of strangers' making nor signatures belong in a log.
    [LoggerMessage(1, LogLevel.Information, "{Method} {Route} {Status} {DurationMs} ms request {RequestId} tenant {Tenant} key {KeyId} job {JobId} failure {Failure}")]
    private static partial void LogRequest(
        ILogger log, string method, string route, int status, double durationMs, string requestId, string? tenant, string? keyId, string? jobId, string? failure);

    [LoggerMessage(2, LogLevel.Error, "Request {RequestId} met a bug")]
    private static partial void LogBug(ILogger log, Exception failure, string requestId);
}
