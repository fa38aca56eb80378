using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Whether the file is the one that was signed (C2PA 2.2, 15.12).</summary>
internal static class HardBindingCheck
{
    /// <param name="isUpdated">Whether later manifests made the store longer than it was when the content was bound.</param>
    public static void Run(Manifest manifest, Carrier carrier, StoreFrame frame, bool isUpdated, Findings findings, ValidationBudget budget)
    {
        foreach ((string label, CborMap value) in manifest.CborAssertions.Where(a => AssertionReferences.IsHardBinding(a.Label)).Take(ValidationLimits.HardBindings))
        {
            string uri = manifest.AssertionUri(label);
            budget.CountFile(carrier.File.Length);
            switch (Manifest.BaseLabel(label))
            {
                case "c2pa.hash.data":
                    DataHashCheck.Run(value, manifest, carrier.File, frame, isUpdated, uri, findings);
                    break;
                case "c2pa.hash.bmff" or "c2pa.hash.bmff.v2" or "c2pa.hash.bmff.v3":
                    BmffHashCheck.Run(value, manifest, carrier, withOffsets: Manifest.BaseLabel(label) != "c2pa.hash.bmff", uri, findings);
                    break;
                case "c2pa.hash.boxes":
                    BoxesHashCheck.Run(value, manifest, carrier, uri, findings);
                    break;
                case "c2pa.hash.collection.data":
                    findings.Fail(StatusCode.CollectionHashMalformed, uri, "A collection of files is bound where there is one file.");
                    break;
                case "c2pa.hash.multi-asset":
                    findings.Fail(StatusCode.General, uri, "This validator does not read files that are made of several assets.", CredentialFault.Unsupported);
                    break;
            }
        }
    }

    /// <summary>The algorithm of a hash, its own or else the claim's; null when it is not one that C2PA allows.</summary>
    public static HashAlgorithmName? AlgorithmOf(CborMap hash, string? inherited) => (hash.ContainsKey("alg") ? hash.Text("alg") : inherited) switch
    {
        "sha256" => HashAlgorithmName.SHA256,
        "sha384" => HashAlgorithmName.SHA384,
        "sha512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    public static bool HasOnlyZeros(CborMap hash, string field) => hash.Bytes(field) is { } pad && !pad.Span.ContainsAnyExcept((byte)0);
}
