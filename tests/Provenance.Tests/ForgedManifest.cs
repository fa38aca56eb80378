using System.Formats.Cbor;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>A manifest that is signed with a trusted key and whose content can be wrong in ways that the public API does not write.</summary>
internal sealed class ForgedManifest
{
    public List<Assertion> Created { get; } = [ActionsAssertion.Write(Samples.Description, []), Assertions.Metadata(DigitalSourceType.TrainedAlgorithmicMedia)];

    /// <summary>In the store, but not in the claim.</summary>
    public List<Assertion> Undeclared { get; } = [];

    /// <summary>In the claim, but not in the store.</summary>
    public List<string> DanglingUrls { get; } = [];

    public string ClaimLabel { get; set; } = "c2pa.claim.v2";

    public string? HashAlgorithm { get; set; } = "sha256";

    public bool HasDataHash { get; set; } = true;

    /// <summary>Added to the exclusion's length, so that it covers bytes behind the store, or not all of it.</summary>
    public int ExclusionSlip { get; set; }

    /// <summary>Bytes at the end of the file that a second exclusion leaves out.</summary>
    public int ExcludedTail { get; set; }

    public byte HashPadding { get; set; }

    public IClaimSigner Signer { get; set; } = Samples.Signer;

    public static byte[] Sign(string file, Action<ForgedManifest> change)
    {
        var manifest = new ForgedManifest();
        change(manifest);
        return manifest.Sign(Samples.Read(file));
    }

    public static Assertion Cbor(string label, Action<CborWriter> write)
    {
        CborWriter writer = Assertions.NewWriter();
        write(writer);
        return new(label, JumbfWriter.Super(JumbfType.Cbor, label, JumbfWriter.Box("cbor"u8, writer.Encode())));
    }

    /// <summary>An actions assertion with these actions; a source type of null is left out.</summary>
    public static Assertion Actions(params (string Name, string? SourceType)[] actions) => Cbor("c2pa.actions.v2", writer =>
    {
        writer.WriteStartMap(2);
        writer.WriteTextString("allActionsIncluded");
        writer.WriteBoolean(true);
        writer.WriteTextString("actions");
        writer.WriteStartArray(actions.Length);
        foreach ((string name, string? sourceType) in actions)
        {
            writer.WriteStartMap(sourceType is null ? 1 : 2);
            Assertions.WriteText(writer, "action", name);
            if (sourceType is not null) Assertions.WriteText(writer, "digitalSourceType", sourceType);
            writer.WriteEndMap();
        }
        writer.WriteEndArray();
        writer.WriteEndMap();
    });

    private byte[] Sign(byte[] source)
    {
        Carrier carrier = Carrier.Open(source);
        int start = carrier.FrameStart, length = Build(DataHash(0, 0, 0, new byte[32])).Length;
        for (int round = 0; round < 4; round++)
            length = Build(DataHash(start, carrier.ExclusionLength(length), source.Length + length, new byte[32])).Length;
        byte[] output = carrier.CopyWithRoomFor(length);
        int exclusion = carrier.ExclusionLength(length) + ExclusionSlip;
        // The store is hashed where a slipped exclusion leaves it in, which no writer can do; those bytes are left to be wrong.
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(output.AsSpan(0, start));
        hash.AppendData(output.AsSpan(start + exclusion, output.Length - start - exclusion - ExcludedTail));
        byte[] store = Build(DataHash(start, exclusion, output.Length, hash.GetHashAndReset()));
        Assert.Equal(length, store.Length);
        carrier.WriteFrame(output.AsSpan(start), store);
        return output;
    }

    private Assertion DataHash(int start, int length, int fileLength, byte[] hash) => Cbor(Assertions.DataHashLabel, writer =>
    {
        writer.WriteStartMap(HashAlgorithm is null ? 3 : 4);
        writer.WriteTextString("exclusions");
        writer.WriteStartArray(ExcludedTail > 0 ? 2 : 1);
        WriteRange(start, length);
        if (ExcludedTail > 0) WriteRange(fileLength - ExcludedTail, ExcludedTail);
        writer.WriteEndArray();
        if (HashAlgorithm is not null) Assertions.WriteText(writer, "alg", HashAlgorithm);
        writer.WriteTextString("hash");
        writer.WriteByteString(hash);
        writer.WriteTextString("pad");
        writer.WriteByteString([HashPadding, HashPadding]);
        writer.WriteEndMap();

        void WriteRange(int from, int count)
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("start");
            writer.WriteInt32(from);
            writer.WriteTextString("length");
            writer.WriteInt32(count);
            writer.WriteEndMap();
        }
    });

    private byte[] Build(Assertion dataHash)
    {
        Assertion[] created = HasDataHash ? [dataHash, .. Created] : [.. Created];
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(HashAlgorithm is null ? 4 : 5);
        if (HashAlgorithm is not null) Assertions.WriteText(writer, "alg", "sha256");
        Assertions.WriteText(writer, "instanceID", "xmp:iid:" + Samples.Description.ManifestId);
        Assertions.WriteText(writer, "signature", "self#jumbf=c2pa.signature");
        writer.WriteTextString("claim_generator_info");
        writer.WriteStartMap(1);
        Assertions.WriteText(writer, "name", "Forger");
        writer.WriteEndMap();
        writer.WriteTextString("created_assertions");
        writer.WriteStartArray(created.Length + DanglingUrls.Count);
        foreach ((string url, byte[] hash) in created.Select(a => ("self#jumbf=c2pa.assertions/" + a.Label, SHA256.HashData(a.Box.AsSpan(8))))
            .Concat(DanglingUrls.Select(u => (u, new byte[32]))))
        {
            writer.WriteStartMap(2);
            Assertions.WriteText(writer, "url", url);
            writer.WriteTextString("hash");
            writer.WriteByteString(hash);
            writer.WriteEndMap();
        }
        writer.WriteEndArray();
        writer.WriteEndMap();
        byte[] claim = writer.Encode();
        return JumbfWriter.Super(JumbfType.Store, "c2pa", JumbfWriter.Super(JumbfType.Manifest, Samples.Description.ManifestLabel,
            JumbfWriter.Super(JumbfType.AssertionStore, "c2pa.assertions", [.. created.Concat(Undeclared).Select(a => a.Box)]),
            JumbfWriter.Super(JumbfType.Claim, ClaimLabel, JumbfWriter.Box("cbor"u8, claim)),
            JumbfWriter.Super(JumbfType.Signature, "c2pa.signature", JumbfWriter.Box("cbor"u8, new CoseSign1Writer(Signer).Sign(claim)))));
    }
}
