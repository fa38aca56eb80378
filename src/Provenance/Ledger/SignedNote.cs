using System.Buffers.Binary;
using System.Text;

namespace Vitrine.Provenance.Ledger;

/// <summary>One signature line of a note.</summary>
/// <param name="KeyId">Which key of that name, see <see cref="NoteKey.Id"/>.</param>
/// <param name="Bytes">What the key's algorithm made, without the four bytes of the key id.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The line, with its line break: <c>— name base64(key id ‖ signature)</c>.</summary>
    public override string ToString()
    {
        var bytes = new byte[4 + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.Span.CopyTo(bytes.AsSpan(4));
        return $"— {Name} {Convert.ToBase64String(bytes)}\n";
    }
}

/// <summary>
/// Text with signatures (C2SP signed-note). Reading one proves nothing; <see cref="IsSignedBy"/> does. The text must not be used before.
/// </summary>
/// <param name="Text">Ends with a line break.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Signatures that are read; the specification asks for 16 at least.</summary>
    public const int MaxSignatures = 64;

    /// <summary>Bytes of a note; a checkpoint has a few hundred.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int MaxSignatureBytes = 8 * 1024;

    // The specification wants valid UTF-8, so a replacement character must not hide anything.
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null when the bytes are no well-formed note.</summary>
    public static SignedNote? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes) return null;
        string note;
        try
        {
            note = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        if (note.Any(c => c < ' ' && c != '\n')) return null;
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n') || split + 2 == note.Length) return null;

        var signatures = new List<NoteSignature>();
        foreach (var line in note[(split + 2)..^1].Split('\n'))
        {
            if (signatures.Count == MaxSignatures || ReadLine(line) is not { } signature) return null;
            signatures.Add(signature);
        }
        return new(note[..(split + 1)], signatures);
    }

    /// <summary>
    /// Whether this key signed. A signature that bears the key's name and id and does not verify spoils the whole note, as the specification advises: somebody
    /// tampered with it.
    /// </summary>
    public bool IsSignedBy(NoteKey key)
    {
        var own = Signatures.Where(signature => signature.Name == key.Name && signature.KeyId == key.Id).ToList();
        return own.Count > 0 && own.TrueForAll(signature => key.Verify(Text, signature.Bytes.Span));
    }

    /// <summary>The note with one more signature.</summary>
    public SignedNote With(NoteSignature signature) => this with { Signatures = [.. Signatures, signature] };

    public override string ToString() => Text + "\n" + string.Concat(Signatures);

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString());

    internal static NoteSignature? ReadLine(string line)
    {
        if (line.Split(' ') is not ["—", var name, var base64] || !NoteKey.IsName(name)) return null;
        return CanonicalBase64.Decode(base64, MaxSignatureBytes) is { Length: >= 5 } bytes ? new(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4)) : null;
    }
}
