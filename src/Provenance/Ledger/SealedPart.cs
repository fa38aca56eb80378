using System.Buffers;
using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The personal part of a payload: the member <c>Personal</c>, an object with a sealed <c>Box</c> and a <c>Commitment</c> to what is in it,
/// <c>SHA-256(salt ‖ opening)</c>. The entry of the log commits to the payload with the box closed, so it stays provable when the box can never be opened again.
/// </summary>
public static class SealedPart
{
    public const string Member = "Personal";

    private const string CommitmentMember = "Commitment", Erased = "erased";

    /// <summary>The commitment of a payload's personal part; null where it has none, or none that can be read.</summary>
    /// <param name="payload">A JSON object.</param>
    public static (bool Found, TreeHash? Commitment) Of(JsonElement payload) =>
        payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty(Member, out var part) || part.ValueKind != JsonValueKind.Object ? (false, null)
        : part.TryGetProperty(CommitmentMember, out var text) && text.ValueKind == JsonValueKind.String && CanonicalBase64.Decode(text.GetString()!, TreeHash.Size) is { Length: TreeHash.Size } hash ? (true, new TreeHash(hash))
        : (true, null);

    /// <summary>
    /// The payload as a reader shall see it: with the members of the opening in place of the empty ones and of the box, or with the word <c>erased</c> in place of the box. What has
    /// no personal part stays as it is.
    /// </summary>
    /// <param name="opening">A JSON object; null when it is not there any more.</param>
    /// <exception cref="JsonException">One of them is no JSON object.</exception>
    public static byte[] Told(byte[] payload, byte[]? opening)
    {
        using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
        if (!Of(document.RootElement).Found) return payload;
        using var opened = opening is not null ? JsonDocument.Parse(opening, new() { MaxDepth = CanonicalJson.MaxDepth }) : null;
        if (opened is { RootElement.ValueKind: not JsonValueKind.Object }) throw new JsonException("The opening of a personal part is no object.");
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
                if (member.Name == Member)
                {
                    if (opened is null) json.WriteString(Member, Erased);
                }
                else if (opened?.RootElement.TryGetProperty(member.Name, out _) != true) member.WriteTo(json);
            if (opened is not null)
                foreach (var member in opened.RootElement.EnumerateObject()) member.WriteTo(json);
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
