using System.Security.Cryptography;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// Binds a leaf to a payload without telling it: <c>SHA-256(salt ‖ payload)</c>. Without the salt nobody can try payloads against it, so that a log whose salts are
/// destroyed tells nothing.
/// </summary>
public static class PayloadCommitment
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltSize = 32;

    /// <exception cref="ArgumentException">The salt has another size: salt and payload must not flow into each other.</exception>
    public static TreeHash Of(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload)
    {
        if (salt.Length != SaltSize) throw new ArgumentException($"A salt has {SaltSize} bytes, not {salt.Length}.", nameof(salt));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(payload);
        Span<byte> bytes = stackalloc byte[TreeHash.Size];
        hash.GetHashAndReset(bytes);
        return new(bytes);
    }
}
