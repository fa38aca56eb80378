using System.Security.Cryptography;

namespace Vitrine.Media;

/// <summary>Files that are not yet anything: written beside the blobs on the same volume, then renamed or removed.</summary>
internal static class TemporaryFiles
{
    /// <summary>Writes a new file completely or throws. Tests replace this to meet a full disk on any file system.</summary>
    public delegate void Write(string path, ReadOnlyMemory<byte> content, bool durable, DateTimeOffset writtenAt);

    public static void WriteFile(string path, ReadOnlyMemory<byte> content, bool durable, DateTimeOffset writtenAt)
    {
        // Not preallocated: a full disk would then be told without its error code.
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        RandomAccess.Write(handle, content.Span, 0);
        File.SetLastWriteTimeUtc(handle, writtenAt.UtcDateTime);
        // A failed flush is never tried again: the kernel may have dropped the pages and report success the second time.
        if (durable)
            DurableFlush.File(handle, path);
    }

    /// <summary>Several processes share the directory, so the name is drawn at random; it is never seen outside.</summary>
    public static string NewName() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static int RemoveOlderThan(string directory, Func<string, DateTimeOffset> moment)
    {
        var removed = 0;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc >= moment(file.Name).UtcDateTime)
                continue;
            file.Delete();
            removed++;
        }
        return removed;
    }
}
