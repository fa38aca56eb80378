using System.Formats.Cbor;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>The assertion that binds a manifest to its file, in the form that the format asks for (C2PA 2.2, 18.5 and 18.7).</summary>
internal static class HardBinding
{
    private const string BmffLabel = "c2pa.hash.bmff.v3";

    /// <summary>Boxes of a film that may change without the film changing: its brand, and an index that players rebuild.</summary>
    private static readonly string[] freeBoxes = ["/ftyp", "/mfra"];

    /// <param name="leavesRoom">Whether a later update must be able to make the store longer.</param>
    public static Assertion Write(Carrier carrier, int exclusionStart, int exclusionLength, ReadOnlySpan<byte> hash, bool leavesRoom) =>
        carrier is BmffCarrier ? Bmff(hash) : Assertions.DataHash([.. Exclusions(carrier, exclusionStart, exclusionLength, leavesRoom)], hash);

    /// <summary>The hash of a finished file whose store is still open; the bytes of the store are left out.</summary>
    public static byte[] HashOf(Carrier carrier, byte[] output, int exclusionStart, int exclusionLength, bool leavesRoom)
    {
        if (carrier is not BmffCarrier) return HashAround(output, Exclusions(carrier, exclusionStart, exclusionLength, leavesRoom));
        // The box has to be there for its place to be known; its store comes later.
        carrier.WriteFrame(output.AsSpan(exclusionStart), new byte[exclusionLength - BmffCarrier.Overhead]);
        if (Carrier.TryOpen(output, out string problem) is not BmffCarrier film) throw new MalformedMediaException(problem);
        if (!CborTree.TryRead(ExclusionsOnly(), out object? exclusions, out _)) throw new InvalidOperationException("The exclusions cannot be read back.");
        return BmffHashCheck.BmffHash(film, BmffExclusions.TryRead((List<object?>)exclusions!, film)!, HashAlgorithmName.SHA256, withOffsets: true);
    }

    /// <summary>The header of a WebP file counts its bytes, so its size field has to be left out if the store is to grow.</summary>
    private static List<(int Start, int Length)> Exclusions(Carrier carrier, int start, int length, bool leavesRoom) =>
        leavesRoom && carrier is WebPCarrier ? [(WebPCarrier.SizeAt, sizeof(int)), (start, length)] : [(start, length)];

    private static byte[] HashAround(byte[] file, List<(int Start, int Length)> exclusions)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int read = 0;
        foreach ((int start, int length) in exclusions)
        {
            hash.AppendData(file.AsSpan(read, start - read));
            read = start + length;
        }
        hash.AppendData(file.AsSpan(read));
        return hash.GetHashAndReset();
    }

    private static Assertion Bmff(ReadOnlySpan<byte> hash)
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(4);
        writer.WriteTextString("exclusions");
        WriteExclusions(writer);
        Assertions.WriteText(writer, "alg", "sha256");
        writer.WriteTextString("hash");
        writer.WriteByteString(hash);
        Assertions.WriteText(writer, "name", "jumbf manifest");
        writer.WriteEndMap();
        return Assertions.Cbor(BmffLabel, writer);
    }

    private static byte[] ExclusionsOnly()
    {
        CborWriter writer = Assertions.NewWriter();
        WriteExclusions(writer);
        return writer.Encode();
    }

    private static void WriteExclusions(CborWriter writer)
    {
        writer.WriteStartArray(1 + freeBoxes.Length);
        writer.WriteStartMap(2);
        Assertions.WriteText(writer, "xpath", "/uuid");
        writer.WriteTextString("data");
        writer.WriteStartArray(1);
        writer.WriteStartMap(2);
        writer.WriteTextString("offset");
        writer.WriteInt32(8);
        writer.WriteTextString("value");
        writer.WriteByteString(BmffCarrier.ExtendedType);
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteEndMap();
        foreach (string path in freeBoxes)
        {
            writer.WriteStartMap(1);
            Assertions.WriteText(writer, "xpath", path);
            writer.WriteEndMap();
        }
        writer.WriteEndArray();
    }
}
