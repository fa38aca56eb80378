using System.IO.Compression;

namespace Vitrine.Provenance.Ledger;

/// <summary>The parts of a zip that may come from anybody, unpacked in memory within bounds. Nothing is ever written to a disk.</summary>
internal sealed class BundleArchive
{
    /// <summary>Bytes of the zip, and of everything in it: the largest file is a clip of some tens of megabytes.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>Bytes of a part that is not the file.</summary>
    public const int MaxPart = 1 << 20;

    /// <summary>Four parts an event, and a handful more.</summary>
    public const int MaxParts = 4 * BundleIndex.MaxEvents + 16;

    private readonly Dictionary<string, byte[]> _parts = new(StringComparer.Ordinal);

    public byte[]? this[string name] => _parts.GetValueOrDefault(name);

    /// <summary>Null, with findings added, when the zip is not to be read any further.</summary>
    public static BundleArchive? Open(ReadOnlyMemory<byte> bytes, List<LogFinding> findings)
    {
        if (bytes.Length > MaxBytes) return Refuse(BundleCodes.TooLarge, "The bundle is larger than any bundle can be.");
        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes.ToArray(), writable: false), ZipArchiveMode.Read);
            if (zip.Entries.Count > MaxParts) return Refuse(BundleCodes.TooLarge, "The bundle has more parts than any bundle can have.");
            var (archive, total) = (new BundleArchive(), 0L);
            foreach (var entry in zip.Entries)
            {
                if (!ProofBundle.PartName().IsMatch(entry.FullName))
                    return LeadsOut(entry.FullName) ? Refuse(BundleCodes.PathUnsafe, "The name of a part leads out of the bundle.") : Refuse(BundleCodes.PartUnexpected, "The bundle has a part that no bundle has.");
                var most = entry.FullName.StartsWith("asset.", StringComparison.Ordinal) || entry.FullName == ProofBundle.Manifest ? MaxBytes : MaxPart;
                if (Read(entry, Math.Min(most, MaxBytes - total)) is not { } part) return Refuse(BundleCodes.TooLarge, $"{entry.FullName} unpacks to more than it may hold.");
                if (!archive._parts.TryAdd(entry.FullName, part)) return Refuse(BundleCodes.PartTwice, $"There are two parts {entry.FullName}.");
                total += part.Length;
            }
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            return Refuse(BundleCodes.ZipMalformed, "The bundle is no sound zip.");
        }

        BundleArchive? Refuse(string code, string sentence)
        {
            findings.Add(new(code, 0, sentence));
            return null;
        }
    }

    // What the zip says about lengths is not believed: the bytes that come out are counted. Null when there are more than may be.
    private static byte[]? Read(ZipArchiveEntry entry, long most)
    {
        using var stream = entry.Open();
        using var part = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (part.Length + read > most) return null;
            part.Write(buffer, 0, read);
        }
        return part.ToArray();
    }

    private static bool LeadsOut(string name) =>
        name.Contains('\\', StringComparison.Ordinal) || name.StartsWith('/') || name.Contains(':', StringComparison.Ordinal) || name.Split('/').Contains("..") || name.Contains('\0', StringComparison.Ordinal);
}
