using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Vitrine.Provenance.Ledger;

/// <summary>What the signatures of a key mean; the number is the signature type byte of C2SP signed-note.</summary>
public enum NoteKeyKind
{
    /// <summary>Ed25519 over the text of the note.</summary>
    Ed25519 = 1,

    /// <summary>A witness's timestamped Ed25519 cosignature (C2SP tlog-cosignature, <c>cosignature/v1</c>).</summary>
    Cosignature = 4,
}

/// <summary>A public key that signs notes (C2SP signed-note): written as <c>name+hash+key</c>, a vkey.</summary>
public sealed class NoteKey
{
    private const int PublicKeySize = 32;

    /// <summary>Characters of a vkey: bounds what is looked at.</summary>
    public const int MaxLength = 512;

    private readonly byte[] _key;

    /// <param name="key">32 bytes (RFC 8032, section 5.1.5).</param>
    /// <exception cref="ArgumentException">The name or the key cannot be one.</exception>
    public NoteKey(string name, NoteKeyKind kind, ReadOnlySpan<byte> key)
    {
        if (!IsName(name)) throw new ArgumentException("A key name is not empty and has neither spaces nor '+'.", nameof(name));
        if (key.Length != PublicKeySize || !Ed25519.ValidatePublicKeyFull(key)) throw new ArgumentException("These bytes are no Ed25519 public key.", nameof(key));
        (Name, Kind, _key) = (name, kind, key.ToArray());
        Id = IdOf(name, [(byte)kind, .. key]);
    }

    public string Name { get; }

    public NoteKeyKind Kind { get; }

    /// <summary>The first four bytes of <c>SHA-256(name ‖ 0x0A ‖ type ‖ key)</c>. Together with the name it tells which key made a signature; it proves nothing.</summary>
    public uint Id { get; }

    /// <summary>The 32 bytes of the key.</summary>
    public ReadOnlyMemory<byte> Bytes => _key;

    /// <summary>Reads a vkey; refuses one whose hash is not that of its name and key, and every second spelling.</summary>
    public static bool TryParse(string? vkey, out NoteKey? key)
    {
        key = null;
        if (vkey is null || vkey.Length > MaxLength || vkey.Split('+', 3) is not [var name, { Length: 8 } hash, var base64] || !IsName(name)) return false;
        if (CanonicalBase64.Decode(base64, 1 + PublicKeySize) is not { Length: 1 + PublicKeySize } material || material[0] is not ((byte)NoteKeyKind.Ed25519 or (byte)NoteKeyKind.Cosignature)) return false;
        if (!Ed25519.ValidatePublicKeyFull(material.AsSpan(1))) return false;
        var read = new NoteKey(name, (NoteKeyKind)material[0], material.AsSpan(1));
        if (read.ToString() != vkey) return false;
        key = read;
        return true;
    }

    /// <summary>The vkey.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}+{Convert.ToBase64String([(byte)Kind, .. _key])}");

    /// <summary>Whether the signature of a note, without its four bytes of key id, was made by this key over this text.</summary>
    public bool Verify(string text, ReadOnlySpan<byte> signature) => Kind switch
    {
        NoteKeyKind.Ed25519 => VerifyBytes(Encoding.UTF8.GetBytes(text), signature),
        _ => Cosignature.TryRead(signature, out var time, out var inner) && VerifyBytes(Encoding.UTF8.GetBytes(Cosignature.Message(text, time)), inner),
    };

    private bool VerifyBytes(byte[] message, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, _key, 0, message, 0, message.Length);

    internal static bool IsName(string name) =>
        name.Length > 0 && !name.Contains('+', StringComparison.Ordinal) && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c));

    private static uint IdOf(string name, byte[] typedKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. typedKey]));
}
