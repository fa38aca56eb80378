namespace Vitrine.Media;

/// <summary>
/// Bytes by content, each tenant apart. This is a border: files today, an object store tomorrow, and nobody else
/// in the platform opens a file. Every method may throw <see cref="IOException"/> for what the storage does to us.
/// </summary>
public interface IBlobStore
{
    /// <summary>
    /// Stores the bytes and returns only once they would survive a loss of power. Storing the same bytes again, also at the
    /// same time, is harmless and renews <see cref="BlobEntry.WrittenAt"/>.
    /// </summary>
    /// <exception cref="StorageFullException">There is no room; nothing was left behind.</exception>
    /// <exception cref="FormatException">The tenant could not be part of a key.</exception>
    Task<BlobKey> Put(string tenant, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>The bytes for reading, or null when the store has none under this key. The caller disposes of them.</summary>
    Task<BlobContent?> Open(BlobKey key, CancellationToken ct);

    /// <summary>Removes the bytes; false when there were none.</summary>
    Task<bool> Delete(BlobKey key, CancellationToken ct);

    /// <summary>Reads the bytes again; true only when they are there and their SHA-256 is the one in the key.</summary>
    Task<bool> Verify(BlobKey key, CancellationToken ct);

    /// <summary>
    /// All blobs of a tenant in the order of their digests, for sweeps that look for orphans. Blobs put or deleted meanwhile may or
    /// may not appear.
    /// </summary>
    IAsyncEnumerable<BlobEntry> List(string tenant, CancellationToken ct);

    /// <summary>
    /// Stores bytes that may vanish at any crash, such as previews, under a name that a later call replaces. Readers see the
    /// old bytes or the new, never a mixture.
    /// </summary>
    /// <param name="name">1..128 characters of A–Z, a–z, 0–9, '-', '_' and '.', beginning with a letter or a digit.</param>
    /// <exception cref="StorageFullException">There is no room; nothing was left behind.</exception>
    /// <exception cref="FormatException">The tenant or the name has another form.</exception>
    Task PutTransient(string tenant, string name, ReadOnlyMemory<byte> content, CancellationToken ct);

    Task<BlobContent?> OpenTransient(string tenant, string name, CancellationToken ct);

    Task<bool> DeleteTransient(string tenant, string name, CancellationToken ct);

    /// <summary>Removes all tenants' transient bytes written before the moment given, which may depend on their name, and says how many there were.</summary>
    Task<int> SweepTransient(Func<string, DateTimeOffset> olderThan, CancellationToken ct);
}
