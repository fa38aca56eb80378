namespace Vitrine.Provenance.Carriers;

/// <summary>One manifest store as found in a file, with the bytes of the container around it.</summary>
/// <param name="Start">Offset in the file, in bytes, of the first byte of the frame.</param>
/// <param name="ExclusionLength">Length in bytes that a <c>c2pa.hash.data</c> exclusion must have to cover exactly this store.</param>
/// <param name="FrameLength">Length in bytes that has to go when the store is removed; more than the exclusion when a WebP chunk is padded.</param>
/// <param name="Store">The JUMBF superbox, put together when the container splits it.</param>
/// <param name="Damage">What is wrong with the frame itself (a sentence), or null. The hash cannot see these bytes, so the validator reports them.</param>
internal sealed record StoreFrame(int Start, int ExclusionLength, int FrameLength, ReadOnlyMemory<byte> Store, string? Damage);
