using System.Buffers.Binary;
using System.IO.Hashing;

namespace Vitrine.Provenance.Carriers;

/// <summary>PNG: the store is one <c>caBX</c> chunk right after IHDR (C2PA 2.2, A.3.3; PNG third edition, 5.3).</summary>
internal sealed class PngCarrier : Carrier
{
    /// <summary>Length, type and CRC around the data of a chunk.</summary>
    public const int ChunkOverhead = 12;

    private PngCarrier(ReadOnlyMemory<byte> file) : base(file) { }

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Offset of the byte after IHDR, where metadata and stores go.</summary>
    public const int AfterHeader = 33;

    /// <summary>Where the chunk with an XMP packet lies, if there is one.</summary>
    public List<(int Start, int Length)> XmpChunks { get; } = [];

    public override IEnumerable<(int Start, int Length)> XmpRanges => XmpChunks;

    private readonly List<(string Name, int Start, int Length)> parts = [("PNGh", 0, 8)];

    public override IEnumerable<(string Name, int Start, int Length)> NamedParts => parts;

    public static ReadOnlySpan<byte> XmpKeyword => "XML:com.adobe.xmp\0"u8;

    public override int ExclusionLength(int storeLength) => storeLength == 0 ? 0 : storeLength + ChunkOverhead;

    public override void WriteFrame(Span<byte> destination, ReadOnlySpan<byte> store) => WriteChunk(destination, "caBX"u8, store);

    public static void WriteChunk(Span<byte> destination, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, content.Length);
        type.CopyTo(destination[4..]);
        content.CopyTo(destination[8..]);
        uint crc = Crc32.HashToUInt32(destination.Slice(4, 4 + content.Length));
        BinaryPrimitives.WriteUInt32BigEndian(destination[(8 + content.Length)..], crc);
    }

    public static Carrier? TryRead(ReadOnlyMemory<byte> file, out string problem)
    {
        var carrier = new PngCarrier(file) { InsertAt = AfterHeader };
        ReadOnlySpan<byte> bytes = file.Span;
        problem = "";
        int at = Signature.Length;
        while (true)
        {
            if (bytes.Length - at < ChunkOverhead)
            {
                problem = "The PNG file ends before its IEND chunk.";
                return null;
            }
            uint declared = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            ReadOnlySpan<byte> type = bytes.Slice(at + 4, 4);
            if (declared > (uint)(bytes.Length - at - ChunkOverhead))
            {
                problem = $"The PNG chunk at byte {at} is longer than the file.";
                return null;
            }
            int length = (int)declared;
            if (at == Signature.Length && (!type.SequenceEqual("IHDR"u8) || length != 13))
            {
                problem = "The PNG file does not begin with an IHDR chunk of 13 bytes.";
                return null;
            }
            if (type.SequenceEqual("caBX"u8))
            {
                uint crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + length)..]);
                string? damage = crc == Crc32.HashToUInt32(bytes.Slice(at + 4, 4 + length)) ? null : "The CRC of the caBX chunk is wrong.";
                carrier.Stores.Add(new(at, length + ChunkOverhead, length + ChunkOverhead, file.Slice(at + 8, length), damage));
            }
            else if (type.SequenceEqual("iTXt"u8) && bytes.Slice(at + 8, length).StartsWith(XmpKeyword))
                carrier.XmpChunks.Add((at, length + ChunkOverhead));
            carrier.parts.Add((type.SequenceEqual("caBX"u8) ? "C2PA" : System.Text.Encoding.Latin1.GetString(type), at, length + ChunkOverhead));
            bool last = type.SequenceEqual("IEND"u8);
            at += length + ChunkOverhead;
            if (last) return carrier;
        }
    }
}
