using Vitrine.Grains.Policies;
using Vitrine.Policies;

namespace Vitrine.Silo;

/// <summary>Reads the policy folder again when it changes. A set with errors is reported and the last good one stays in force.</summary>
public sealed partial class PolicyReload(PolicyFolder folder, PoliciesInForce inForce, ILogger<PolicyReload> log) : BackgroundService
{
    // Polling sees every kind of file system, also those that send no notifications; four small files cost nothing to read.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IReadOnlyList<PolicyFile> seen = [];
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var files = folder.Files();
                // Reading them is nothing; parsing builds every pattern anew.
                if (files.SequenceEqual(seen)) continue;
                seen = files;
                switch (PolicyFolder.Parse(files))
                {
                    case PolicySetResult.Accepted { Policies: var next } when next.Digest != inForce.Current.Digest:
                        inForce.Replace(next);
                        LogReplaced(next.Digest);
                        break;
                    case PolicySetResult.Rejected { Errors: var errors }:
                        LogRejected(string.Join('\n', errors), inForce.Current.Digest);
                        break;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(e.Message);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Also for a bug of ours: no edit of a file may stop a silo.
                LogNotRead(e, inForce.Current.Digest);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Policies {Digest} are in force")]
    private partial void LogReplaced(string digest);

    [LoggerMessage(LogLevel.Error, "The changed policies are not valid and {Digest} stays in force: {Errors}")]
    private partial void LogRejected(string errors, string digest);

    [LoggerMessage(LogLevel.Warning, "The policy folder cannot be read: {Cause}")]
    private partial void LogUnreadable(string cause);

    [LoggerMessage(LogLevel.Error, "The changed policies could not be read and {Digest} stays in force")]
    private partial void LogNotRead(Exception cause, string digest);
}
