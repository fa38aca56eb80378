using System.Text.Json;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>What single assertions must hold: metadata, soft bindings, assertions kept elsewhere (C2PA 2.2, 15.10.3).</summary>
internal static class ContentRules
{
    /// <summary>The schemas of which <c>c2pa.metadata</c> may hold fields (C2PA 2.2, annex B).</summary>
    private static readonly string[] allowedSchemas =
        ["xmp", "xmpMM", "xmpTPg", "crs", "pdf", "dc", "Iptc4xmpExt", "exif", "exifEX", "photoshop", "tiff", "xmpDM", "plus"];

    /// <summary>The fields allowed of the two schemas that also speak of people and rights; those belong into <c>cawg.metadata</c>.</summary>
    private static readonly string[] allowedFields =
    [
        "dc:coverage", "dc:created", "dc:date", "dc:format", "dc:identifier", "dc:language", "dc:modified", "dc:relation", "dc:type",
        "Iptc4xmpExt:DigImageGUID", "Iptc4xmpExt:DigitalSourceType", "Iptc4xmpExt:EventId", "Iptc4xmpExt:Genre", "Iptc4xmpExt:ImageRating", "Iptc4xmpExt:ImageRegion",
        "Iptc4xmpExt:RegistryId", "Iptc4xmpExt:LocationCreated", "Iptc4xmpExt:LocationShown", "Iptc4xmpExt:MaxAvailHeight", "Iptc4xmpExt:MaxAvailWidth",
    ];

    public static void Check(Manifest manifest, Findings findings)
    {
        if (manifest.Version == 1) return;
        foreach (JumbfBox box in manifest.AssertionStore.Children)
        {
            switch (Manifest.BaseLabel(box.Label))
            {
                case "c2pa.metadata" when box.Type == JumbfType.Json && box.OnlyContent("json") is { } json:
                    CheckMetadata(json, manifest.AssertionUri(box.Label), findings);
                    break;
                case "c2pa.cloud-data":
                    findings.Note(StatusCode.AssertionInaccessible, manifest.AssertionUri(box.Label), "The assertion is kept elsewhere and is not fetched.");
                    break;
            }
        }
        foreach ((string label, CborMap value) in manifest.CborAssertions.Where(a => Manifest.BaseLabel(a.Label) == "c2pa.soft-binding"))
            if ((value.Text("alg") ?? manifest.Claim.Text("alg_soft")) is not { Length: > 0 } || value.List("blocks") is not { Count: > 0 })
                findings.Fail(StatusCode.AssertionRequiredMissing, manifest.AssertionUri(label), "The soft binding names no algorithm or no value.");
    }

    private static void CheckMetadata(ReadOnlyMemory<byte> json, string uri, Findings findings)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return;
            // A set, because asking an element for a property reads all of it.
            HashSet<string> declared = document.RootElement.TryGetProperty("@context", out JsonElement context) && context.ValueKind == JsonValueKind.Object
                ? [.. context.EnumerateObject().Select(p => p.Name)] : [];
            foreach (JsonProperty field in document.RootElement.EnumerateObject())
                if (!field.Name.StartsWith('@') && !IsAllowed(field.Name, declared))
                    findings.Fail(StatusCode.MetadataDisallowed, uri, $"The field '{Findings.Short(field.Name)}' does not belong into c2pa.metadata, or its schema is not declared.");
        }
        // InvalidOperationException: a name is no text, which is only noticed when it is read.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            findings.Fail(StatusCode.AssertionJsonInvalid, uri, "The metadata are not well-formed JSON.");
        }
    }

    private static bool IsAllowed(string field, HashSet<string> declared)
    {
        string schema = field.Split(':')[0];
        return declared.Contains(schema) && allowedSchemas.Contains(schema)
            && (schema is not ("dc" or "Iptc4xmpExt") || allowedFields.Contains(field));
    }
}
