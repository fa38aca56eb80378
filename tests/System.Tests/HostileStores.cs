using System.Buffers.Binary;
using System.Formats.Cbor;
using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Vitrine.System.Tests;

/// <summary>Manifest stores as nobody would write them, byte by byte and without the platform's own writer. None is signed, so none can come out better than unreadable.</summary>
internal static class HostileStores
{
    public const string First = "urn:c2pa:5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", Second = "urn:c2pa:6b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11";

    public static byte[] Store(params byte[][] manifests) => Super("c2pa", "c2pa", manifests);

    /// <summary>A manifest whose ingredients have these labels and hashes.</summary>
    public static byte[] Manifest(string label, params (string Label, byte[] Hash)[] ingredients)
    {
        byte[][] assertions = [.. ingredients.Select((ingredient, i) => Super("cbor", i == 0 ? "c2pa.ingredient.v3" : $"c2pa.ingredient.v3__{i}", Box("cbor", Cbor(w =>
        {
            w.WriteStartMap(3);
            Write(w, "relationship", "componentOf");
            w.WriteTextString("activeManifest");
            Reference(w, "self#jumbf=/c2pa/" + ingredient.Label, ingredient.Hash);
            w.WriteTextString("validationResults");
            w.WriteStartMap(0);
            w.WriteEndMap();
            w.WriteEndMap();
        }))))];
        return Manifest(label, assertions, [.. assertions.Select((box, i) => (i == 0 ? "c2pa.ingredient.v3" : $"c2pa.ingredient.v3__{i}", HashOf(box)))]);
    }

    public static byte[] Manifest(string label, byte[][] assertions, (string Label, byte[] Hash)[] named)
    {
        byte[] claim = Cbor(w =>
        {
            w.WriteStartMap(5);
            Write(w, "alg", "sha256");
            Write(w, "instanceID", "xmp:iid:" + label);
            Write(w, "signature", "self#jumbf=c2pa.signature");
            w.WriteTextString("claim_generator_info");
            w.WriteStartMap(1);
            Write(w, "name", "Nobody");
            w.WriteEndMap();
            w.WriteTextString("created_assertions");
            w.WriteStartArray(named.Length);
            foreach (var (name, hash) in named) Reference(w, "self#jumbf=c2pa.assertions/" + name, hash);
            w.WriteEndArray();
            w.WriteEndMap();
        });
        return Super("c2ma", label, Super("c2as", "c2pa.assertions", assertions), Super("c2cl", "c2pa.claim.v2", Box("cbor", claim)));
    }

    /// <summary>Of a superbox, as references have it: without its header.</summary>
    public static byte[] HashOf(byte[] box) => SHA256.HashData(box.AsSpan(8));

    public static byte[] Compressed(string label, byte[] content)
    {
        var folded = new byte[BrotliEncoder.GetMaxCompressedLength(content.Length)];
        if (!BrotliEncoder.TryCompress(content, folded, out var written)) throw new InvalidOperationException("It does not fold.");
        return Super("c2cm", label, Box("brob", folded[..written]));
    }

    public static byte[] Box(string type, params byte[][] parts)
    {
        byte[] box = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. parts.SelectMany(part => part)];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        return box;
    }

    public static byte[] Super(string type, string label, params byte[][] contents)
    {
        byte[] uuid = [.. Encoding.ASCII.GetBytes(type), 0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];
        return Box("jumb", [Box("jumd", uuid, [3], Encoding.UTF8.GetBytes(label), [0]), .. contents]);
    }

    /// <summary>The picture with these stores, each in a chunk of its own behind the header.</summary>
    public static byte[] InPng(byte[] png, params byte[][] stores)
    {
        const int AfterHeader = 33;
        return [.. png[..AfterHeader], .. stores.SelectMany(store => Chunk("caBX", store)), .. png[AfterHeader..]];
    }

    public static byte[] Chunk(string type, byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    private static byte[] Cbor(Action<CborWriter> write)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        write(writer);
        return writer.Encode();
    }

    private static void Write(CborWriter writer, string name, string value)
    {
        writer.WriteTextString(name);
        writer.WriteTextString(value);
    }

    private static void Reference(CborWriter writer, string url, byte[] hash)
    {
        writer.WriteStartMap(2);
        Write(writer, "url", url);
        writer.WriteTextString("hash");
        writer.WriteByteString(hash);
        writer.WriteEndMap();
    }
}
