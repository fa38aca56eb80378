namespace Vitrine.Grains.Interfaces;

/// <summary>One request body of one API key.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.AttemptsKey")]
public readonly record struct AttemptsKey([property: Id(0)] TenantId Tenant, [property: Id(1)] KeyId Key, [property: Id(2)] string BodyDigest)
{
    public static AttemptsKey Parse(string text)
    {
        var (tenant, rest) = GrainKeyText.Split(text);
        var parts = rest.Split('/');
        return parts.Length == 2 ? new(tenant, new(parts[0]), parts[1]) : throw new FormatException($"'{text}' is no attempts key.");
    }

    public override string ToString() => GrainKeyText.Join(Tenant, Key.Value + "/" + BodyDigest);
}
