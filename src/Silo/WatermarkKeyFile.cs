using System.Security.Cryptography;
using Vitrine.Provenance;

namespace Vitrine.Silo;

/// <summary>The key of the watermarks on disk, beside the signing chain: <c>watermark.key</c>, 32 bytes as base64. Whoever loses it cannot find the marks that it laid any more.</summary>
public static class WatermarkKeyFile
{
    public const string Name = "watermark.key";

    /// <summary>Opens the key; makes one when there is none.</summary>
    /// <exception cref="InvalidOperationException">The file holds no key.</exception>
    public static WatermarkKey Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path)) PrivateFile.Write(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(WatermarkKey.Length)) + "\n");
        Span<byte> secret = stackalloc byte[WatermarkKey.Length + 1];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), secret, out var length) && length == WatermarkKey.Length ? new WatermarkKey(secret[..length])
            : throw new InvalidOperationException($"{path} is no watermark key: {WatermarkKey.Length} bytes as base64.");
    }
}
