using System.Globalization;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// The private side of a <see cref="NoteKey"/>: one Ed25519 seed, under any number of names. Checkpoints of all logs of a platform are signed with one key, each
/// under the name of its log.
/// </summary>
public sealed class NoteSigner
{
    private const string Prefix = "PRIVATE+KEY+";
    private readonly byte[] _seed;
    private readonly byte[] _public = new byte[Ed25519.PublicKeySize];

    /// <param name="seed">32 bytes from a cryptographic source (RFC 8032, section 5.1.5).</param>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public NoteSigner(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != Ed25519.SecretKeySize) throw new ArgumentException($"An Ed25519 seed has {Ed25519.SecretKeySize} bytes, not {seed.Length}.", nameof(seed));
        _seed = seed.ToArray();
        Ed25519.GeneratePublicKey(_seed, 0, _public, 0);
    }

    /// <summary>The public key under this name.</summary>
    public NoteKey Key(string name, NoteKeyKind kind = NoteKeyKind.Ed25519) => new(name, kind, _public);

    /// <summary>Reads the form that Go's <c>note</c> package and this class write: <c>PRIVATE+KEY+name+hash+seed</c>. Null when it is none.</summary>
    public static (NoteSigner Signer, string Name)? Parse(string text)
    {
        if (text.Length > NoteKey.MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length..].Split('+', 3) is not [var name, var hash, var base64]) return null;
        if (!NoteKey.IsName(name) || CanonicalBase64.Decode(base64, 33) is not { Length: 33 } material || material[0] != (byte)NoteKeyKind.Ed25519) return null;
        var signer = new NoteSigner(material.AsSpan(1));
        return hash == string.Create(CultureInfo.InvariantCulture, $"{signer.Key(name).Id:x8}") ? (signer, name) : null;
    }

    /// <summary>The secret as text, for a key file.</summary>
    public string Reveal(string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{name}+{Key(name).Id:x8}+{Convert.ToBase64String([(byte)NoteKeyKind.Ed25519, .. _seed])}");

    /// <summary>A signature line for the text of a note.</summary>
    public NoteSignature Sign(string text, string name) => new(name, Key(name).Id, SignBytes(text));

    /// <summary>A witness's cosignature of a checkpoint, made at this time (C2SP tlog-cosignature). Whoever calls this has checked the checkpoint's consistency.</summary>
    public NoteSignature Cosign(string text, string name, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds();
        return new(name, Key(name, NoteKeyKind.Cosignature).Id, Cosignature.Write(time, SignBytes(Cosignature.Message(text, time))));
    }

    private byte[] SignBytes(string text)
    {
        var message = Encoding.UTF8.GetBytes(text);
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, message, 0, message.Length, signature, 0);
        return signature;
    }
}
