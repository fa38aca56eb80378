using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// <c>record.json</c>: prompt, resolved parameters, model, seed, policy decisions and output of one asset, on one page. It is computed from the proved payloads and
/// from nothing else, so whoever checks the bundle computes it again and compares.
/// </summary>
internal static class BundleRecord
{
    // From which event of the job which members are told; an event that is not there was erased or never happened.
    private static readonly (string Type, string Section, string[] Members)[] Told =
    [
        ("job.prompt_submitted", "request", ["Project", "User", "Key", "Dialect", "RequestDigest", "Prompt", "NegativePrompt", "EndPrompt", "Images", "Metadata", "EndUser", "At", SealedPart.Member]),
        ("job.prompt_screened", "prompt_policy", ["PolicyDigest", "Allowed", "Rules", "NormalisedDigest", SealedPart.Member]),
        ("job.accepted", "parameters", ["Model", "ModelVersion", "ModelDigest", "Width", "Height", "Seed", "Steps", "Guidance", "Format", "Quality", "Start", "Audience", "Clip"]),
        ("job.rendering_started", "device", ["Attempt", "Device", "At"]),
        ("asset.output_produced", "asset", ["Asset"]),
        ("asset.stamped", "stamped", ["Asset"]),
        ("asset.erased", "erased", ["At"]),
    ];

    /// <param name="events">Type and payload of each event, in order; a later event of a type replaces an earlier one, as the last attempt is the one that counted.</param>
    public static byte[] Of(IEnumerable<(string Type, byte[]? Payload)> events)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            var last = new Dictionary<string, byte[]?>();
            foreach (var (type, payload) in events) last[type] = payload;
            json.WriteStartObject();
            foreach (var (type, section, members) in Told)
            {
                if (!last.TryGetValue(type, out var payload)) continue;
                json.WritePropertyName(section);
                if (payload is null) json.WriteStringValue("erased");
                else Write(json, payload, members);
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, byte[] payload, string[] members)
    {
        using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
        json.WriteStartObject();
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            foreach (var member in members)
                if (document.RootElement.TryGetProperty(member, out var value))
                {
                    json.WritePropertyName(member);
                    value.WriteTo(json);
                }
        json.WriteEndObject();
    }
}
