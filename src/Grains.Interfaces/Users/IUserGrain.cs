namespace Vitrine.Grains.Interfaces;

/// <summary>A person or a system that a brand lets ask.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.UserId")]
public readonly record struct UserId([property: Id(0)] string Value)
{
    public static bool TryParse(string? text, out UserId id)
    {
        id = new(text ?? "");
        return text is not null && Slug.IsValid(text);
    }

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.UserKey")]
public readonly record struct UserKey([property: Id(0)] TenantId Tenant, [property: Id(1)] UserId User)
{
    public static UserKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, User.Value);
}

/// <summary>A user: their quotas and their sessions.</summary>
[Alias("vitrine.IUserGrain"), GrainInterfaceType("vitrine.user")]
public interface IUserGrain : IAccountGrain
{
    [Alias("Register")] Task<Outcome<UserView>> Register(RegisterUser command, CancellationToken cancellation);
    [Alias("Get")] Task<UserView?> Get(CancellationToken cancellation);

    /// <summary>From here on nothing new is accepted of the user, whoever was about to. Null when there is no such user; asked again it changes nothing.</summary>
    [Alias("BeginErasure")] Task<ErasureView?> BeginErasure(string by, CancellationToken cancellation);

    /// <summary>Records that all is done. The first counts stay.</summary>
    [Alias("EndErasure")] Task<ErasureView> EndErasure(string by, ErasureCounts counts, CancellationToken cancellation);
}

[GenerateSerializer, Immutable, Alias("vitrine.RegisterUser")]
public sealed record RegisterUser([property: Id(0)] string Name);

/// <param name="Name">Empty once the user is erased.</param>
[GenerateSerializer, Immutable, Alias("vitrine.UserView")]
public sealed record UserView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] DateTimeOffset CreatedAt, [property: Id(3)] Limits Limits,
    [property: Id(4)] UserState State = UserState.Active, [property: Id(5)] DateTimeOffset? ErasedAt = null);

[Alias("vitrine.UserState")]
public enum UserState { Active = 0, Erasing = 1, Erased = 2 }
