using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>What became of a request for pictures, and the job it belongs to. With a refusal there may be no such job.</summary>
public readonly record struct Submission(JobKey Job, SubmitOutcome Outcome);

/// <summary>Hands requests to their jobs so that the same request, however often it is sent, is one job.</summary>
public sealed class Submissions(IGrainFactory grains, Admission admission)
{
    public const string IdempotencyHeader = "Idempotency-Key";
    public const int MaxIdempotencyKey = 255;

    /// <summary>Official SDKs count their own retries here and send no key of their own: 0 at first, then 1 and 2.</summary>
    public const string RetryCountHeader = "X-Stainless-Retry-Count";

    /// <summary>
    /// Derives the job's id from <c>Idempotency-Key</c>, else from the SDK's retry count, else makes a fresh one, and submits.
    /// <paramref name="command"/> gets the caller and the request digest; <c>FreshId</c> is filled in here.
    /// </summary>
    /// <param name="body">The request body as it came.</param>
    /// <exception cref="LedgerUnavailableException">Nothing was accepted.</exception>
    public async Task<Submission> Submit(HttpContext http, ReadOnlyMemory<byte> body, Func<Principal, string, SubmitJob> command, CancellationToken ct)
    {
        var principal = http.Principal();
        GrainCalls.For(principal.Tenant);
        using var entry = admission.Enter();
        if (entry is null) return new(default, new(null, Refusal.Overloaded(TimeSpan.FromSeconds(1)), false, null));
        var overloaded = admission.RetryAfter();
        var digest = DigestOf(http.Request.Path, body.Span);
        var asked = command(principal, digest);

        JobId job;
        var fresh = false;
        if (http.Request.Headers.TryGetValue(IdempotencyHeader, out var keys))
        {
            if (keys is not [{ } key] || !IsIdempotencyKey(key))
                return new(default, new(null, new(Refused.InvalidValue, "An Idempotency-Key is sent once and has 1 to 255 visible ASCII characters.", IdempotencyHeader), false, null));
            job = JobId.ForIdempotencyKey(principal, key);
        }
        else if (RetryCount(http.Request) is { } count)
        {
            var attempts = grains.Attempts(new(principal.Tenant, principal.Key, digest));
            var known = count > 0 ? await attempts.RetryOf(asked.User, asked.EndUser) : null;
            fresh = known is null;
            job = known ?? JobId.New();
            // Before the submission, so that a retry that overtakes the answer finds this job.
            if (fresh && overloaded is null) await attempts.First(job);
            TellWhenAnswered(http, attempts, job);
        }
        else
        {
            job = JobId.New();
            fresh = true;
        }

        // A request that was made before is answered by its job also now; only new work is refused.
        if (fresh && overloaded is { } later) return new(default, new(null, Refusal.Overloaded(later), false, null));
        http.Concerns(job);
        var jobKey = new JobKey(principal.Tenant, job);
        var outcome = await grains.Job(jobKey).Submit(asked with { FreshId = fresh, Overloaded = overloaded }, ct);
        return new(jobKey, outcome);
    }

    /// <summary>1 to 255 visible ASCII characters.</summary>
    public static bool IsIdempotencyKey(string key) => key.Length is > 0 and <= MaxIdempotencyKey && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>SHA-256 of the path, a line feed and the body, as 64 lower-case hex digits.</summary>
    internal static string DigestOf(string path, ReadOnlySpan<byte> body)
    {
        var length = Encoding.UTF8.GetByteCount(path) + 1 + body.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var head = Encoding.UTF8.GetBytes(path, buffer);
        buffer[head] = (byte)'\n';
        body.CopyTo(buffer.AsSpan(head + 1));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return Convert.ToHexStringLower(hash);
    }

    private static int? RetryCount(HttpRequest request) =>
        request.Headers.TryGetValue(RetryCountHeader, out var values) && values is [{ } text] &&
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    // A caller that has gone away or was told to ask again will come back for this very job.
    private static void TellWhenAnswered(HttpContext http, IAttemptsGrain attempts, JobId job) => http.Response.OnCompleted(() =>
        http.RequestAborted.IsCancellationRequested || http.Response.StatusCode >= 500 ? Task.CompletedTask : attempts.Answered(job));
}
