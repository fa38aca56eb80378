using Vitrine.Provenance;

namespace Vitrine.Gateway;

/// <summary>The setting <c>Vitrine:WatermarkKey</c>: the key as base64.</summary>
internal static class WatermarkKeySetting
{
    /// <summary>Null for no setting, and for one that <see cref="IsFaulty"/>.</summary>
    public static WatermarkKey? Read(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting)) return null;
        Span<byte> secret = stackalloc byte[WatermarkKey.Length + 1];
        return Convert.TryFromBase64String(setting.Trim(), secret, out var length) && length == WatermarkKey.Length ? new WatermarkKey(secret[..length]) : null;
    }

    public static bool IsFaulty(string? setting) => !string.IsNullOrWhiteSpace(setting) && Read(setting) is null;
}
