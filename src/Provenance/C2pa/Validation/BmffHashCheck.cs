using System.Buffers.Binary;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The hash of an MP4 file without the boxes that are left out, each other top-level box with its offset before it (C2PA 2.2, 15.12.2 and 18.7).</summary>
internal static class BmffHashCheck
{
    public static void Run(CborMap binding, Manifest manifest, Carrier carrier, bool withOffsets, string uri, Findings findings)
    {
        if (carrier is not BmffCarrier film)
        {
            findings.Fail(StatusCode.BmffHashMalformed, uri, "A file that has no such boxes is bound by its boxes.");
            return;
        }
        if (binding.ContainsKey("merkle"))
        {
            findings.Fail(StatusCode.General, uri, "This validator does not read hashes of fragments (Merkle trees).", CredentialFault.Unsupported);
            return;
        }
        if (binding.Bytes("hash") is not { } expected || binding.List("exclusions") is not { Count: > 0 and <= ValidationLimits.Exclusions } entries
            || BmffExclusions.TryRead(entries, film) is not { } exclusions)
        {
            findings.Fail(StatusCode.BmffHashMalformed, uri, "The hash of the film has no hash, or exclusions that are out of order, overlap, or compare too much.");
            return;
        }
        if (HardBindingCheck.AlgorithmOf(binding, manifest.Algorithm) is not { } name)
        {
            findings.Fail(StatusCode.AlgorithmUnsupported, uri, "The hash algorithm of the film's hash is not allowed.");
            return;
        }
        if (!exclusions.LeavesOut(film.Stores[0].Start, film.Stores[0].FrameLength))
            findings.Fail(StatusCode.BmffHashMismatch, uri, "The hash of the film does not leave out the manifest store.");
        else if (BmffHash(film, exclusions, name, withOffsets).AsSpan().SequenceEqual(expected.Span))
            findings.Pass(StatusCode.BmffHashMatch, uri, "The film is the one that was signed.");
        else
            findings.Fail(StatusCode.BmffHashMismatch, uri, "The film was changed after it was signed, or the credentials belong to another.");
    }

    public static byte[] BmffHash(BmffCarrier film, BmffExclusions exclusions, HashAlgorithmName name, bool withOffsets)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(name);
        ReadOnlySpan<byte> file = film.File.Span;
        Span<byte> offset = stackalloc byte[8];
        int next = 0;
        foreach (BmffBox box in film.Boxes)
        {
            if (!box.IsTopLevel || exclusions.IsWhole(box)) continue;
            if (withOffsets)
            {
                BinaryPrimitives.WriteInt64BigEndian(offset, box.Start);
                hash.AppendData(offset);
            }
            int read = box.Start;
            while (next < exclusions.Gaps.Count && exclusions.Gaps[next].End <= box.Start) next++;
            for (int gap = next; gap < exclusions.Gaps.Count && exclusions.Gaps[gap].Start < box.End; gap++)
            {
                int from = Math.Clamp(exclusions.Gaps[gap].Start, read, box.End), to = Math.Clamp(exclusions.Gaps[gap].End, from, box.End);
                hash.AppendData(file[read..from]);
                read = to;
            }
            hash.AppendData(file[read..box.End]);
        }
        return hash.GetHashAndReset();
    }
}
