using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Whether a caller whose answer goes on for long may still have it: a revoked key ends its open streams too.</summary>
public sealed class StandingAccess(AuthenticatedKeys keys, TimeProvider time)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// False once the key that the request came with may not use its endpoint any more. While no silo can say, nothing is told: asks for <see cref="JobFollower.Patience"/>, as long as the stream
    /// itself waits for silos, and then throws what the last one said.
    /// </summary>
    public async ValueTask<bool> Holds(HttpContext http, CancellationToken ct)
    {
        for (var since = time.GetTimestamp(); ;)
        {
            try
            {
                return await Ask(http);
            }
            catch (Exception lost) when (Outage.AnswerTo(lost) is not null && !ct.IsCancellationRequested && time.GetElapsedTime(since) < JobFollower.Patience)
            {
                await Task.Delay(AskAgain, time, ct);
            }
        }
    }

    /// <summary>As <see cref="Holds"/>, for what tells nothing: true while no silo can say.</summary>
    public async ValueTask<bool> MayHold(HttpContext http)
    {
        try
        {
            return await Ask(http);
        }
        catch (Exception lost) when (Outage.AnswerTo(lost) is not null)
        {
            return true;
        }
    }

    private async ValueTask<bool> Ask(HttpContext http)
    {
        var scope = http.GetEndpoint()?.Metadata.GetMetadata<AccessRule>()?.Scope ?? throw new InvalidOperationException("The endpoint is open to strangers, so no access ends.");
        return AccessControl.TokenOf(http.Request) is { } token && await keys.Authenticate(token) is { } principal && principal.May(scope);
    }
}
