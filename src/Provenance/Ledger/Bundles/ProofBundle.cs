using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Vitrine.Provenance.Ledger;

/// <summary>A proof bundle: one zip with everything that proves one asset, and a page that says how to check it (docs/ledger.md).</summary>
public static partial class ProofBundle
{
    /// <summary>Bytes that a bundle can have; a larger one is refused.</summary>
    public const long MaxBytes = BundleArchive.MaxBytes;

    internal const string Readme = "README.md", Index = "bundle.json", Record = "record.json", CheckpointNote = "checkpoint", Platform = "platform.tlog-proof", PlatformStamp = "platform.tst",
        LogKey = "keys/ledger.vkey", PlatformKey = "keys/platform.vkey", TrustAnchor = "keys/root.pem", TimeStampAnchor = "keys/tsa-root.pem", Manifest = "manifest.c2pa";

    /// <summary>Everything in a bundle has one of these names; no name leads out of a folder.</summary>
    [GeneratedRegex(@"\A(README\.md|bundle\.json|record\.json|checkpoint|platform\.(tlog-proof|tst)|keys/(ledger|platform)\.vkey|keys/(tsa-)?root\.pem|asset\.(png|jpg|webp|mp4)|manifest\.c2pa|entries/\d{4}\.cbor|payloads/\d{4}\.json|openings/\d{4}\.json|proofs/\d{4}\.tlog-proof)\z", RegexOptions.CultureInvariant)]
    internal static partial Regex PartName();

    /// <summary>Entries get this time, so that equal parts are equal bytes.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the zip.</summary>
    public static byte[] Write(BundleParts parts)
    {
        using var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            var events = new List<BundleIndexEvent>();
            Add(zip, Readme, Encoding.UTF8.GetBytes(BundleReadme.Of(parts)));
            foreach (var (i, e) in parts.Events.Index())
            {
                var number = i.ToString("0000", CultureInfo.InvariantCulture);
                var told = e.Salt is not null && e.Payload is not null;
                var opened = told && e.Opening is not null && e.OpeningSalt is not null;
                events.Add(new($"entries/{number}.cbor", $"proofs/{number}.tlog-proof", told ? $"payloads/{number}.json" : null, told ? Convert.ToBase64String(e.Salt!) : null,
                    opened ? $"openings/{number}.json" : null, opened ? Convert.ToBase64String(e.OpeningSalt!) : null));
                Add(zip, events[^1].Entry, e.Entry);
                Add(zip, events[^1].Proof, e.Proof.ToBytes());
                if (told) Add(zip, events[^1].Payload!, e.Payload!);
                if (opened) Add(zip, events[^1].Opening!, e.Opening!);
            }
            Add(zip, Index, new BundleIndex(BundleIndex.CurrentFormat, parts.Tenant, parts.Asset, parts.Job, parts.File is null ? null : parts.FileName, events, parts.Manifest is null ? null : Manifest, parts.Related.Count == 0 ? null : parts.Related).ToBytes());
            Add(zip, Record, BundleRecord.Of(parts.Events.Select(e => LeafEnvelope.Parse(e.Entry) is { } leaf ? new ToldEvent(leaf.Stream, leaf.Type, e.Told) : throw new ArgumentException("An entry is no leaf envelope.", nameof(parts)))));
            Add(zip, CheckpointNote, parts.Checkpoint.ToBytes());
            Add(zip, Platform, parts.PlatformProof.ToBytes());
            if (parts.PlatformStamp is { } stamp) Add(zip, PlatformStamp, stamp);
            Add(zip, LogKey, Encoding.UTF8.GetBytes(parts.LogKey + "\n"));
            Add(zip, PlatformKey, Encoding.UTF8.GetBytes(parts.PlatformKey + "\n"));
            if (parts.TrustAnchorPem is { } pem) Add(zip, TrustAnchor, Encoding.UTF8.GetBytes(pem));
            if (parts.TimeStampAnchorPem is { } authorities) Add(zip, TimeStampAnchor, Encoding.UTF8.GetBytes(authorities));
            if (parts.Manifest is { } manifest) Add(zip, Manifest, manifest);
            if (parts.File is { } file) Add(zip, parts.FileName, file);
        }
        return output.ToArray();
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        if (!PartName().IsMatch(name)) throw new ArgumentException($"'{name}' is no part of a bundle.", nameof(name));
        // Pictures are compressed already.
        var entry = zip.CreateEntry(name, name.StartsWith("asset.", StringComparison.Ordinal) ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
        entry.LastWriteTime = Epoch;
        using var stream = entry.Open();
        stream.Write(bytes);
    }
}
