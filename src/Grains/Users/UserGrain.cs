using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;
using Vitrine.Grains.Subjects;

namespace Vitrine.Grains.Users;

/// <summary>Owns a user: their name and their quotas.</summary>
[GrainType("vitrine.user")]
public sealed class UserGrain(AccountParts parts, SubjectKeys keys, PersonalText texts, Erasures erasures) : AccountGrain(parts), IUserGrain
{
    private UserKey Key => UserKey.Parse(this.GetPrimaryKeyString());
    protected override TenantId Tenant => Key.Tenant;
    protected override string AccountKey => AccountName.Of(Key.User);

    public async Task<Outcome<UserView>> Register(RegisterUser command, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not null) return new Refusal(Refused.AlreadyExists, $"A user '{Key.User}' exists already; choose another id.", "id");
        if (await keys.ForSealing(Tenant, Key.User.Value, cancellation) is not { } subject) return Refusal.UserErased;
        await Record(0, [PersonalText.Seal(subject, AccountKey, new UserRegistered(command.Name, Now))], cancellation);
        return View((await texts.Open(Tenant, [Member!], cancellation))[0]);
    }

    public async Task<UserView?> Get(CancellationToken cancellation) => await Loaded(cancellation) is { } member ? View((await texts.Open(Tenant, [member], cancellation))[0]) : null;

    public async Task<ErasureView?> BeginErasure(string by, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not { } member) return null;
        if (!member.IsClosed) await Record(member.Revision, [new UserErasureBegun(by, Now)], cancellation);
        // Whoever holds credits of this account and has not committed is fenced out by the new epoch; every job that was accepted is in the store when this returns.
        if (Member!.Erased is null) await Reopen(cancellation);
        return await ErasureOf(Member, cancellation);
    }

    public async Task<ErasureView> EndErasure(string by, ErasureCounts counts, CancellationToken cancellation)
    {
        var member = await Loaded(cancellation) ?? throw new InvalidOperationException($"{Key} is erased and was never there.");
        if (member.Erased is null)
            await Record(member.Revision, [new UserErased(by, counts.Jobs, counts.JobsCanceled, counts.Assets, counts.PlainRecords, Now, counts.Inputs)], cancellation);
        return await ErasureOf(Member!, cancellation);
    }

    private Task<ErasureView> ErasureOf(Member member, CancellationToken cancellation) => erasures.Told(new(Tenant, Key.User), member.ErasingSince, member.Erased, cancellation);

    /// <param name="member">With the name opened.</param>
    internal static UserView View(Member member) => new(
        AccountName.NameIn(member.Id), member.Name, member.CreatedAt, member.Limits,
        member.Erased is not null ? UserState.Erased : member.ErasingSince is not null ? UserState.Erasing : UserState.Active, member.Erased?.At);
}
