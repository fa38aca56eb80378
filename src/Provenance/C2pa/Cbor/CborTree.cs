using System.Formats.Cbor;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance.C2pa.Cbor;

/// <summary>
/// Reads a CBOR document into plain values within limits: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>,
/// <see cref="ReadOnlyMemory{T}"/> of bytes (a view, not a copy), <see cref="List{T}"/>, <see cref="CborMap"/>, <see cref="CborTagged"/>, or null.
/// </summary>
internal static class CborTree
{
    /// <summary>Answers false and a sentence when the bytes are not exactly one well-formed document or pass a limit.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out object? value, out string problem, ValidationBudget? budget = null)
    {
        (value, problem) = (null, "");
        // Strict refuses a repeated key, which two readers could resolve differently, and text that is not UTF-8.
        var reader = new CborReader(bytes, CborConformanceMode.Strict);
        int most = Math.Min(ValidationLimits.CborItems, budget?.CborValuesLeft ?? int.MaxValue), left = most;
        try
        {
            value = Read(reader, 0, ref left);
            if (reader.BytesRemaining == 0) return true;
            problem = "There are bytes behind the CBOR document.";
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            problem = "The CBOR document is not well formed: " + e.Message;
        }
        finally
        {
            budget?.CountCbor(most - left);
        }
        value = null;
        return false;
    }

    private static object? Read(CborReader reader, int depth, ref int left)
    {
        if (depth > ValidationLimits.CborDepth || --left < 0) throw new CborContentException("It is nested too deeply or holds too many values.");
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                return reader.ReadInt64();
            case CborReaderState.TextString:
                return reader.ReadTextString();
            case CborReaderState.ByteString:
                return reader.ReadDefiniteLengthByteString();
            case CborReaderState.Boolean:
                return reader.ReadBoolean();
            case CborReaderState.Null:
                reader.ReadNull();
                return null;
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                return reader.ReadDouble();
            case CborReaderState.Tag:
                CborTag tag = reader.ReadTag();
                return new CborTagged((ulong)tag, Read(reader, depth + 1, ref left));
            case CborReaderState.StartArray:
                var list = new List<object?>();
                reader.ReadStartArray();
                while (reader.PeekState() != CborReaderState.EndArray) list.Add(Read(reader, depth + 1, ref left));
                reader.ReadEndArray();
                return list;
            case CborReaderState.StartMap:
                var map = new CborMap();
                reader.ReadStartMap();
                while (reader.PeekState() != CborReaderState.EndMap)
                {
                    object? key = Read(reader, depth + 1, ref left);
                    if (key is not (string or long) || !map.TryAdd(key, Read(reader, depth + 1, ref left)))
                        throw new CborContentException("A key is neither a number nor a text, or it is repeated.");
                }
                reader.ReadEndMap();
                return map;
            default:
                throw new CborContentException("It holds a value of a kind that C2PA does not use.");
        }
    }
}

internal sealed record CborTagged(ulong Tag, object? Value);

/// <summary>A map whose keys are numbers or texts.</summary>
internal sealed class CborMap() : Dictionary<object, object?>(KeyComparer.Instance)
{
    public string? Text(string key) => Get(key) as string;

    public CborMap? Map(string key) => Get(key) as CborMap;

    public List<object?>? List(string key) => Get(key) as List<object?>;

    // Without the cast null would become empty memory, by its conversion from arrays.
    public ReadOnlyMemory<byte>? Bytes(object key) => Get(key) is ReadOnlyMemory<byte> bytes ? bytes : (ReadOnlyMemory<byte>?)null;

    public long? Number(object key) => Get(key) is long number ? number : null;

    public object? Get(object key) => TryGetValue(key, out object? value) ? value : null;

    /// <summary>Numbers hash to the exclusive or of their halves by default, so a file could choose thousands that hash alike; here the process's own seed is mixed in.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => object.Equals(x, y);

        public int GetHashCode(object key) => key is long number ? HashCode.Combine((int)number, (int)(number >> 32)) : key.GetHashCode();
    }
}
