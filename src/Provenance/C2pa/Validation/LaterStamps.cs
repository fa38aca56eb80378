using Vitrine.Provenance.C2pa.Cbor;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Time stamps that a later manifest brings for signatures of earlier ones (<c>c2pa.time-stamp</c>; C2PA 2.2, 18.17).</summary>
internal static class LaterStamps
{
    public const string Label = "c2pa.time-stamp";

    /// <summary>The attested times by manifest label. Such a stamp is over the signature itself, not over a countersignature structure.</summary>
    public static Dictionary<string, DateTimeOffset> Read(IEnumerable<Manifest> manifests, ManifestStore store, TrustAnchors anchors, Findings findings, ValidationBudget budget)
    {
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (Manifest manifest in manifests)
        {
            foreach ((string label, CborMap value) in manifest.CborAssertions.Where(a => Manifest.BaseLabel(a.Label) == Label))
            {
                if (value.Count == 0 || value.Any(e => e.Key is not string || e.Value is not ReadOnlyMemory<byte>))
                {
                    findings.Fail(StatusCode.TimeStampAssertionMalformed, manifest.AssertionUri(label), "The assertion of time stamps does not map manifests to tokens.");
                    continue;
                }
                foreach ((object target, object? token) in value)
                {
                    if (store.Read((string)target) is not { } stamped || stamped.ReadSignature(out _) is not { } cose) continue;
                    if (!budget.MayReadLaterStamp()) return times;
                    if (TimeStampCheck.Run((ReadOnlyMemory<byte>)token!, cose.Signature.Span, anchors, stamped.SignatureUri, findings, budget) is { } time) times[stamped.Label] = time;
                }
            }
        }
        return times;
    }
}
