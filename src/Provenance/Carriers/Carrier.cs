namespace Vitrine.Provenance.Carriers;

/// <summary>
/// A parsed file as a carrier of one manifest store: where a store lies, where a new one goes, and how the container frames it.
/// Offsets and lengths are in bytes. Nothing is decoded; pixels are opaque.
/// </summary>
internal abstract class Carrier
{
    protected Carrier(ReadOnlyMemory<byte> file) => File = file;

    public ReadOnlyMemory<byte> File { get; }

    /// <summary>Every store in the file, in file order. A lawful file has none or one.</summary>
    public List<StoreFrame> Stores { get; } = [];

    /// <summary>Where XMP packets lie, with their container frames.</summary>
    public virtual IEnumerable<(int Start, int Length)> XmpRanges => [];

    /// <summary>
    /// The parts of the file by the names of <c>c2pa.hash.boxes</c> (C2PA 2.2, 18.8 and A.3), in file order and without gaps; empty for a format that this hash does not know.
    /// </summary>
    public virtual IEnumerable<(string Name, int Start, int Length)> NamedParts => [];

    /// <summary>Offset in <see cref="File"/> before which a new store is put.</summary>
    protected int InsertAt { get; set; }

    /// <summary>Length that the exclusion of <c>c2pa.hash.data</c> must have for a store of this length.</summary>
    public abstract int ExclusionLength(int storeLength);

    /// <summary>Length that the store and its container frame take in the file, padding included.</summary>
    protected virtual int FrameLength(int storeLength) => ExclusionLength(storeLength);

    /// <summary>Writes the frame and the store. <paramref name="destination"/> begins at the frame.</summary>
    public abstract void WriteFrame(Span<byte> destination, ReadOnlySpan<byte> store);

    /// <summary>Corrects container fields that depend on the size of the file, before it is hashed.</summary>
    protected virtual void PatchSizes(Span<byte> output) { }

    /// <summary>Offset in the finished file at which the frame begins, once the old stores are gone.</summary>
    public int FrameStart => InsertAt - Stores.Where(s => s.Start < InsertAt).Sum(s => s.FrameLength);

    /// <summary>Copies the file once, without its old stores and with room for one new store at <see cref="FrameStart"/>.</summary>
    public virtual byte[] CopyWithRoomFor(int storeLength)
    {
        int frame = FrameLength(storeLength);
        int kept = File.Length - Stores.Sum(s => s.FrameLength);
        byte[] output = GC.AllocateUninitializedArray<byte>(checked(kept + frame));
        output.AsSpan(FrameStart, frame).Clear();
        int read = 0, written = 0;
        foreach (StoreFrame old in Stores)
        {
            CopyKept(old.Start);
            read = old.Start + old.FrameLength;
        }
        CopyKept(File.Length);
        PatchSizes(output);
        return output;

        void CopyKept(int end)
        {
            if (read <= InsertAt && InsertAt <= end)
            {
                Copy(InsertAt);
                if (written == FrameStart) written += frame;
            }
            Copy(end);
        }

        void Copy(int end)
        {
            File.Span[read..end].CopyTo(output.AsSpan(written));
            written += end - read;
            read = end;
        }
    }

    /// <summary>Copies the file without any store.</summary>
    public byte[] CopyWithoutStores() => Stores.Count == 0 ? File.ToArray() : CopyWithRoomFor(0);

    /// <summary>Finds out the format from the first bytes and follows the container to its end.</summary>
    /// <exception cref="MalformedMediaException">The bytes are of another format, or the container is broken.</exception>
    public static Carrier Open(ReadOnlyMemory<byte> file) =>
        TryOpen(file, out string problem) ?? throw new MalformedMediaException(problem);

    /// <summary>Like <see cref="Open"/>, but answers null and says why in <paramref name="problem"/>.</summary>
    public static Carrier? TryOpen(ReadOnlyMemory<byte> file, out string problem) => Sniff(file.Span) switch
    {
        CarrierFormat.Png => PngCarrier.TryRead(file, out problem),
        CarrierFormat.Jpeg => JpegCarrier.TryRead(file, out problem),
        CarrierFormat.WebP => WebPCarrier.TryRead(file, out problem),
        CarrierFormat.Mp4 => BmffCarrier.TryRead(file, out problem),
        _ => Unknown(out problem),
    };

    public static CarrierFormat Sniff(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngCarrier.Signature)) return CarrierFormat.Png;
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return CarrierFormat.Jpeg;
        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8)) return CarrierFormat.WebP;
        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8)) return CarrierFormat.Mp4;
        return CarrierFormat.Unknown;
    }

    private static Carrier? Unknown(out string problem)
    {
        problem = "The file is neither PNG, JPEG, WebP nor MP4.";
        return null;
    }
}

internal enum CarrierFormat { Unknown, Png, Jpeg, WebP, Mp4 }

internal static class CarrierFormats
{
    public static string? MediaType(this CarrierFormat format) => format switch
    {
        CarrierFormat.Png => "image/png",
        CarrierFormat.Jpeg => "image/jpeg",
        CarrierFormat.WebP => "image/webp",
        CarrierFormat.Mp4 => "video/mp4",
        _ => null,
    };
}
