using System.Security.Cryptography;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;

namespace Vitrine.Gateway;

/// <summary>The bytes behind asset records and previews.</summary>
public sealed class AssetContent(IBlobStore blobs)
{
    /// <summary>The whole picture, checked against its digest.</summary>
    /// <exception cref="InvalidDataException">The store has other bytes than the record says, or none.</exception>
    public async Task<byte[]> Read(TenantId tenant, AssetView asset, CancellationToken ct)
    {
        await using var content = await Open(tenant, asset, ct);
        var bytes = await content.ReadAll(ct);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == asset.Sha256
            ? bytes
            : throw new InvalidDataException($"The bytes of {asset.Id} do not have the digest on record.");
    }

    /// <summary>The picture as a seekable stream, for answers that send a part of it.</summary>
    /// <exception cref="InvalidDataException">The store has no bytes, or not as many as the record says.</exception>
    public async Task<BlobContent> Open(TenantId tenant, AssetView asset, CancellationToken ct) =>
        await Find(tenant, asset, ct) ?? throw new InvalidDataException($"The store has no bytes for {asset.Id}.");

    /// <summary>As <see cref="Open"/>; null when the store has no bytes.</summary>
    /// <exception cref="InvalidDataException">The store has not as many bytes as the record says.</exception>
    public async Task<BlobContent?> Find(TenantId tenant, AssetView asset, CancellationToken ct)
    {
        if (await blobs.Open(new(tenant.Value, asset.Sha256), ct) is not { } content) return null;
        if (content.Length == asset.Length) return content;
        await content.DisposeAsync();
        throw new InvalidDataException($"The store has {content.Length} bytes for {asset.Id}, the record says {asset.Length}.");
    }

    /// <summary>A partial picture; null when it has passed away, which is no failure.</summary>
    public async Task<byte[]?> ReadPreview(TenantId tenant, string transientName, CancellationToken ct)
    {
        await using var content = await blobs.OpenTransient(tenant.Value, transientName, ct);
        return content is null ? null : await content.ReadAll(ct);
    }
}
