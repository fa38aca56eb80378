namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>
/// The label of a manifest: <c>urn:c2pa:</c>, a UUID, and optionally the generator and a version with a reason, each after a colon (C2PA 2.2, 8.3).
/// With a claim of version 1 it may also be <c>urn:uuid:</c> and a UUID, with the generator in front of it.
/// </summary>
internal static class ManifestUrn
{
    private const string Prefix = "urn:c2pa:";
    private const int UuidLength = 36, MaxGenerator = 32;

    public static bool IsWellFormed(string label, bool isVersion1 = false)
    {
        const string OldPrefix = "urn:uuid:";
        int old = isVersion1 ? label.IndexOf(OldPrefix, StringComparison.Ordinal) : -1;
        if (old >= 0)
            return Guid.TryParse(label.AsSpan(old + OldPrefix.Length), out _) && label[..old].All(IsPrintable) && (old == 0 || label[old - 1] == ':') && !label.Contains('/', StringComparison.Ordinal);
        if (!label.StartsWith(Prefix, StringComparison.Ordinal) || label.Length < Prefix.Length + UuidLength) return false;
        if (!Guid.TryParseExact(label.AsSpan(Prefix.Length, UuidLength), "D", out _)) return false;
        string rest = label[(Prefix.Length + UuidLength)..];
        if (rest.Length == 0) return true;
        string[] parts = rest.Split(':');
        return (parts is ["", _] or ["", _, _])
            && parts[1].Length <= MaxGenerator && parts[1].All(IsPrintable)
            && (parts.Length == 2 || IsVersionAndReason(parts[2]));
    }

    private static bool IsPrintable(char c) => c is > ' ' and < (char)0x7F;

    private static bool IsVersionAndReason(string text) =>
        text.Split('_') is [var version, var reason] && version.Length is > 0 and < 10 && reason.Length is > 0 and < 10
        && version.All(char.IsAsciiDigit) && reason.All(char.IsAsciiDigit);
}
