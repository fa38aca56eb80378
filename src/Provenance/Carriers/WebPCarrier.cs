using System.Buffers.Binary;

namespace Vitrine.Provenance.Carriers;

/// <summary>
/// WebP: the store is the last chunk, <c>C2PA</c>, of the RIFF (C2PA 2.2, A.3.5; RFC 9649). The pad byte of an odd chunk stays outside the
/// exclusion, so it is hashed.
/// </summary>
internal sealed class WebPCarrier : Carrier
{
    /// <summary>Offset of the field that counts the bytes behind it.</summary>
    public const int SizeAt = 4;

    private readonly int riffEnd;

    private WebPCarrier(ReadOnlyMemory<byte> file, int riffEnd) : base(file) => (this.riffEnd, InsertAt) = (riffEnd, riffEnd);

    /// <summary>Every chunk: its four-character code, the offset of its header, and the length of its content without padding.</summary>
    public List<(string Type, int Start, int Length)> Chunks { get; } = [];

    public override IEnumerable<(int Start, int Length)> XmpRanges => Chunks.Where(c => c.Type == "XMP ").Select(c => (c.Start, c.Length + 8));

    /// <summary>Bytes behind the end that the RIFF header declares; they are kept where they are.</summary>
    public int TrailingLength => File.Length - riffEnd;

    public override int ExclusionLength(int storeLength) => storeLength == 0 ? 0 : storeLength + 8;

    protected override int FrameLength(int storeLength) => Padded(ExclusionLength(storeLength));

    public static int Padded(int length) => length + (length & 1);

    public override void WriteFrame(Span<byte> destination, ReadOnlySpan<byte> store) => WriteChunk(destination, "C2PA"u8, store);

    public static void WriteChunk(Span<byte> destination, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        type.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], content.Length);
        content.CopyTo(destination[8..]);
        if ((content.Length & 1) == 1) destination[8 + content.Length] = 0;
    }

    protected override void PatchSizes(Span<byte> output) =>
        BinaryPrimitives.WriteInt32LittleEndian(output[4..], output.Length - TrailingLength - 8);

    public static Carrier? TryRead(ReadOnlyMemory<byte> file, out string problem)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        problem = "";
        uint declared = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (declared < 4 || declared > (uint)bytes.Length - 8 || (declared & 1) == 1)
        {
            problem = $"The RIFF header declares {declared} bytes, which does not fit the {bytes.Length} bytes of the file.";
            return null;
        }
        var carrier = new WebPCarrier(file, (int)declared + 8);
        int at = 12;
        while (at < carrier.riffEnd)
        {
            int room = carrier.riffEnd - at - 8;
            uint length = room < 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (room < 0 || length > (uint)room || Padded((int)length) > room)
            {
                problem = $"The RIFF chunk at byte {at} does not fit into the file.";
                return null;
            }
            ReadOnlySpan<byte> type = bytes.Slice(at, 4);
            if (type.SequenceEqual("C2PA"u8))
                carrier.Stores.Add(new(at, (int)length + 8, Padded((int)length) + 8, file.Slice(at + 8, (int)length), Damage: null));
            carrier.Chunks.Add((System.Text.Encoding.Latin1.GetString(type), at, (int)length));
            at += 8 + Padded((int)length);
        }
        if (carrier.Chunks.Count == 0)
        {
            problem = "The WebP file has no chunk.";
            return null;
        }
        return carrier;
    }
}
