using System.Buffers.Binary;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>Credentials that do not hold fail in different ways, and only some of them mean that anybody changed anything.</summary>
public sealed class FaultTests
{
    [Fact]
    public void A_file_that_was_changed_is_tampered_whatever_else_is_wrong_with_it()
    {
        byte[] changed = Changed.PictureBit(Samples.Signed("small.png"));

        Assert.Equal(CredentialFault.Tampered, Samples.Verify(changed).Fault);
        Assert.Equal(CredentialFault.Tampered, ContentCredentials.Verify(changed, Samples.Anchors, Samples.Now.AddDays(500)).Fault);
        Assert.Equal(CredentialFault.Tampered, Samples.Verify(Changed.Text(Samples.Signed("small.jpg"), "gVitrine", "gVitrune")).Fault);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_expired_with_no_stamp_and_with_one_of_a_stranger()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        byte[] stamped = (await ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description, Samples.Signer, authority, default)).Bytes;
        TrustAnchors withoutAuthority = TrustAnchors.FromPem(Samples.Certificates.RootPem);
        DateTimeOffset later = Samples.Now.AddDays(500);

        Assert.Equal(CredentialFault.Expired, ContentCredentials.Verify(Samples.Signed("small.png"), Samples.Anchors, later).Fault);
        Assert.Equal(CredentialFault.Expired, ContentCredentials.Verify(stamped, withoutAuthority, later).Fault);
        Assert.Equal((CredentialState.Trusted, null), (ContentCredentials.Verify(stamped, Samples.Anchors, later).State, ContentCredentials.Verify(stamped, Samples.Anchors, later).Fault));
    }

    [Fact]
    public void A_signature_that_cannot_be_checked_here_is_unsupported()
    {
        byte[] file = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description, MadeSigner.Ed25519());

        CredentialVerdict verdict = ContentCredentials.Verify(file, TrustAnchors.FromPem(MadeSigner.RootPem), Samples.Now);

        Assert.Equal((CredentialState.Invalid, CredentialFault.Unsupported), (verdict.State, verdict.Fault));
        Assert.Equal("algorithm.unsupported", Assert.Single(verdict.Failures).Code);
    }

    [Fact]
    public void A_film_that_is_bound_in_fragments_is_unsupported()
    {
        byte[] file = ForgedManifest.Sign("clip.mp4", m =>
        {
            m.HasDataHash = false;
            m.Created.Add(ForgedManifest.Cbor("c2pa.hash.bmff.v3", w =>
            {
                w.WriteStartMap(1);
                w.WriteTextString("merkle");
                w.WriteStartArray(0);
                w.WriteEndArray();
                w.WriteEndMap();
            }));
        });

        Assert.Equal(CredentialFault.Unsupported, Samples.Verify(file).Fault);
    }

    [Fact]
    public void A_signed_claim_that_breaks_a_rule_is_invalid_and_no_tampering()
    {
        byte[] file = ForgedManifest.Sign("small.png", m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", null)));

        Assert.Equal(CredentialFault.Invalid, Samples.Verify(file).Fault);
    }

    [Fact]
    public void A_store_that_is_none_is_unreadable()
    {
        byte[] file = Changed.Store(Carrier.Open(Samples.Read("small.png")), JumbfWriter.Box("free"u8, new byte[100]));

        Assert.Equal(CredentialFault.Unreadable, Samples.Verify(file).Fault);
    }

    [Fact]
    public void A_container_that_cannot_be_followed_is_unreadable_only_where_it_holds_a_store()
    {
        byte[] plain = WithOddLength(Samples.Read("lossy.webp")), signed = WithOddLength(Samples.Signed("lossy.webp")), cut = Samples.Read("small.jpg")[..^2];
        CredentialIngredient input = Samples.TakeIn(plain);

        Assert.Null(Carrier.TryOpen(plain, out _));
        Assert.Equal((CredentialState.None, null), (Samples.Verify(plain).State, Samples.Verify(plain).Fault));
        Assert.Equal((CredentialState.None, null), (Samples.Verify(cut).State, Samples.Verify(cut).Fault));
        Assert.Equal((CredentialState.Invalid, CredentialFault.Unreadable), (Samples.Verify(signed).State, Samples.Verify(signed).Fault));
        // A new manifest must not say of a picture without credentials that its credentials were broken.
        Assert.Null(input.WhyNotKept);
        Assert.Equal("image/webp", input.MediaType);
    }

    [Fact]
    public void A_history_that_is_too_long_is_described_by_what_was_found()
    {
        var older = Enumerable.Range(0, CredentialIngredient.MostManifests + 1).Select(i => JumbfBox.TryParse(
            Carrier.Open(ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(3000 + i), Samples.Signer)).Stores[0].Store, out _)!.Children[0].Bytes.ToArray()).ToArray();
        byte[] file = ForgedManifest.Sign("small.png", m => m.Older.AddRange(older));

        CredentialIngredient expired = CredentialIngredient.TakeIn(file, IngredientRole.Parent, "An input", Samples.Anchors, Samples.Now.AddDays(500));

        Assert.EndsWith("found Expired.", expired.WhyNotKept, StringComparison.Ordinal);
    }

    /// <summary>The same picture with a byte behind its last chunk that the header counts: decoders take it.</summary>
    private static byte[] WithOddLength(byte[] webp)
    {
        byte[] odd = [.. webp, 0];
        BinaryPrimitives.WriteInt32LittleEndian(odd.AsSpan(WebPCarrier.SizeAt), odd.Length - 8);
        return odd;
    }
}
