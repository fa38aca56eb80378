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

    /// <summary>Named in the claim as gathered.</summary>
    public List<Assertion> Gathered { get; } = [];

    /// <summary>Further fields of the claim.</summary>
    public List<(string Name, Action<CborWriter> Write)> ClaimFields { get; } = [];

    /// <summary>Whole manifests in front of the forged one.</summary>
    public List<byte[]> Older { get; } = [];

    public UInt128 Type { get; set; } = JumbfType.Manifest;

    public string Label { get; set; } = Samples.Description.ManifestLabel;

    /// <summary>Claims as version 1 has them, with the assertions in one list.</summary>
    public bool IsVersion1 { get; set; }

    /// <summary>Changes the boxes inside the manifest: assertion store, claim, signature.</summary>
    public Func<byte[][], byte[][]> Boxes { get; set; } = boxes => boxes;

    /// <summary>Changes the finished manifest.</summary>
    public Func<byte[], byte[]> Wrap { get; set; } = manifest => manifest;

    /// <summary>Makes the signature box of a claim, instead of signing it.</summary>
    public Func<byte[], byte[]>? Cose { get; set; }

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
        byte[] claim = IsVersion1 ? ClaimOfVersion1(created) : Claim(created);
        byte[] cose = Cose?.Invoke(claim) ?? new CoseSign1Writer(Signer).Sign(claim);
        byte[][] boxes = Boxes([
            JumbfWriter.Super(JumbfType.AssertionStore, "c2pa.assertions", [.. created.Concat(Gathered).Concat(Undeclared).Select(a => a.Box)]),
            JumbfWriter.Super(JumbfType.Claim, IsVersion1 ? "c2pa.claim" : ClaimLabel, JumbfWriter.Box("cbor"u8, claim)),
            JumbfWriter.Super(JumbfType.Signature, "c2pa.signature", JumbfWriter.Box("cbor"u8, cose))]);
        return JumbfWriter.Super(JumbfType.Store, "c2pa", [.. Older, Wrap(JumbfWriter.Super(Type, Label, boxes))]);
    }

    private byte[] Claim(Assertion[] created)
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap((HashAlgorithm is null ? 4 : 5) + ClaimFields.Count + (Gathered.Count > 0 ? 1 : 0));
        if (HashAlgorithm is not null) Assertions.WriteText(writer, "alg", "sha256");
        Assertions.WriteText(writer, "instanceID", "xmp:iid:" + Samples.Description.ManifestId);
        Assertions.WriteText(writer, "signature", "self#jumbf=c2pa.signature");
        writer.WriteTextString("claim_generator_info");
        writer.WriteStartMap(1);
        Assertions.WriteText(writer, "name", "Forger");
        writer.WriteEndMap();
        WriteReferences(writer, "created_assertions", created);
        if (Gathered.Count > 0) WriteReferences(writer, "gathered_assertions", Gathered);
        foreach ((string name, Action<CborWriter> write) in ClaimFields)
        {
            writer.WriteTextString(name);
            write(writer);
        }
        writer.WriteEndMap();
        return writer.Encode();
    }

    private byte[] ClaimOfVersion1(Assertion[] created)
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(6);
        Assertions.WriteText(writer, "alg", "sha256");
        Assertions.WriteText(writer, "instanceID", "xmp:iid:" + Samples.Description.ManifestId);
        Assertions.WriteText(writer, "signature", $"self#jumbf=/c2pa/{Label}/c2pa.signature");
        Assertions.WriteText(writer, "claim_generator", "Forger/1");
        Assertions.WriteText(writer, "dc:format", "image/png");
        WriteReferences(writer, "assertions", created);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private void WriteReferences(CborWriter writer, string field, IReadOnlyList<Assertion> assertions)
    {
        writer.WriteTextString(field);
        writer.WriteStartArray(assertions.Count + (field == "created_assertions" ? DanglingUrls.Count : 0));
        foreach (Assertion assertion in assertions) WriteReference(writer, "self#jumbf=c2pa.assertions/" + assertion.Label, assertion.Box);
        if (field == "created_assertions")
            foreach (string url in DanglingUrls) WriteReference(writer, url, new byte[40]);
        writer.WriteEndArray();
    }

    public static void WriteReference(CborWriter writer, string url, byte[] box)
    {
        writer.WriteStartMap(2);
        Assertions.WriteText(writer, "url", url);
        writer.WriteTextString("hash");
        writer.WriteByteString(SHA256.HashData(box.AsSpan(8)));
        writer.WriteEndMap();
    }
}
