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

    public static Assertion Write(Carrier carrier, int exclusionStart, int exclusionLength, ReadOnlySpan<byte> hash) =>
        carrier is BmffCarrier ? Bmff(hash) : Assertions.DataHash(exclusionStart, exclusionLength, hash);

    /// <summary>The hash of a finished file whose store is still open; the bytes of the store are left out.</summary>
    public static byte[] HashOf(Carrier carrier, byte[] output, int exclusionStart, int exclusionLength)
    {
        if (carrier is not BmffCarrier) return HashAround(output, exclusionStart, exclusionLength);
        // The box has to be there for its place to be known; its store comes later.
        carrier.WriteFrame(output.AsSpan(exclusionStart), new byte[exclusionLength - BmffCarrier.Overhead]);
        if (Carrier.TryOpen(output, out string problem) is not BmffCarrier film) throw new MalformedMediaException(problem);
        if (!CborTree.TryRead(ExclusionsOnly(), out object? exclusions, out _)) throw new InvalidOperationException("The exclusions cannot be read back.");
        return BmffHashCheck.BmffHash(film, BmffExclusions.TryRead((List<object?>)exclusions!, film)!, HashAlgorithmName.SHA256, withOffsets: true);
    }

    private static byte[] HashAround(byte[] file, int start, int length)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(file.AsSpan(0, start));
        hash.AppendData(file.AsSpan(start + length));
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
