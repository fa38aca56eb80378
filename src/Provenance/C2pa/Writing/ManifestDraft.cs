using System.Diagnostics;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>
/// A manifest store that knows its length before it knows the hash of the file: every part whose bytes are still open has a fixed size.
/// So the file is copied once, hashed once, and the store is written once.
/// </summary>
internal sealed class ManifestDraft
{
    private const string StoreLabel = "c2pa";

    private readonly Carrier carrier;
    private readonly ManifestParts parts;
    private readonly CopiedManifests copied = new();
    private readonly int signatureLength;
    private readonly int lengthBesidesBinding;
    private readonly bool leavesRoom;

    /// <param name="signatureLength">Bytes kept free for the signature with its certificates and time stamp.</param>
    /// <param name="leavesRoom">Whether a later update must be able to make the store longer.</param>
    public ManifestDraft(Carrier carrier, CredentialDescription description, int signatureLength, bool leavesRoom)
    {
        (this.carrier, this.signatureLength, this.leavesRoom) = (carrier, signatureLength, leavesRoom);
        parts = new(JumbfType.Manifest, description.ManifestId, description.GeneratorName, description.GeneratorVersion, description.Title);
        Assertion[] ingredients = [.. description.Ingredients.Select((ingredient, i) =>
            IngredientAssertion.Write(ingredient, ingredient.Manifests is null ? null : copied.Add(ingredient.Manifests), i))];
        if (copied.Holds(description.ManifestLabel))
            throw new ArgumentException($"An ingredient holds the manifest {description.ManifestLabel} already; every manifest needs an id of its own.", nameof(description));
        Assertion placeholder = HardBinding.Write(carrier, 0, 0, new byte[SHA256.HashSizeInBytes], leavesRoom);
        parts.Created.Add(placeholder);
        parts.Created.Add(ActionsAssertion.Write(description, ingredients));
        parts.Created.AddRange(ingredients);
        if (description.SoftBinding is { } binding) parts.Created.Add(Assertions.SoftBinding(binding));
        parts.Created.Add(Assertions.Metadata(description.SourceType));
        if (description.Thumbnail is { } thumbnail) parts.Created.Add(Assertions.Thumbnail(thumbnail));
        if (description.DoNotTrain) parts.Gathered.Add(Assertions.NoTraining());
        lengthBesidesBinding = JumbfWriter.SuperLength(StoreLabel, copied.Length + parts.Length(parts.EncodeClaim().Length, signatureLength)) - placeholder.Box.Length;
    }

    /// <summary>Length in bytes of the finished store, which depends on how wide the numbers of the exclusion are.</summary>
    public int StoreLength(int exclusionStart, int exclusionLength) =>
        lengthBesidesBinding + HardBinding.Write(carrier, exclusionStart, exclusionLength, new byte[SHA256.HashSizeInBytes], leavesRoom).Box.Length;

    /// <summary>Puts the hash in and answers the claim, which is what has to be signed.</summary>
    public byte[] Bind(int exclusionStart, int exclusionLength, ReadOnlySpan<byte> fileHash)
    {
        parts.Created[0] = HardBinding.Write(carrier, exclusionStart, exclusionLength, fileHash, leavesRoom);
        return parts.EncodeClaim();
    }

    /// <summary>The finished store.</summary>
    public byte[] Complete(byte[] claim, byte[] signature)
    {
        if (signature.Length != signatureLength) throw new UnreachableException("The signature has another length than was kept free for it.");
        return JumbfWriter.Super(JumbfType.Store, StoreLabel, [.. copied.Bytes, parts.Assemble(claim, signature)]);
    }
}
