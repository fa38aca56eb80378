namespace Vitrine.Grains.Interfaces;

/// <summary>
/// Whose key seals what was said: a user; an end user whom a caller names and who is no user of the tenant; or an API key, for what came through it in nobody's name. A user's id has no
/// slash, so the three never meet. Empty for what was said under no user before the last two were told apart; that can be read and never erased.
/// </summary>
[GenerateSerializer, Immutable, Alias("vitrine.SubjectId")]
public readonly record struct SubjectId([property: Id(0)] string Value)
{
    private const string EndUserPrefix = "end_user/", KeyPrefix = "key/", UserStreamPrefix = "user/", StreamPrefix = "subject/";

    public static SubjectId Of(UserId user) => new(user.Value);
    public static SubjectId Of(KeyId key) => new(KeyPrefix + key.Value);

    /// <param name="digest">A digest of the name, made with a secret of the tenant: whoever sees it learns no name.</param>
    public static SubjectId OfEndUser(string digest) => new(EndUserPrefix + digest);

    /// <summary>A user is a subject.</summary>
    public static implicit operator SubjectId(UserId user) => Of(user);

    /// <summary>Null for those who are no users.</summary>
    public UserId? User => Value.Length > 0 && !Value.Contains('/', StringComparison.Ordinal) ? new UserId(Value) : null;

    /// <summary>Null for those who are no API keys.</summary>
    public KeyId? Key => Value.StartsWith(KeyPrefix, StringComparison.Ordinal) ? new KeyId(Value[KeyPrefix.Length..]) : null;

    /// <summary>The stream that records the erasing.</summary>
    public string Stream => (User is null ? StreamPrefix : UserStreamPrefix) + Value;

    /// <param name="stream">The stream of a subject that is no user.</param>
    public static SubjectId In(string stream) => new(stream[StreamPrefix.Length..]);

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.SubjectKey")]
public readonly record struct SubjectKey([property: Id(0)] TenantId Tenant, [property: Id(1)] SubjectId Subject)
{
    public static SubjectKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, Subject.Value);
}
