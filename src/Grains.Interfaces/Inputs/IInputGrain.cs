using System.Text.Json.Serialization;

namespace Vitrine.Grains.Interfaces;

/// <summary>A picture that somebody brought: <c>input_</c> and 26 digits. The same bytes of the same user, or through the same key without a user, are the same input, however often they are sent.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.InputId")]
public readonly record struct InputId([property: Id(0)] string Value)
{
    private const string Prefix = "input_";

    /// <param name="sha256">Of the bytes, 64 lower-case hex digits.</param>
    public static InputId Of(Principal principal, string sha256) => new(Prefix + Base32.Named($"input\n{principal.Tenant}\n{principal.Subject}\n{sha256}"));

    public static bool TryParse(string? text, out InputId id)
    {
        id = new(text ?? "");
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && Base32.IsEncoded(text.AsSpan(Prefix.Length));
    }

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.InputKey")]
public readonly record struct InputKey([property: Id(0)] TenantId Tenant, [property: Id(1)] InputId Input)
{
    public static InputKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, Input.Value);
}

/// <summary>One picture that somebody brought: its record.</summary>
[Alias("vitrine.IInputGrain"), GrainInterfaceType("vitrine.input")]
public interface IInputGrain : IGrainWithStringKey
{
    /// <summary>Checks the credentials of bytes that are stored already, and records both. One that is on record and not deleted is answered as it is.</summary>
    [Alias("Receive")] Task<Outcome<InputView>> Receive(ReceiveInput command, CancellationToken cancellation);

    /// <summary>Null when there is no such input.</summary>
    [Alias("Get")] Task<InputView?> Get(CancellationToken cancellation);

    /// <summary>Records that it is deleted, then deletes the bytes. Null when there is no such input; asked again it only deletes what should be gone already.</summary>
    /// <param name="by">The API key that asked, or what did.</param>
    [Alias("Delete")] Task<InputView?> Delete(string by, CancellationToken cancellation);
}

/// <param name="Sha256">Of the bytes, which are in the blob store under it.</param>
[GenerateSerializer, Immutable, Alias("vitrine.ReceiveInput")]
public sealed record ReceiveInput([property: Id(0)] Principal Principal, [property: Id(1)] string Sha256);

/// <summary>What the check of an input's Content Credentials came to when it was taken in. Stored by number; before the last five were told apart, all of them were called tampered.</summary>
[Alias("vitrine.InputCredential")]
public enum InputCredential { None = 0, Tampered = 1, Valid = 2, Trusted = 3, Unreadable = 4, Invalid = 5, Unsupported = 6, Revoked = 7, Expired = 8 }

/// <summary>One thing that the check of an input's credentials found, as the manifest of what is made from it repeats it.</summary>
/// <param name="Kind">0 for what holds, 1 for what is only to be known, 2 for what speaks against it.</param>
/// <param name="Code">A status code of C2PA.</param>
/// <param name="Subject">JUMBF URI of what was checked; empty for the file itself.</param>
/// <param name="Ingredient">The ingredient assertion that led there; null for the active manifest.</param>
[GenerateSerializer, Immutable, Alias("vitrine.InputFinding")]
public sealed record InputFinding(
    [property: Id(0)] int Kind, [property: Id(1)] string Code, [property: Id(2)] string Subject,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Ingredient = null);

/// <param name="User">Who brought it; null for a key without a user.</param>
/// <param name="Key">The API key that brought it.</param>
/// <param name="Sha256">Of the bytes as they came, 64 lower-case hex digits; with the tenant it is the blob's key.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Width">In pixels, of the picture as it is stored; an EXIF orientation may turn it.</param>
/// <param name="Manifest">The URN of its active manifest; null where there is none that could be read.</param>
/// <param name="Findings">The status codes of C2PA that speak against it.</param>
/// <param name="DeletedAt">When its bytes were deleted; null for one that is there.</param>
/// <param name="Revision">Events of this input so far.</param>
/// <param name="Checked">Everything that the check found, in its order; null for one that was taken in before this was kept.</param>
[GenerateSerializer, Immutable, Alias("vitrine.InputView")]
public sealed record InputView(
    [property: Id(0)] string Id, [property: Id(1)] string? User, [property: Id(2)] string Key, [property: Id(3)] string Sha256, [property: Id(4)] string MediaType, [property: Id(5)] long Length,
    [property: Id(6)] int Width, [property: Id(7)] int Height, [property: Id(8)] InputCredential Credential, [property: Id(9)] string? Manifest, [property: Id(10)] IReadOnlyList<string> Findings,
    [property: Id(11)] DateTimeOffset ReceivedAt, [property: Id(12)] long Revision,
    [property: Id(13), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DeletedAt = null,
    [property: Id(14), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<InputFinding>? Checked = null);
