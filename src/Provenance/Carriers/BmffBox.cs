namespace Vitrine.Provenance.Carriers;

/// <summary>One box of an ISO base media file, by offsets (ISO/IEC 14496-12, 4.2).</summary>
/// <param name="Path">Codes from the top, such as <c>/moov/trak</c>.</param>
/// <param name="Start">Offset in the file of the first byte of the header.</param>
/// <param name="HeaderLength">8, or 16 when the size needs 64 bits.</param>
/// <param name="Length">Length in bytes with the header.</param>
internal readonly record struct BmffBox(string Path, int Start, int HeaderLength, int Length)
{
    public int End => Start + Length;

    public int ContentStart => Start + HeaderLength;

    public bool IsTopLevel => Path.LastIndexOf('/') == 0;

    public ReadOnlySpan<char> Code => Path.AsSpan(Path.LastIndexOf('/') + 1);
}
