using System.Buffers;

namespace Vitrine.Media;

/// <summary>
/// The only forms that may become part of a path. Upper case is left out because two tenants that differ only in case
/// would share a directory on some file systems.
/// </summary>
internal static class BlobNames
{
    public const string TenantForm = "1 to 63 characters of a-z, 0-9, '-', '_' and '.', beginning with a letter or a digit";
    public const string TransientForm = "1 to 128 characters of A-Z, a-z, 0-9, '-', '_' and '.', beginning with a letter or a digit";

    private const int LongestTenant = 63;
    private const int LongestTransient = 128;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> TenantCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly SearchValues<char> TransientCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    public static bool IsTenant(string? text) =>
        text is { Length: > 0 and <= LongestTenant }
        && char.IsAsciiLetterOrDigit(text[0])
        && !text.AsSpan().ContainsAnyExcept(TenantCharacters);

    public static bool IsSha256(string? text) =>
        text is { Length: 64 } && !text.AsSpan().ContainsAnyExcept(LowerHex);

    public static bool IsTransient(string? text) =>
        text is { Length: > 0 and <= LongestTransient }
        && char.IsAsciiLetterOrDigit(text[0])
        && !text.AsSpan().ContainsAnyExcept(TransientCharacters);
}
