namespace Vitrine.Provenance.Metadata;

internal static class Splice
{
    /// <summary>Answers the bytes without the given ranges, which are in order and apart, and with an insertion at an offset outside of them.</summary>
    public static byte[] Replace(ReadOnlySpan<byte> bytes, IReadOnlyList<(int Start, int Length)> removed, int insertAt, ReadOnlySpan<byte> insertion)
    {
        byte[] output = GC.AllocateUninitializedArray<byte>(bytes.Length - removed.Sum(r => r.Length) + insertion.Length);
        int written = 0, read = 0;
        bool inserted = false;
        foreach ((int start, int length) in removed.Append((bytes.Length, 0)))
        {
            if (!inserted && insertAt <= start)
            {
                Copy(bytes[read..insertAt], output);
                Copy(insertion, output);
                read = insertAt;
                inserted = true;
            }
            Copy(bytes[read..start], output);
            read = start + length;
        }
        return output;

        void Copy(ReadOnlySpan<byte> part, byte[] destination)
        {
            part.CopyTo(destination.AsSpan(written));
            written += part.Length;
        }
    }
}
