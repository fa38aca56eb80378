using System.Security.Cryptography;
using System.Text;
using Vitrine.Grains.Interfaces;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Grains.Subjects;

/// <summary>
/// One person's secrets, in memory for a short time. Texts are sealed with AES-256-GCM; what they belong to (tenant, stream, event, person) is authenticated with them, so that a
/// box that was moved does not open. Salts and digests follow from the same key: who destroys it destroys them too.
/// </summary>
public sealed class Subject
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    private const int NonceSize = 12, TagSize = 16;
    private readonly string _tenant;
    private readonly byte[] _seal, _salt, _digest;

    public Subject(string tenant, string id, byte[] key)
    {
        (_tenant, Id) = (tenant, id);
        (_seal, _salt, _digest) = (Derive(key, "vitrine seal"u8), Derive(key, "vitrine salt"u8), Derive(key, "vitrine digest"u8));
    }

    /// <summary>A <see cref="SubjectId"/>.</summary>
    public string Id { get; }

    /// <param name="type">Stored name of the event whose part is sealed.</param>
    public SealedText Seal(string stream, string type, ReadOnlySpan<byte> text)
    {
        var box = new byte[NonceSize + text.Length + TagSize];
        var nonce = box.AsSpan(0, NonceSize);
        // At random: the same place may be sealed again with another text, when a request that was never committed is sent again. Below 2^32 boxes of one key chance does not repeat one.
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_seal, TagSize);
        aes.Encrypt(nonce, text, box.AsSpan(NonceSize, text.Length), box.AsSpan(NonceSize + text.Length), Place(stream, type));
        return new(Id, Convert.ToBase64String(box), Convert.ToBase64String(PayloadCommitment.Of(Salt(stream, type), text).ToArray()));
    }

    /// <summary>Null when the box was altered or is not of this place.</summary>
    public byte[]? Open(string stream, string type, SealedText text)
    {
        var box = new byte[text.Box.Length / 4 * 3];
        if (text.Subject != Id || !Convert.TryFromBase64String(text.Box, box, out var length) || length < NonceSize + TagSize) return null;
        var opened = new byte[length - NonceSize - TagSize];
        using var aes = new AesGcm(_seal, TagSize);
        try
        {
            aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize, opened.Length), box.AsSpan(NonceSize + opened.Length, TagSize), opened, Place(stream, type));
            return opened;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>The salt of the commitment to what is sealed there.</summary>
    public byte[] Salt(string stream, string type) => HMACSHA256.HashData(_salt, Place(stream, type));

    /// <summary>A digest of something personal that nobody can confirm by guessing once the key is gone.</summary>
    public string Digest(string digest) => Convert.ToHexStringLower(HMACSHA256.HashData(_digest, Encoding.UTF8.GetBytes(digest)));

    private byte[] Place(string stream, string type) => Encoding.UTF8.GetBytes($"vitrine personal\n{_tenant}\n{Id}\n{stream}\n{type}");
    private static byte[] Derive(byte[] key, ReadOnlySpan<byte> purpose)
    {
        var derived = new byte[KeySize];
        HKDF.Expand(HashAlgorithmName.SHA256, key, derived, purpose);
        return derived;
    }
}
