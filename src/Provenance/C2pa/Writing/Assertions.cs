using System.Formats.Cbor;
using System.Text;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>One assertion, encoded: its label and its whole superbox.</summary>
internal sealed record Assertion(string Label, byte[] Box);

/// <summary>The assertions that this platform makes (C2PA 2.2, chapter 18; CAWG training and data mining 1.1).</summary>
internal static class Assertions
{
    public const string DataHashLabel = "c2pa.hash.data";

    private static readonly string[] refusedUses = ["cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining"];

    /// <summary>The hard binding: SHA-256 over the file except these ranges, of which one is the manifest store's own frame.</summary>
    public static Assertion DataHash(ReadOnlySpan<(int Start, int Length)> exclusions, ReadOnlySpan<byte> hash)
    {
        CborWriter writer = NewWriter();
        writer.WriteStartMap(5);
        writer.WriteTextString("exclusions");
        writer.WriteStartArray(exclusions.Length);
        foreach ((int start, int length) in exclusions)
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("start");
            writer.WriteInt32(start);
            writer.WriteTextString("length");
            writer.WriteInt32(length);
            writer.WriteEndMap();
        }
        writer.WriteEndArray();
        WriteText(writer, "alg", "sha256");
        writer.WriteTextString("hash");
        writer.WriteByteString(hash);
        writer.WriteTextString("pad");
        writer.WriteByteString([]);
        WriteText(writer, "name", "jumbf manifest");
        writer.WriteEndMap();
        return Cbor(DataHashLabel, writer);
    }

    /// <summary>The source type once more, for readers that know IPTC metadata and not actions.</summary>
    public static Assertion Metadata(DigitalSourceType type)
    {
        // The URI is one of our constants, so there is nothing in it to escape.
        string json = $$"""{"@context":{"Iptc4xmpExt":"http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},"Iptc4xmpExt:DigitalSourceType":"{{type.ToUri()}}"}""";
        return new("c2pa.metadata", JumbfWriter.Super(JumbfType.Json, "c2pa.metadata", JumbfWriter.Box("json"u8, Encoding.UTF8.GetBytes(json))));
    }

    public static Assertion Thumbnail(ClaimThumbnail thumbnail)
    {
        byte[] description = [0, .. Encoding.ASCII.GetBytes(thumbnail.MediaType), 0];
        return new("c2pa.thumbnail.claim", JumbfWriter.Super(JumbfType.EmbeddedFile, "c2pa.thumbnail.claim",
            JumbfWriter.Box("bfdb"u8, description), JumbfWriter.Box("bidb"u8, thumbnail.Bytes.ToArray())));
    }

    /// <summary>The brand's wish, which the signer passes on and does not vouch for.</summary>
    public static Assertion NoTraining()
    {
        CborWriter writer = NewWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString("entries");
        writer.WriteStartMap(refusedUses.Length);
        foreach (string use in refusedUses)
        {
            writer.WriteTextString(use);
            writer.WriteStartMap(1);
            WriteText(writer, "use", "notAllowed");
            writer.WriteEndMap();
        }
        writer.WriteEndMap();
        writer.WriteEndMap();
        return Cbor("cawg.training-mining", writer);
    }

    /// <summary>What a detector answers for the whole of the content (C2PA 2.2, 18.10).</summary>
    public static Assertion SoftBinding(SoftBinding binding)
    {
        CborWriter writer = NewWriter();
        writer.WriteStartMap(3);
        WriteText(writer, "alg", binding.Algorithm);
        writer.WriteTextString("pad");
        writer.WriteByteString([]);
        writer.WriteTextString("blocks");
        writer.WriteStartArray(1);
        writer.WriteStartMap(2);
        writer.WriteTextString("scope");
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteTextString("value");
        writer.WriteByteString(binding.Value.Span);
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteEndMap();
        return Cbor("c2pa.soft-binding", writer);
    }

    /// <summary>Deterministic encoding: this mode sorts the keys of a map by itself (RFC 8949, 4.2).</summary>
    public static CborWriter NewWriter() => new(CborConformanceMode.Canonical);

    public static void WriteText(CborWriter writer, string key, string value)
    {
        writer.WriteTextString(key);
        writer.WriteTextString(value);
    }

    public static Assertion Cbor(string label, CborWriter writer) =>
        new(label, JumbfWriter.Super(JumbfType.Cbor, label, JumbfWriter.Box("cbor"u8, writer.Encode())));
}
