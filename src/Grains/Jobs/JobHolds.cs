using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Jobs;

/// <summary>
/// The accounts that one job draws on: user, project, tenant. They are asked at once, which is enough nearly always. Where one of them cannot grant at once, all is
/// given back and they are asked one after the other in that order: one order for all means that of many requests for the last credit exactly one gets it.
/// </summary>
public sealed class JobHolds(IGrainFactory grains, TenantId tenant, ProjectId project, UserId? user)
{
    /// <summary>How long an account may answer that only holds in flight stand in the way, before that counts as a no.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(5);

    private readonly (string Account, Func<IAccountGrain> Grain)[] _accounts = user is { } someone
        ? [(AccountName.Of(someone), () => grains.User(new(tenant, someone))), (AccountName.Of(project), () => grains.Project(new(tenant, project))), (AccountName.Tenant, () => grains.Tenant(tenant))]
        : [(AccountName.Of(project), () => grains.Project(new(tenant, project))), (AccountName.Tenant, () => grains.Tenant(tenant))];

    /// <summary>Holds everywhere, or nowhere and a refusal.</summary>
    public async Task<HeldCredits> Hold(HoldCredits command, TimeProvider time, CancellationToken cancellation)
    {
        var outcomes = await Task.WhenAll(_accounts.Select(each => each.Grain().Hold(command, cancellation)));
        if (outcomes.All(outcome => outcome.Granted)) return Held(outcomes);
        await Task.WhenAll(_accounts.Where((_, i) => outcomes[i].Granted).Select(each => each.Grain().Drop(command.Job)));
        // A no that holds in flight cannot change need not be asked for again; the first account in order that says no is the one that is heard.
        return outcomes.First(outcome => !outcome.Granted) is { Refusal: { Reason: Refused.QuotaSpent or Refused.NotFound or Refused.ModelNotFound or Refused.InvalidValue or Refused.UserErased } final, Rate: var rate }
            ? Refuse(final, rate)
            : await HoldInOrder(command, time, cancellation);
    }

    private async Task<HeldCredits> HoldInOrder(HoldCredits command, TimeProvider time, CancellationToken cancellation)
    {
        var held = new List<HoldOutcome>(_accounts.Length);
        var started = time.GetTimestamp();
        foreach (var (_, grain) in _accounts)
        {
            var outcome = await grain().Hold(command, cancellation);
            while (outcome.Contended && time.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(AskAgain, time, cancellation);
                outcome = await grain().Hold(command, cancellation);
            }
            if (!outcome.Granted)
            {
                for (var i = 0; i < held.Count; i++) await _accounts[i].Grain().Drop(command.Job);
                return Refuse(outcome.Refusal ?? new Refusal(Refused.RateExceeded, "Other requests for the same credits are being decided; ask again.", RetryAfter: TimeSpan.FromSeconds(1)), outcome.Rate);
            }
            held.Add(outcome);
        }
        return Held(held);
    }

    /// <param name="rate">Of the account that says no.</param>
    private static HeldCredits Refuse(Refusal refusal, RateHeadroom? rate) => new([], Limits.None, Limits.None, Limits.None, rate, "", refusal);

    /// <summary>The least room under an images-per-minute limit of these accounts, for a request that asks none of them for more; null where none has such a limit.</summary>
    public async Task<RateHeadroom?> Rate(CancellationToken cancellation)
    {
        try
        {
            var accounts = await Task.WhenAll(_accounts.Select(each => each.Grain().Account(cancellation)));
            return accounts.Select(account => account?.Rate).OfType<RateHeadroom>().MinBy(rate => rate.Remaining);
        }
        catch (Exception lost) when (lost is LedgerUnavailableException or TimeoutException or OrleansException)
        {
            // The answer that it goes with is worth more.
            return null;
        }
    }

    private HeldCredits Held(IReadOnlyList<HoldOutcome> held)
    {
        var user = held.Count == 3 ? held[0].Limits : Limits.None;
        var rate = held.Select(each => each.Rate).OfType<RateHeadroom>().MinBy(each => each.Remaining);
        return new HeldCredits([.. held.Select((each, i) => new AccountFence(_accounts[i].Account, each.Epoch))], held[held.Count - 1].Limits, held[held.Count - 2].Limits, user, rate, held[held.Count - 1].Period, null);
    }

    public Task Drop(string job) => Task.WhenAll(_accounts.Select(each => each.Grain().Drop(job)));

    /// <summary>One of the accounts is no longer in the epoch of its hold; nobody can tell which.</summary>
    public Task Fenced(string job, IReadOnlyList<AccountFence> fences) => Task.WhenAll(_accounts.Select((each, i) => each.Grain().Fenced(job, fences[i].Epoch)));

    public Task Confirm(string job) => Task.WhenAll(_accounts.Select(each => each.Grain().Confirm(job)));
    public Task Begin(string job) => Task.WhenAll(_accounts.Select(each => each.Grain().Begin(job)));
    public Task Settle(string job, Credits settled) => Task.WhenAll(_accounts.Select(each => each.Grain().Settle(job, settled)));
}

/// <summary>Either fences under which the accept may commit, or why not.</summary>
public sealed record HeldCredits(
    IReadOnlyList<AccountFence> Fences, Limits TenantLimits, Limits ProjectLimits, Limits UserLimits, RateHeadroom? Rate, string Period, Refusal? Refusal);
