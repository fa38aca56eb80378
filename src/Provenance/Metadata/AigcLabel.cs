using System.Text;
using System.Text.Json;

namespace Vitrine.Provenance;

/// <summary>
/// The implicit label of GB 45438-2025, annex B: a JSON text under the name <c>AIGC</c>. Where it lies in which format follows TC260-PG-20257A (video) and 20259A (image).
/// The members of whoever passes the content on are empty: that is for them to fill in.
/// </summary>
/// <param name="Label">1: generated; 2: possibly; 3: suspected.</param>
/// <param name="ContentProducer">Who made it: name or code, at most 256 characters.</param>
/// <param name="ProduceId">What its maker calls it, at most 256 characters.</param>
/// <param name="ReservedCode">What its maker gives for checking its integrity, at most 256 characters; here the URN of the signed manifest.</param>
public sealed record AigcLabel(string Label, string ContentProducer, string ProduceId, string ReservedCode)
{
    private const int MaxValue = 256;

    /// <summary>The members, as places hold them that have a name of their own.</summary>
    /// <exception cref="ArgumentException">A value is too long.</exception>
    public string ToJson()
    {
        foreach (string value in (string[])[Label, ContentProducer, ProduceId, ReservedCode])
            if (value.Length > MaxValue) throw new ArgumentException($"A value of an AIGC label must have at most {MaxValue} characters.");
        using var buffer = new MemoryStream();
        // The writer escapes what is not ASCII, which is what EXIF and tEXt can hold.
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString(nameof(Label), Label);
            json.WriteString(nameof(ContentProducer), ContentProducer);
            json.WriteString("ProduceID", ProduceId);
            json.WriteString("ReservedCode1", ReservedCode);
            json.WriteString("ContentPropagator", "");
            json.WriteString("PropagateID", "");
            json.WriteString("ReservedCode2", "");
            json.WriteEndObject();
        }
        return Encoding.ASCII.GetString(buffer.ToArray());
    }

    /// <summary>The label with its name around it, for places that have none, such as EXIF's UserComment.</summary>
    internal string ToNamedJson() => $$"""{"AIGC":{{ToJson()}}}""";
}
