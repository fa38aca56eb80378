using System.Formats.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>What a manifest consists of besides its signature, and how the boxes go together (C2PA 2.2, 11.1 and 10.2).</summary>
internal sealed class ManifestParts(UInt128 type, string manifestId, string generatorName, string generatorVersion, string? title)
{
    private const string ClaimLabel = "c2pa.claim.v2", SignatureLabel = "c2pa.signature", AssertionsLabel = "c2pa.assertions";

    /// <summary>The version of the specification that is followed, as the conformance program asks.</summary>
    private const string SpecificationVersion = "2.4";

    private const int BoxHeader = 8;

    public string Label { get; } = "urn:c2pa:" + manifestId;

    /// <summary>Assertions that the signer vouches for.</summary>
    public List<Assertion> Created { get; } = [];

    /// <summary>Assertions that the signer passes on.</summary>
    public List<Assertion> Gathered { get; } = [];

    public int Length(int claimLength, int signatureLength) => JumbfWriter.SuperLength(Label,
        JumbfWriter.SuperLength(AssertionsLabel, Created.Concat(Gathered).Sum(a => a.Box.Length))
        + JumbfWriter.SuperLength(ClaimLabel, BoxHeader + claimLength)
        + JumbfWriter.SuperLength(SignatureLabel, BoxHeader + signatureLength));

    public byte[] Assemble(byte[] claim, byte[] signature) => JumbfWriter.Super(type, Label,
        JumbfWriter.Super(JumbfType.AssertionStore, AssertionsLabel, [.. Created.Concat(Gathered).Select(a => a.Box)]),
        JumbfWriter.Super(JumbfType.Claim, ClaimLabel, JumbfWriter.Box("cbor"u8, claim)),
        JumbfWriter.Super(JumbfType.Signature, SignatureLabel, JumbfWriter.Box("cbor"u8, signature)));

    public byte[] EncodeClaim()
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(5 + (Gathered.Count > 0 ? 1 : 0) + (title is null ? 0 : 1));
        Assertions.WriteText(writer, "alg", "sha256");
        Assertions.WriteText(writer, "instanceID", "xmp:iid:" + manifestId);
        Assertions.WriteText(writer, "signature", "self#jumbf=" + SignatureLabel);
        if (title is not null) Assertions.WriteText(writer, "dc:title", title);
        writer.WriteTextString("claim_generator_info");
        writer.WriteStartMap(3);
        Assertions.WriteText(writer, "name", generatorName);
        Assertions.WriteText(writer, "version", generatorVersion);
        Assertions.WriteText(writer, "specVersion", SpecificationVersion);
        writer.WriteEndMap();
        WriteReferences(writer, "created_assertions", Created);
        if (Gathered.Count > 0) WriteReferences(writer, "gathered_assertions", Gathered);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private static void WriteReferences(CborWriter writer, string key, List<Assertion> assertions)
    {
        writer.WriteTextString(key);
        writer.WriteStartArray(assertions.Count);
        foreach (Assertion assertion in assertions)
            IngredientAssertion.WriteReference(writer, $"self#jumbf={AssertionsLabel}/{assertion.Label}", assertion.Box.AsSpan(8));
        writer.WriteEndArray();
    }
}
