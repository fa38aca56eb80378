using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Rendering;

/// <summary>The ids of manifests: version 4 UUIDs whose random bits are those of a digest, so that who makes a file again gives it the same one.</summary>
public static class ManifestIds
{
    /// <summary>Belongs to this picture of this attempt and to nothing else.</summary>
    public static string Of(TenantId tenant, AssetId asset, int attempt) => Of(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"manifest\n{tenant}\n{asset}\n{attempt}"));

    /// <summary>Of the update that brings a picture's time stamp; there is one at most.</summary>
    public static string OfStamp(TenantId tenant, AssetId asset) => Of($"stamp\n{tenant}\n{asset}");

    private static string Of(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
