using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// The hash of the file without the excluded ranges (C2PA 2.2, 15.12.1). The store must be excluded exactly, otherwise bytes beside it could be changed unseen.
/// </summary>
internal static class DataHashCheck
{
    public static void Run(CborMap binding, Manifest manifest, ReadOnlyMemory<byte> file, StoreFrame frame, bool isUpdated, string uri, Findings findings)
    {
        if (ReadExclusions(binding, file.Length, frame, isUpdated) is not { } exclusions || binding.Bytes("hash") is not { } expected || binding.Bytes("pad") is null)
        {
            findings.Fail(StatusCode.DataHashMalformed, uri, "The data hash has no hash, no pad, or exclusions that overlap, are out of order or leave the file.");
            return;
        }
        if (HardBindingCheck.AlgorithmOf(binding, manifest.Algorithm) is not { } name)
        {
            findings.Fail(StatusCode.AlgorithmUnsupported, uri, "The hash algorithm of the data hash is not allowed.");
            return;
        }
        var breaches = new List<string>();
        if (!HardBindingCheck.HasOnlyZeros(binding, "pad") || (binding.ContainsKey("pad2") && !HardBindingCheck.HasOnlyZeros(binding, "pad2")))
            breaches.Add("The padding of the data hash is not made of zeros.");
        if (!exclusions.Contains((frame.Start, frame.ExclusionLength)))
            breaches.Add("The data hash does not leave out exactly the manifest store.");
        if (exclusions.Count > 1)
            findings.Note(StatusCode.AdditionalExclusions, uri, "The data hash leaves out more than the manifest store; those bytes may have been changed.");
        if (!Hash(file.Span, exclusions, name).AsSpan().SequenceEqual(expected.Span))
            breaches.Add("The file was changed after it was signed, or the credentials belong to another file.");
        foreach (string breach in breaches) findings.Fail(StatusCode.DataHashMismatch, uri, breach);
        if (breaches.Count == 0) findings.Pass(StatusCode.DataHashMatch, uri, "The file is the one that was signed.");
    }

    /// <summary>
    /// Answers null unless the ranges are in order, apart, and inside the file. Below an update the range of the store is as long as the store is now, and
    /// what follows it has moved by as much.
    /// </summary>
    private static List<(int Start, int Length)>? ReadExclusions(CborMap binding, int fileLength, StoreFrame frame, bool isUpdated)
    {
        var exclusions = new List<(int Start, int Length)>();
        List<object?> entries = binding.List("exclusions") ?? [];
        if (entries.Count > ValidationLimits.Exclusions) return null;
        long end = 0, shift = 0;
        foreach (object? entry in entries)
        {
            if (entry is not CborMap range || range.Number("start") is not { } start || range.Number("length") is not { } length) return null;
            if (start < 0 || length < 1 || start > fileLength || length > fileLength) return null;
            start += shift;
            if (isUpdated && start == frame.Start && length <= frame.ExclusionLength) (shift, length) = (frame.ExclusionLength - length, frame.ExclusionLength);
            if (start < end || start > fileLength || length > fileLength - start) return null;
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
}
