namespace Vitrine.Provenance;

/// <summary>
/// A mark in the content itself that leads back to this manifest when the metadata was stripped (C2PA 2.2, 18.10 and 9.3). With it the manifest says that a
/// watermark was embedded (<c>c2pa.watermarked.bound</c>), so embed it before signing.
/// </summary>
/// <param name="Algorithm">Name of the algorithm in reverse-domain form, such as <c>app.vitrine.watermark.1</c>; 3 to 128 printable ASCII characters with a dot.</param>
/// <param name="Value">What the detector of that algorithm answers for this content, 1 to 1,024 bytes.</param>
public sealed record SoftBinding(string Algorithm, ReadOnlyMemory<byte> Value)
{
    private const int MostName = 128, MostValue = 1024;

    internal void ThrowIfUnusable()
    {
        if (Algorithm.Length is < 3 or > MostName || !Algorithm.Contains('.', StringComparison.Ordinal) || !Algorithm.All(c => c is > ' ' and < (char)0x7F))
            throw new ArgumentException($"A soft binding algorithm must be a dotted name of 3 to {MostName} printable ASCII characters, but this is '{Algorithm}'.", nameof(Algorithm));
        if (Value.Length is < 1 or > MostValue)
            throw new ArgumentException($"The value of a soft binding must have 1 to {MostValue} bytes, but this has {Value.Length}.", nameof(Value));
    }
}
