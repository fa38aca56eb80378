using System.Buffers.Binary;
using System.Text.Unicode;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// Reads the few kinds of deterministic CBOR (RFC 8949, section 4.2.1) that a leaf envelope has. A log of a million entries is read entry by entry, and the general
/// reader took most of the time of verifying one.
/// </summary>
internal ref struct CanonicalCbor(ReadOnlySpan<byte> bytes)
{
    private const int Unsigned = 0, Negative = 1, Bytes = 2, Text = 3, Map = 5;
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The number of pairs of the map that begins here.</summary>
    public bool TryMap(out long pairs) => TryHead(Map, out pairs);

    public bool TryInteger(out long value)
    {
        if (TryHead(Unsigned, out value)) return true;
        if (!TryHead(Negative, out value)) return false;
        value = -1 - value;
        return true;
    }

    public bool TryHash(out TreeHash hash)
    {
        hash = default;
        if (!TryHead(Bytes, out var length) || length != TreeHash.Size || _rest.Length < length) return false;
        hash = new(_rest[..TreeHash.Size]);
        _rest = _rest[TreeHash.Size..];
        return true;
    }

    /// <summary>The UTF-8 of a text; ill-formed UTF-8 is none.</summary>
    public bool TryText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!TryHead(Text, out var length) || _rest.Length < length || !Utf8.IsValid(_rest[..(int)length])) return false;
        text = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    /// <summary>Moves over the key when it is the next value.</summary>
    public bool Skip(int key)
    {
        if (_rest.IsEmpty || key >= 24 || _rest[0] != key) return false;
        _rest = _rest[1..];
        return true;
    }

    // The head of a value of this major type: its argument in the shortest form, below 2^63. Nothing is read when it is of another type.
    private bool TryHead(int major, out long argument)
    {
        argument = 0;
        if (_rest.IsEmpty || _rest[0] >> 5 != major) return false;
        var (info, size) = (_rest[0] & 31, 0);
        if (info < 24) argument = info;
        else if (info > 27 || _rest.Length < 1 + (size = 1 << (info - 24))) return false;
        else
        {
            var digits = _rest.Slice(1, size);
            var (value, least) = size switch
            {
                1 => (digits[0], 24UL),
                2 => (BinaryPrimitives.ReadUInt16BigEndian(digits), 0x100UL),
                4 => (BinaryPrimitives.ReadUInt32BigEndian(digits), 0x1_0000UL),
                _ => (BinaryPrimitives.ReadUInt64BigEndian(digits), 0x1_0000_0000UL),
            };
            if (value < least || value > long.MaxValue) return false;
            argument = (long)value;
        }
        _rest = _rest[(1 + size)..];
        return true;
    }
}
