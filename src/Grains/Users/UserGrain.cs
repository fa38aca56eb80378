using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Quotas;

namespace Vitrine.Grains.Users;

/// <summary>Owns a user: their name and their quotas.</summary>
[GrainType("vitrine.user")]
public sealed class UserGrain(AccountParts parts) : AccountGrain(parts), IUserGrain
{
    private UserKey Key => UserKey.Parse(this.GetPrimaryKeyString());
    protected override TenantId Tenant => Key.Tenant;
    protected override string AccountKey => AccountName.Of(Key.User);

    public async Task<Outcome<UserView>> Register(RegisterUser command, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not null) return new Refusal(Refused.AlreadyExists, $"A user '{Key.User}' exists already; choose another id.", "id");
        await Record(0, [new UserRegistered(command.Name, Now)], cancellation);
        return View(Member!);
    }

    public async Task<UserView?> Get(CancellationToken cancellation) => await Loaded(cancellation) is { } member ? View(member) : null;

    internal static UserView View(Member member) => new(AccountName.NameIn(member.Id), member.Name, member.CreatedAt, member.Limits);
}
