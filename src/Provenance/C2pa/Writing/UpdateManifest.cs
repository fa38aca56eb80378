using System.Formats.Cbor;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Writing;

/// <summary>Writes update manifests: one more manifest behind those that are there, which binds itself to them and not to the content (C2PA 2.2, 11.2.3).</summary>
internal static class UpdateManifest
{
    public static async Task<byte[]> AddTimeStamp(
        ReadOnlyMemory<byte> file, UpdateDescription update, IClaimSigner signer, ITimeStampAuthority authority, TrustAnchors anchors, DateTimeOffset at, CancellationToken cancellation)
    {
        update.ThrowIfUnusable();
        CredentialIngredient parent = CredentialIngredient.TakeIn(file, IngredientRole.Parent, "The file before the update", anchors, at);
        if (parent.Verdict.State is not (CredentialState.Valid or CredentialState.Trusted) || parent.Manifests is not { } manifests)
            throw new ArgumentException("Only a file with valid credentials can be given a time stamp.", nameof(file));
        if (manifests.Boxes.Any(m => m.Label == "urn:c2pa:" + update.ManifestId))
            throw new ArgumentException($"The file holds a manifest with the id {update.ManifestId} already.", nameof(update));
        CoseSign1 cose = Manifest.TryRead(manifests.Active, new Findings(), new())!.ReadSignature(out _)!;
        byte[] token = await TimeStampRequest.TokenFor(cose.Signature.ToArray(), authority, cancellation);

        byte[] output = await Add(Carrier.Open(file), parent, update, signer, authority, TimeStamps(manifests.Active.Label, token), cancellation);
        CredentialVerdict verdict = ManifestStoreValidator.Validate(output, anchors, at);
        return verdict.State is CredentialState.Valid or CredentialState.Trusted ? output
            : throw new ArgumentException("The file leaves no room for updates: " + string.Join(", ", verdict.Failures.Select(f => f.Code)), nameof(file));
    }

    private static async Task<byte[]> Add(
        Carrier carrier, CredentialIngredient parent, UpdateDescription update, IClaimSigner signer, ITimeStampAuthority authority, Assertion content, CancellationToken cancellation)
    {
        var parts = new ManifestParts(JumbfType.UpdateManifest, update.ManifestId, update.GeneratorName, update.GeneratorVersion, title: null);
        Assertion ingredient = IngredientAssertion.Write(parent, parent.Manifests!.Active, 0);
        parts.Created.AddRange([ActionsAssertion.Opened(ingredient, update.When), ingredient, content]);
        byte[] claim = parts.EncodeClaim();
        byte[][] older = [.. parent.Manifests.Boxes.Select(b => b.Bytes.ToArray())];
        var cose = new CoseSign1Writer(signer, withTimeStamp: true);
        byte[] signature = cose.SignatureOver(claim);
        // The update is stamped too: otherwise the whole would end with the certificate that it was signed with.
        byte[] token = await TimeStampRequest.TokenFor(cose.ToBeStamped(signature), authority, cancellation);
        if (!cose.HasRoomFor(token)) throw new TimeStampUnavailableException($"The time stamp has {token.Length} bytes, which is more than is kept free.");
        byte[] manifest = Assemble(0);
        // A WebP file hashes the byte that pads an odd store, so the store stays as odd or even as it was.
        if (carrier is WebPCarrier && (older.Sum(b => b.Length) + manifest.Length) % 2 != older.Sum(b => b.Length) % 2) manifest = Assemble(1);

        if (carrier is BmffCarrier film)
        {
            JumbfBox[] updates = [.. parent.Manifests.Boxes.Reverse().TakeWhile(b => b.Type == JumbfType.UpdateManifest).Reverse()];
            return film.WithUpdate(JumbfWriter.Super(JumbfType.Store, "c2pa", [.. updates.Select(b => b.Bytes.ToArray()), manifest]));
        }
        byte[] store = JumbfWriter.Super(JumbfType.Store, "c2pa", [.. older, manifest]);
        byte[] output = carrier.CopyWithRoomFor(store.Length);
        carrier.WriteFrame(output.AsSpan(carrier.FrameStart), store);
        return output;

        byte[] Assemble(int morePadding) => parts.Assemble(claim, new CoseSign1Writer(signer, withTimeStamp: true, morePadding).Encode(signature, token));
    }

    /// <summary>A map from manifests to tokens over their signatures (C2PA 2.2, 18.17).</summary>
    private static Assertion TimeStamps(string manifestLabel, byte[] token)
    {
        CborWriter writer = Assertions.NewWriter();
        writer.WriteStartMap(1);
        writer.WriteTextString(manifestLabel);
        writer.WriteByteString(token);
        writer.WriteEndMap();
        return Assertions.Cbor(LaterStamps.Label, writer);
    }
}
