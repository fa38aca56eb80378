using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Gateway;

/// <summary>Bounds of a tenant, project or user; null is no bound. Setting them replaces all of them.</summary>
internal sealed record LimitsBody
{
    private const int MaxCount = 1_000_000;
    private const int MaxWeight = 1000;

    [Description("Settled plus reserved credits in one calendar month (UTC), at most six decimals."), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public decimal? CreditsPerMonth { get; init; }

    [Description("Images accepted in any 60 seconds."), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? ImagesPerMinute { get; init; }

    [Description("Accepted jobs that have not begun; one more is refused."), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Queued { get; init; }

    [Description("Jobs rendered at once; further ones wait."), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Running { get; init; }

    [Description("Share of the devices relative to siblings, 1 to 1000; null is 1."), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Weight { get; init; }

    public static LimitsBody Of(Limits limits) => new()
    {
        CreditsPerMonth = limits.CreditsPerMonth?.Amount, ImagesPerMinute = limits.ImagesPerMinute, Queued = limits.Queued, Running = limits.Running, Weight = limits.Weight,
    };

    public static (Limits? Limits, ErrorAnswer? Error) Read(JsonElement body)
    {
        var fields = new BodyFields(body);
        var limits = new Limits(
            fields.Credits("credits_per_month"), (int?)fields.WholeNumber("images_per_minute", 0, MaxCount), (int?)fields.WholeNumber("queued", 0, MaxCount),
            (int?)fields.WholeNumber("running", 0, MaxCount), (int?)fields.WholeNumber("weight", 1, MaxWeight));
        return fields.Error() is { } error ? (null, error) : (limits, null);
    }
}

/// <summary>What an account may use and has used in the present month, in credits.</summary>
internal sealed record AccountBody(LimitsBody Limits, string Period, decimal Settled, decimal Reserved, int QueuedJobs, int RunningJobs)
{
    public static AccountBody Of(AccountView account) =>
        new(LimitsBody.Of(account.Limits), account.Period, account.Settled.Amount, account.Reserved.Amount, account.QueuedJobs, account.RunningJobs);
}

/// <summary>Setting the limits of any account: the one act behind three endpoints.</summary>
internal static class AccountLimits
{
    public static async Task Set(HttpContext http, IAccountGrain account)
    {
        using var body = await StrictJson.Read(http, http.RequestAborted);
        var (limits, error) = body.Error is null ? LimitsBody.Read(body.Root) : (null, body.Error);
        if (error is not null)
        {
            await http.Answer(error);
            return;
        }
        var outcome = await account.SetLimits(limits!, http.RequestAborted);
        if (outcome.Refusal is { } refusal) await http.Answer(ErrorAnswer.Of(refusal));
        else await http.Answer(200, AccountBody.Of(outcome.Value!), WireJson.Default.AccountBody);
    }
}
