using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>An event as record.json sees it.</summary>
/// <param name="Payload">What it said, opened; null where it was erased.</param>
internal readonly record struct ToldEvent(string Stream, string Type, byte[]? Payload);

/// <summary>
/// <c>record.json</c>: prompt, resolved parameters, model, seed, policy decisions, approvals and output of one asset, what was brought for it and how replays of it ended, on one page. It is computed from
/// the proved payloads and from nothing else, so whoever checks the bundle computes it again and compares.
/// </summary>
internal static class BundleRecord
{
    // From which event which members are told; an event that is not there was erased or never happened.
    private static readonly (string Type, string Section, string[] Members)[] Sections =
    [
        ("job.prompt_submitted", "request", ["Project", "User", "Key", "Dialect", "RequestDigest", "Prompt", "NegativePrompt", "EndPrompt", "Images", "Metadata", "EndUser", "At", SealedPart.Member]),
        ("job.prompt_screened", "prompt_policy", ["PolicyDigest", "Allowed", "Rules", "NormalisedDigest", SealedPart.Member]),
        ("job.accepted", "parameters", ["Model", "ModelVersion", "ModelDigest", "Width", "Height", "Seed", "Steps", "Guidance", "Format", "Quality", "Start", "Audience", "Clip"]),
        ("job.rendering_started", "device", ["Attempt", "Device", "At"]),
        ("asset.output_produced", "asset", ["Asset"]),
        ("asset.stamped", "stamped", ["Asset"]),
        ("asset.erased", "erased", ["At"]),
    ];

    /// <summary>From which events of related streams, one entry for each stream.</summary>
    private static readonly (string Type, string Section, string[] Members)[] RelatedSections =
    [
        ("input.received", "inputs", ["Sha256", "MediaType", "Width", "Height", "Credential", "Manifest", "Findings", "At"]),
        ("replay.asset_replayed", "replays", ["Verdict", "At"]),
    ];

    /// <summary>
    /// No policy here asks a person for approval before a picture is made or leaves, and no event records one. It is said, so that nobody takes the silence for an approval that was left out.
    /// </summary>
    private const string NoApprovals = "not required by policy";

    /// <param name="events">In order; a later event of a type replaces an earlier one of its stream, as the last attempt is the one that counted.</param>
    /// <param name="format">That of the bundle: earlier ones told no approvals and nothing of related streams.</param>
    public static byte[] Of(IEnumerable<ToldEvent> events, string format = BundleIndex.CurrentFormat)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            var all = events.ToList();
            var last = new Dictionary<string, byte[]?>();
            foreach (var told in all) last[told.Type] = told.Payload;
            json.WriteStartObject();
            foreach (var (type, section, members) in Sections)
            {
                if (!last.TryGetValue(type, out var payload)) continue;
                json.WritePropertyName(section);
                if (payload is null) json.WriteStringValue("erased");
                else Write(json, null, payload, members);
            }
            if (format == BundleIndex.CurrentFormat)
            {
                json.WriteString("approvals", NoApprovals);
                foreach (var (type, section, members) in RelatedSections) WriteRelated(json, section, all.Where(told => told.Type == type), members);
            }
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteRelated(Utf8JsonWriter json, string section, IEnumerable<ToldEvent> events, string[] members)
    {
        var streams = events.GroupBy(told => told.Stream, StringComparer.Ordinal).ToList();
        if (streams.Count == 0) return;
        json.WriteStartArray(section);
        foreach (var stream in streams)
            if (stream.Last().Payload is { } payload) Write(json, stream.Key, payload, members);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string? stream, byte[] payload, string[] members)
    {
        using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
        json.WriteStartObject();
        if (stream is not null) json.WriteString("Id", stream);
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
