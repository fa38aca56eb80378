using System.Formats.Cbor;
using System.Globalization;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>Writes <c>c2pa.ingredient.v3</c> (C2PA 2.2, 18.16).</summary>
internal static class IngredientAssertion
{
    public const string Label = "c2pa.ingredient.v3";

    /// <summary>The label of the n-th assertion of a kind: two underscores and a number from the second on (C2PA 2.2, 6.4).</summary>
    public static string LabelOf(string label, int index) => index == 0 ? label : string.Create(CultureInfo.InvariantCulture, $"{label}__{index}");

    public static string Word(IngredientRole role) => role switch
    {
        IngredientRole.Parent => "parentOf",
        IngredientRole.Component => "componentOf",
        IngredientRole.Input => "inputTo",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Unknown role."),
    };

    /// <param name="active">The ingredient's active manifest as it is in the new store, or null when none was copied.</param>
    public static Assertion Write(CredentialIngredient ingredient, JumbfBox? active, int index)
    {
        CborWriter writer = Assertions.NewWriter();
        string? remark = active is null ? ingredient.WhyNotKept : null;
        writer.WriteStartMap(3 + (active is null ? 0 : 3) + (remark is null ? 0 : 1));
        Assertions.WriteText(writer, "relationship", Word(ingredient.Role));
        Assertions.WriteText(writer, "dc:title", ingredient.Title);
        Assertions.WriteText(writer, "dc:format", ingredient.MediaType);
        if (remark is not null) Assertions.WriteText(writer, "description", remark);
        if (active is not null)
        {
            string url = "self#jumbf=/c2pa/" + active.Label;
            writer.WriteTextString("activeManifest");
            WriteReference(writer, url, active.Content.Span);
            writer.WriteTextString("claimSignature");
            WriteReference(writer, url + "/c2pa.signature", ingredient.Manifests!.ActiveSignature.Span[8..]);
            writer.WriteTextString("validationResults");
            WriteResults(writer, ingredient, active.Label);
        }
        writer.WriteEndMap();
        return Assertions.Cbor(LabelOf(Label, index), writer);
    }

    public static void WriteReference(CborWriter writer, string url, ReadOnlySpan<byte> content)
    {
        writer.WriteStartMap(2);
        Assertions.WriteText(writer, "url", url);
        writer.WriteTextString("hash");
        // The hash of a superbox leaves out its own eight-byte header (C2PA 2.2, 8.4.2.3).
        writer.WriteByteString(SHA256.HashData(content));
        writer.WriteEndMap();
    }

    private static void WriteResults(CborWriter writer, CredentialIngredient ingredient, string label)
    {
        string oldLabel = ingredient.Manifests!.Active.Label;
        var own = ingredient.Verdict.Findings.Where(f => f.IngredientUri is null).ToList();
        // Only what its own manifests do not say already (18.16.6: "changes"): repeating all of it at every generation would make the store grow with the square of their number.
        var deltas = ingredient.Verdict.Findings.Where(f => f is { IngredientUri: not null, IsRecorded: false }).GroupBy(f => f.IngredientUri!, StringComparer.Ordinal).ToList();
        writer.WriteStartMap(deltas.Count == 0 ? 1 : 2);
        writer.WriteTextString("activeManifest");
        WriteFindings(own);
        if (deltas.Count > 0)
        {
            writer.WriteTextString("ingredientDeltas");
            writer.WriteStartArray(deltas.Count);
            foreach (var delta in deltas)
            {
                writer.WriteStartMap(2);
                Assertions.WriteText(writer, "ingredientAssertionURI", Moved(delta.Key));
                writer.WriteTextString("validationDeltas");
                WriteFindings(delta);
                writer.WriteEndMap();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndMap();

        void WriteFindings(IEnumerable<CredentialFinding> findings)
        {
            ILookup<FindingKind, CredentialFinding> byKind = findings.ToLookup(f => f.Kind);
            writer.WriteStartMap(3);
            foreach ((string key, FindingKind kind) in new[] { ("success", FindingKind.Success), ("informational", FindingKind.Informational), ("failure", FindingKind.Failure) })
            {
                CredentialFinding[] list = [.. byKind[kind].DistinctBy(f => (f.Code, f.Subject))];
                writer.WriteTextString(key);
                writer.WriteStartArray(list.Length);
                foreach (CredentialFinding finding in list) WriteFinding(finding);
                writer.WriteEndArray();
            }
            writer.WriteEndMap();
        }

        void WriteFinding(CredentialFinding finding)
        {
            bool explains = finding.Kind != FindingKind.Success && finding.Explanation.Length > 0;
            writer.WriteStartMap(1 + (finding.Subject.Length > 0 ? 1 : 0) + (explains ? 1 : 0));
            Assertions.WriteText(writer, "code", finding.Code);
            if (finding.Subject.Length > 0) Assertions.WriteText(writer, "url", Moved(finding.Subject));
            if (explains) Assertions.WriteText(writer, "explanation", finding.Explanation);
            writer.WriteEndMap();
        }

        string Moved(string uri) => oldLabel == label ? uri : uri.Replace("/c2pa/" + oldLabel, "/c2pa/" + label, StringComparison.Ordinal);
    }
}
