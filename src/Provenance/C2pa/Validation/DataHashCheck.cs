using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// Whether the file is the one that was signed: its hash without the excluded ranges (C2PA 2.2, 15.12.1). The store must be excluded exactly,
/// otherwise bytes beside it could be changed unseen.
/// </summary>
internal static class DataHashCheck
{
    private const string Label = "c2pa.hash.data";

    public static void Run(Manifest manifest, ReadOnlyMemory<byte> file, StoreFrame frame, Findings findings)
    {
        if (manifest.Assertions(Label).FirstOrDefault() is not { } binding) return;
        if (ReadExclusions(binding, file.Length) is not { } exclusions || binding.Bytes("hash") is not { } expected || binding.Bytes("pad") is not { } pad)
        {
            findings.Fail(StatusCode.DataHashMalformed, Label, "The data hash has no hash, no pad, or exclusions that overlap, are out of order or leave the file.");
            return;
        }
        string? algorithm = binding.ContainsKey("alg") ? binding.Text("alg") : manifest.Claim.Text("alg");
        if (HashName(algorithm) is not { } name)
        {
            findings.Fail(StatusCode.AlgorithmUnsupported, Label, $"The hash algorithm '{algorithm}' is not allowed.");
            return;
        }
        var breaches = new List<string>();
        if (pad.Span.ContainsAnyExcept((byte)0) || (binding.ContainsKey("pad2") && (binding.Bytes("pad2") is not { } pad2 || pad2.Span.ContainsAnyExcept((byte)0))))
            breaches.Add("The padding of the data hash is not made of zeros.");
        if (!exclusions.Contains((frame.Start, frame.ExclusionLength)))
            breaches.Add("The data hash does not leave out exactly the manifest store.");
        if (exclusions.Count > 1)
            findings.Note(StatusCode.AdditionalExclusions, Label, "The data hash leaves out more than the manifest store; those bytes may have been changed.");
        if (!Hash(file.Span, exclusions, name).AsSpan().SequenceEqual(expected.Span))
            breaches.Add("The file was changed after it was signed, or the credentials belong to another file.");
        foreach (string breach in breaches) findings.Fail(StatusCode.DataHashMismatch, Label, breach);
        if (breaches.Count == 0) findings.Pass(StatusCode.DataHashMatch, Label, "The file is the one that was signed.");
    }

    /// <summary>Answers null unless the ranges are in order, apart, and inside the file.</summary>
    private static List<(int Start, int Length)>? ReadExclusions(CborMap binding, int fileLength)
    {
        var exclusions = new List<(int Start, int Length)>();
        List<object?> entries = binding.List("exclusions") ?? [];
        if (entries.Count > ValidationLimits.Exclusions) return null;
        long end = 0;
        foreach (object? entry in entries)
        {
            if (entry is not CborMap range || range.Number("start") is not { } start || range.Number("length") is not { } length) return null;
            if (start < end || start > fileLength || length < 1 || length > fileLength - start) return null;
            exclusions.Add(((int)start, (int)length));
            end = start + length;
        }
        return exclusions;
    }

    private static byte[] Hash(ReadOnlySpan<byte> file, List<(int Start, int Length)> exclusions, HashAlgorithmName name)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(name);
        int read = 0;
        foreach ((int start, int length) in exclusions)
        {
            hash.AppendData(file[read..start]);
            read = start + length;
        }
        hash.AppendData(file[read..]);
        return hash.GetHashAndReset();
    }

    private static HashAlgorithmName? HashName(string? algorithm) => algorithm switch
    {
        "sha256" => HashAlgorithmName.SHA256,
        "sha384" => HashAlgorithmName.SHA384,
        "sha512" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
