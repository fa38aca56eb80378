using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Vitrine.Media;

/// <summary>
/// Blobs as files: <c>root/&lt;tenant&gt;/&lt;aa&gt;/&lt;sha256&gt;</c>, where aa are the first two digits of the digest. A blob is
/// written to <c>root/.temporary</c>, flushed, renamed, and its directory flushed, so that a reader or a crash finds the whole
/// blob or none. Transient files live in <c>root/.transient/&lt;tenant&gt;</c>. No tenant begins with a dot, so neither can collide.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    /// <summary>No write takes this long, so a temporary file of this age belongs to a process that died.</summary>
    public static readonly TimeSpan TemporaryLifetime = TimeSpan.FromHours(1);

    private readonly string root;
    private readonly string temporary;
    private readonly string transient;
    private readonly TimeProvider time;
    private readonly TemporaryFiles.Write write;
    private readonly ConcurrentDictionary<string, bool> durableDirectories = new(StringComparer.Ordinal);

    /// <summary>Makes the directories where they are missing and removes temporary files left by processes that died.</summary>
    public FileBlobStore(string root, TimeProvider time) : this(root, time, TemporaryFiles.WriteFile)
    {
    }

    internal FileBlobStore(string root, TimeProvider time, TemporaryFiles.Write write)
    {
        this.root = Path.GetFullPath(root);
        this.time = time;
        this.write = write;
        temporary = Path.Combine(this.root, ".temporary");
        transient = Path.Combine(this.root, ".transient");
        Directory.CreateDirectory(temporary);
        Directory.CreateDirectory(transient);
        SweepTemporary();
    }

    // Flushing blocks, and a grain must not; every method therefore works on the thread pool.
    public Task<BlobKey> Put(string tenant, ReadOnlyMemory<byte> content, CancellationToken ct) =>
        Task.Run(() => PutNow(tenant, content, ct), ct);

    public Task<BlobContent?> Open(BlobKey key, CancellationToken ct) => Task.Run(() => OpenNow(PathOf(key)), ct);

    public Task<bool> Delete(BlobKey key, CancellationToken ct) => Task.Run(() => DeleteNow(PathOf(key)), ct);

    public Task<bool> Verify(BlobKey key, CancellationToken ct) => Task.Run(() => VerifyNow(key), ct);

    public async IAsyncEnumerable<BlobEntry> List(string tenant, [EnumeratorCancellation] CancellationToken ct)
    {
        var directory = Path.Combine(root, CheckedTenant(tenant));
        if (!Directory.Exists(directory))
            yield break;
        // One of at most 256 shards at a time, so that memory does not grow with the tenant.
        foreach (var shard in Directory.GetDirectories(directory).Order(StringComparer.Ordinal))
            foreach (var entry in await Task.Run(() => EntriesOf(tenant, shard), ct))
                yield return entry;
    }

    public Task PutTransient(string tenant, string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var path = TransientPath(tenant, name);
        return Task.Run(() => StorageFullIsItsOwnFailure(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Replace(path, content, durable: false);
        }), ct);
    }

    public Task<BlobContent?> OpenTransient(string tenant, string name, CancellationToken ct)
    {
        var path = TransientPath(tenant, name);
        return Task.Run(() => OpenNow(path), ct);
    }

    public Task<bool> DeleteTransient(string tenant, string name, CancellationToken ct)
    {
        var path = TransientPath(tenant, name);
        return Task.Run(() => DeleteNow(path), ct);
    }

    public Task<int> SweepTransient(Func<string, DateTimeOffset> olderThan, CancellationToken ct) => Task.Run(() =>
    {
        SweepTemporary();
        return Directory.EnumerateDirectories(transient).Sum(tenant => TemporaryFiles.RemoveOlderThan(tenant, olderThan));
    }, ct);

    private void SweepTemporary()
    {
        var moment = time.GetUtcNow() - TemporaryLifetime;
        TemporaryFiles.RemoveOlderThan(temporary, _ => moment);
    }

    private BlobKey PutNow(string tenant, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var key = new BlobKey(CheckedTenant(tenant), Convert.ToHexStringLower(SHA256.HashData(content.Span)));
        var path = PathOf(key);
        ct.ThrowIfCancellationRequested();
        StorageFullIsItsOwnFailure(() =>
        {
            MakeDurably(Path.GetDirectoryName(path)!);
            if (!RenewedSound(key, path))
                Replace(path, content, durable: true);
            // Also when the blob was there: its rename may be another call's that has not flushed yet.
            DurableFlush.Directory(Path.GetDirectoryName(path)!);
        });
        return key;
    }

    // Reading the old bytes back lets a second put heal a blob that the disk has damaged. The new time keeps a sweep
    // from taking the blob for an old orphan before its new owner is recorded.
    private bool RenewedSound(BlobKey key, string path)
    {
        if (!VerifyNow(key))
            return false;
        try
        {
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false; // A sweep removed it between the two lines; write it anew.
        }
    }

    private void Replace(string path, ReadOnlyMemory<byte> content, bool durable)
    {
        var draft = Path.Combine(temporary, TemporaryFiles.NewName());
        try
        {
            write(draft, content, durable, time.GetUtcNow());
            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    /// <summary>The directories down to a shard are themselves entries of their parents, which must be flushed once per process.</summary>
    private void MakeDurably(string shard)
    {
        if (durableDirectories.ContainsKey(shard))
            return;
        Directory.CreateDirectory(shard);
        DurableFlush.Directory(Path.GetDirectoryName(shard)!);
        DurableFlush.Directory(root);
        durableDirectories[shard] = true;
    }

    private bool VerifyNow(BlobKey key)
    {
        using var content = OpenNow(PathOf(key));
        return content is not null && Convert.ToHexStringLower(SHA256.HashData(content.Stream)) == key.Sha256;
    }

    private static List<BlobEntry> EntriesOf(string tenant, string shard)
    {
        var entries = new List<BlobEntry>();
        foreach (var file in new DirectoryInfo(shard).EnumerateFiles())
        {
            try
            {
                if (BlobNames.IsSha256(file.Name))
                    entries.Add(new BlobEntry(new BlobKey(tenant, file.Name), file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)));
            }
            catch (FileNotFoundException)
            {
                // Deleted while we were listing, which the contract allows.
            }
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Key.Sha256, b.Key.Sha256));
        return entries;
    }

    private static BlobContent? OpenNow(string path)
    {
        try
        {
            var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
            return new BlobContent(stream.Length, stream);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool DeleteNow(string path)
    {
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        return true;
    }

    private static void StorageFullIsItsOwnFailure(Action act)
    {
        try
        {
            act();
        }
        catch (IOException failure) when (StorageFullException.IsTheCauseOf(failure))
        {
            throw new StorageFullException("The blob store has no room left on its volume.", failure);
        }
    }

    private string PathOf(BlobKey key) => key.Sha256 is { } sha256
        ? Path.Combine(root, key.Tenant, sha256[..2], sha256)
        : throw new FormatException("The blob key is empty.");

    private string TransientPath(string tenant, string name) => BlobNames.IsTransient(name)
        ? Path.Combine(transient, CheckedTenant(tenant), name)
        : throw new FormatException($"A transient name is {BlobNames.TransientForm}.");

    private static string CheckedTenant(string tenant) => BlobNames.IsTenant(tenant)
        ? tenant
        : throw new FormatException($"A tenant in a blob key is {BlobNames.TenantForm}.");
}
