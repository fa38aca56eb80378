using System.Diagnostics;
using System.Formats.Cbor;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>
/// A manifest store that knows its length before it knows the hash of the file: every part whose bytes are still open has a fixed size.
/// So the file is copied once, hashed once, and the store is written once.
/// </summary>
internal sealed class ManifestDraft
{
    private const string ClaimLabel = "c2pa.claim.v2", SignatureLabel = "c2pa.signature", AssertionsLabel = "c2pa.assertions", StoreLabel = "c2pa";

    private readonly CredentialDescription description;
    private readonly CoseSign1Writer signature;
    private readonly List<Assertion> created = [];
    private readonly List<Assertion> gathered = [];
    private readonly CopiedManifests copied = new();
    private readonly int lengthBesidesDataHash;

    public ManifestDraft(CredentialDescription description, IClaimSigner signer)
    {
        this.description = description;
        signature = new(signer);
        Assertion placeholder = Assertions.DataHash(0, 0, new byte[SHA256.HashSizeInBytes]);
        Assertion[] ingredients = [.. description.Ingredients.Select((ingredient, i) =>
            IngredientAssertion.Write(ingredient, ingredient.Manifests is null ? null : copied.Add(ingredient.Manifests), i))];
        if (copied.Holds(description.ManifestLabel))
            throw new ArgumentException($"An ingredient holds the manifest {description.ManifestLabel} already; every manifest needs an id of its own.", nameof(description));
        created.Add(placeholder);
        created.Add(ActionsAssertion.Write(description, ingredients));
        created.AddRange(ingredients);
        if (description.SoftBinding is { } binding) created.Add(Assertions.SoftBinding(binding));
        created.Add(Assertions.Metadata(description.SourceType));
        if (description.Thumbnail is { } thumbnail) created.Add(Assertions.Thumbnail(thumbnail));
        if (description.DoNotTrain) gathered.Add(Assertions.NoTraining());
        lengthBesidesDataHash = Length(EncodeClaim().Length) - placeholder.Box.Length;
    }

    /// <summary>Length in bytes of the finished store, which depends on how wide the numbers of the exclusion are.</summary>
    public int StoreLength(int exclusionStart, int exclusionLength) =>
        lengthBesidesDataHash + Assertions.DataHash(exclusionStart, exclusionLength, new byte[SHA256.HashSizeInBytes]).Box.Length;

    /// <summary>Puts the hash in, signs the claim and writes the store.</summary>
    public byte[] Complete(int exclusionStart, int exclusionLength, ReadOnlySpan<byte> fileHash)
    {
        created[0] = Assertions.DataHash(exclusionStart, exclusionLength, fileHash);
        byte[] claim = EncodeClaim();
        byte[] manifest = JumbfWriter.Super(JumbfType.Manifest, description.ManifestLabel,
            JumbfWriter.Super(JumbfType.AssertionStore, AssertionsLabel, [.. created.Concat(gathered).Select(a => a.Box)]),
            JumbfWriter.Super(JumbfType.Claim, ClaimLabel, JumbfWriter.Box("cbor"u8, claim)),
            JumbfWriter.Super(JumbfType.Signature, SignatureLabel, JumbfWriter.Box("cbor"u8, signature.Sign(claim))));
        byte[] store = JumbfWriter.Super(JumbfType.Store, StoreLabel, [.. copied.Bytes, manifest]);
        return store.Length == StoreLength(exclusionStart, exclusionLength) ? store : throw new UnreachableException("The layout of the store moved.");
    }

    private int Length(int claimLength)
    {
        const int BoxHeader = 8;
        int assertions = JumbfWriter.SuperLength(AssertionsLabel, created.Concat(gathered).Sum(a => a.Box.Length));
        int claim = JumbfWriter.SuperLength(ClaimLabel, BoxHeader + claimLength);
        int cose = JumbfWriter.SuperLength(SignatureLabel, BoxHeader + signature.Reserve);
        return JumbfWriter.SuperLength(StoreLabel, copied.Length + JumbfWriter.SuperLength(description.ManifestLabel, assertions + claim + cose));
    }

    private byte[] EncodeClaim()
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(5 + (gathered.Count > 0 ? 1 : 0) + (description.Title is null ? 0 : 1));
        Assertions.WriteText(writer, "alg", "sha256");
        Assertions.WriteText(writer, "instanceID", "xmp:iid:" + description.ManifestId);
        Assertions.WriteText(writer, "signature", "self#jumbf=" + SignatureLabel);
        if (description.Title is not null) Assertions.WriteText(writer, "dc:title", description.Title);
        writer.WriteTextString("claim_generator_info");
        writer.WriteStartMap(3);
        Assertions.WriteText(writer, "name", description.GeneratorName);
        Assertions.WriteText(writer, "version", description.GeneratorVersion);
        Assertions.WriteText(writer, "specVersion", "2.4");
        writer.WriteEndMap();
        WriteReferences(writer, "created_assertions", created);
        if (gathered.Count > 0) WriteReferences(writer, "gathered_assertions", gathered);
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
