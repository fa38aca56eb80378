using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The hashes of named parts of a PNG or JPEG, which must be all of its parts in order (C2PA 2.2, 15.12.3).</summary>
internal static class BoxesHashCheck
{
    public static void Run(CborMap binding, Manifest manifest, Carrier carrier, string uri, Findings findings)
    {
        (string Name, int Start, int Length)[] parts = [.. carrier.NamedParts];
        if (binding.List("boxes") is not { Count: > 0 and <= ValidationLimits.Exclusions } boxes || boxes.Exists(b => NamesOf(b) is not { Count: > 0 } || ((CborMap)b!).Bytes("hash") is null))
        {
            findings.Fail(StatusCode.BoxesHashMalformed, uri, "The hash of boxes lists none, or one without names or hash.");
            return;
        }
        if (parts.Length == 0)
        {
            findings.Fail(StatusCode.BoxesHashMalformed, uri, "Files of this format cannot be bound by their boxes.");
            return;
        }
        // The eight bytes before the first chunk of a PNG may be left unnamed.
        int next = parts[0].Name == "PNGh" && NamesOf(boxes[0])![0] as string != "PNGh" ? 1 : 0;
        int failures = 0;
        foreach (CborMap box in boxes.Cast<CborMap>())
        {
            int first = next;
            foreach (object? name in NamesOf(box)!)
            {
                if (next >= parts.Length || name as string != parts[next].Name)
                {
                    findings.Fail(StatusCode.BoxesHashUnknownBox, uri, "The file's parts are others than those that were signed.");
                    return;
                }
                next++;
            }
            bool isStore = parts[first].Name == "C2PA";
            if (isStore && next != first + 1) findings.Fail(StatusCode.BoxesHashMalformed, uri, "The manifest store is named together with other parts.");
            if (isStore || box.Get("excluded") is true) continue;
            if (HardBindingCheck.AlgorithmOf(box, manifest.Algorithm) is not { } algorithm)
            {
                findings.Fail(StatusCode.AlgorithmUnsupported, uri, "The hash algorithm of a part is not allowed.");
                return;
            }
            if (!Matches(box, algorithm, carrier.File.Span[parts[first].Start..(parts[next - 1].Start + parts[next - 1].Length)])) failures++;
        }
        if (next != parts.Length) findings.Fail(StatusCode.BoxesHashUnknownBox, uri, "The file has parts that were not signed.");
        else if (failures > 0) findings.Fail(StatusCode.BoxesHashMismatch, uri, "A part of the file was changed after it was signed.");
        else findings.Pass(StatusCode.BoxesHashMatch, uri, "The file's parts are those that were signed.");
    }

    private static List<object?>? NamesOf(object? box) => (box as CborMap)?.List("names");

    private static bool Matches(CborMap box, HashAlgorithmName algorithm, ReadOnlySpan<byte> bytes) =>
        CryptographicOperations.HashData(algorithm, bytes).AsSpan().SequenceEqual(box.Bytes("hash")!.Value.Span);
}
