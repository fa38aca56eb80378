using System.Text;
using System.Text.Json;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Ledger;

/// <summary>An event as it was committed, on its way to becoming a leaf.</summary>
/// <param name="Data">The stored JSON.</param>
public sealed record CommittedEvent(long Sequence, string Tenant, string Stream, long Version, string Type, DateTimeOffset RecordedAt, string Data)
{
    private const string Sha256 = "sha256:";
    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The payload that the leaf commits to.</summary>
    public byte[] Payload() => CanonicalJson.Of(Encoding.UTF8.GetBytes(Data));

    /// <summary>The entry of the log. The same event and salt make the same bytes.</summary>
    public LeafEnvelope Envelope(ReadOnlySpan<byte> salt)
    {
        using var data = JsonDocument.Parse(Data);
        var root = data.RootElement;
        // An output's record lies within its event; a screening names its policy itself.
        var about = root.TryGetProperty("Asset", out var asset) && asset.ValueKind == JsonValueKind.Object ? asset : root;
        return new()
        {
            Tenant = Tenant, Stream = Stream, Version = Version, Sequence = Sequence, Type = Type, RecordedAt = RecordedAt,
            Commitment = PayloadCommitment.Of(salt, CanonicalJson.Of(root)),
            PolicyDigest = Digest(about, "PolicyDigest"), FileSha256 = Digest(about, "Sha256"), Manifest = Text(about, "Manifest"),
        };
    }

    private static TreeHash? Digest(JsonElement data, string member) =>
        Text(data, member) is { } text && text.AsSpan(text.StartsWith(Sha256, StringComparison.Ordinal) ? Sha256.Length : 0) is { Length: 2 * TreeHash.Size } hex
        && !hex.ContainsAnyExcept(HexDigits) ? new TreeHash(Convert.FromHexString(hex)) : null;

    private static string? Text(JsonElement data, string member) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
