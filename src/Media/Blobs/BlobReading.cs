namespace Vitrine.Media;

public static class BlobReading
{
    /// <summary>The whole blob in memory; null where there is none. Only for blobs whose size the caller has bounded.</summary>
    public static async Task<byte[]?> Read(this IBlobStore blobs, BlobKey key, CancellationToken ct)
    {
        await using var content = await blobs.Open(key, ct);
        return content is null ? null : await content.ReadAll(ct);
    }
}
