namespace Vitrine.Media;

/// <summary>Stored bytes opened for reading: their length and a seekable stream at its beginning.</summary>
public sealed class BlobContent(long length, Stream stream) : IAsyncDisposable, IDisposable
{
    public long Length { get; } = length;

    public Stream Stream { get; } = stream;

    /// <summary>The whole content in memory. Only for blobs whose size the caller has bounded.</summary>
    public async Task<byte[]> ReadAll(CancellationToken ct)
    {
        var bytes = new byte[Length];
        Stream.Position = 0;
        await Stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }

    public void Dispose() => Stream.Dispose();

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>One blob in a listing. <paramref name="Length"/> in bytes; <paramref name="WrittenAt"/> is the last time it was put.</summary>
public sealed record BlobEntry(BlobKey Key, long Length, DateTimeOffset WrittenAt);
