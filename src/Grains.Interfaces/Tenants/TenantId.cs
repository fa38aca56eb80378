namespace Vitrine.Grains.Interfaces;

/// <summary>A brand. The first part of every key.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.TenantId")]
public readonly record struct TenantId([property: Id(0)] string Value)
{
    /// <summary>The operator's own tenant: its admin keys may make tenants.</summary>
    public static readonly TenantId Platform = new("platform");

    public static bool TryParse(string? text, out TenantId id)
    {
        id = new(text ?? "");
        return text is not null && Slug.IsValid(text);
    }

    public static TenantId Parse(string text) => new(Slug.Require(text, "tenant id"));
    public override string ToString() => Value;
}

/// <summary>The name under which the gateway tells, with every call, for which tenant it speaks (Orleans RequestContext).</summary>
public static class TenantContext
{
    public const string Key = "vitrine.tenant";
}
