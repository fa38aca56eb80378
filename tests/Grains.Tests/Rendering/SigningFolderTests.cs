using Vitrine.Grains.Interfaces;
using Vitrine.Provenance;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests;

/// <summary>Who signs for whom, and how a chain is renewed while pictures are being made.</summary>
public sealed class SigningFolderTests : IDisposable
{
    private static readonly TenantId acme = TenantId.Parse("acme"), other = TenantId.Parse("other");

    private readonly string folder = Directory.CreateTempSubdirectory("vitrine-signing").FullName;
    private readonly ShiftedTime time = new();

    [Fact]
    public void A_tenant_with_a_folder_of_its_own_signs_with_its_own_chain()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Write("acme", "Acme");

        Assert.Equal(("Acme", "Everybody"), (SignerFor(signing, acme), SignerFor(signing, other)));
    }

    [Fact]
    public void A_renewed_chain_signs_within_a_second_and_without_a_restart()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Assert.Equal("Everybody", SignerFor(signing, acme));
        Write("acme", "Acme");
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("Acme", SignerFor(signing, acme));
        Write("acme", "Acme Renewed");
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Acme Renewed", SignerFor(signing, acme));
    }

    [Fact]
    public void What_was_signed_under_a_root_that_was_replaced_stays_trusted_also_after_a_restart()
    {
        byte[][] files;
        using (var signing = SigningFolder.Open(folder, "Everybody", time))
        {
            var shared = SignedBy(signing, acme);
            Write("acme", "Acme");
            time.Advance(TimeSpan.FromSeconds(2));
            var own = SignedBy(signing, acme);
            Write("acme", "Acme Renewed");
            time.Advance(TimeSpan.FromSeconds(2));
            files = [shared, own, SignedBy(signing, acme)];
            Assert.All(files, file => Assert.Equal(CredentialState.Trusted, ContentCredentials.Verify(file, signing.Of(acme).Anchors, time.GetUtcNow()).State));
            // Nobody else trusts the tenant's authority.
            Assert.Equal(CredentialState.Valid, ContentCredentials.Verify(own, signing.Of(other).Anchors, time.GetUtcNow()).State);
        }
        using (var again = SigningFolder.Open(folder, "Everybody", time))
            Assert.All(files, file => Assert.Equal(CredentialState.Trusted, ContentCredentials.Verify(file, again.Of(acme).Anchors, time.GetUtcNow()).State));

        // A root that is taken out of both files is trusted no more.
        File.Delete(Path.Combine(folder, "acme", SigningFolder.KnownRoots));
        using var later = SigningFolder.Open(folder, "Everybody", time);
        Assert.Equal(CredentialState.Valid, ContentCredentials.Verify(files[1], later.Of(acme).Anchors, time.GetUtcNow()).State);
    }

    [Fact]
    public void While_the_files_do_not_fit_together_the_last_chain_signs()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Write("acme", "Acme");
        Assert.Equal("Acme", SignerFor(signing, acme));
        File.WriteAllText(Path.Combine(folder, "acme", SigningFolder.Key), DevelopmentChain.Create("Half", time.GetUtcNow()).LeafKeyPem);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Acme", SignerFor(signing, acme));
    }

    [Theory]
    [InlineData(SigningFolder.Root, SigningFolder.Chain, SigningFolder.Key)]
    [InlineData(SigningFolder.Chain, SigningFolder.Key, SigningFolder.Root)]
    [InlineData(SigningFolder.Key, SigningFolder.Root, SigningFolder.Chain)]
    public void In_whatever_order_the_files_of_a_renewal_are_written_every_picture_between_is_trusted(params string[] order)
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Write("acme", "Acme");
        Assert.Equal("Acme", SignerFor(signing, acme));
        var renewed = DevelopmentChain.Create("Acme Renewed", time.GetUtcNow());
        var signers = new List<string?>();

        foreach (var name in order)
        {
            File.WriteAllText(Path.Combine(folder, "acme", name), name switch { SigningFolder.Root => renewed.RootPem, SigningFolder.Chain => renewed.ChainPem, _ => renewed.LeafKeyPem });
            time.Advance(TimeSpan.FromSeconds(2));
            signers.Add(SignerFor(signing, acme));
        }

        Assert.Equal(["Acme", "Acme", "Acme Renewed"], signers);
    }

    [Fact]
    public void A_chain_that_does_not_reach_its_root_signs_nothing()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Write("acme", "Acme");
        File.WriteAllText(Path.Combine(folder, "acme", SigningFolder.Root), DevelopmentChain.Create("Other", time.GetUtcNow()).RootPem);

        Assert.Contains("does not fit root.pem", Assert.Throws<InvalidOperationException>(() => signing.Of(acme)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_else_signs_for_a_tenant_whose_own_chain_is_broken()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        Directory.CreateDirectory(Path.Combine(folder, "acme"));

        Assert.Throws<InvalidOperationException>(() => signing.Of(acme));
        Assert.Equal("Everybody", SignerFor(signing, other));
    }

    [Fact]
    public async Task A_new_folder_has_a_development_authority_that_stamps()
    {
        using var signing = SigningFolder.Open(folder, "Everybody", time);
        var identity = signing.Of(other);

        SignedFile file = await ContentCredentials.Sign(Picture(), Description(), identity.Signer, identity.TimeStamps!, CancellationToken.None);

        Assert.True(file.IsStamped, file.WhyNotStamped);
        Assert.NotNull(ContentCredentials.Verify(file.Bytes, identity.Anchors, time.GetUtcNow()).Manifest!.StampedAt);
    }

    [Fact]
    public async Task An_authority_that_does_not_answer_over_http_is_unavailable()
    {
        using var authority = new HttpTimeStampAuthority(new Uri("http://tsa.example/"), new Failing(), time);

        await Assert.ThrowsAsync<TimeStampUnavailableException>(() => authority.Answer(new byte[] { 1 }, CancellationToken.None));
    }

    [Fact]
    public async Task An_authority_that_is_away_is_not_asked_for_every_picture()
    {
        var asked = new Failing();
        using var authority = new HttpTimeStampAuthority(new Uri("http://tsa.example/"), asked, time);

        for (var i = 0; i < 20; i++) await Assert.ThrowsAsync<TimeStampUnavailableException>(() => authority.Answer(new byte[] { 1 }, CancellationToken.None));
        Assert.Equal(1, asked.Requests);

        time.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<TimeStampUnavailableException>(() => authority.Answer(new byte[] { 1 }, CancellationToken.None));
        Assert.Equal(2, asked.Requests);
    }

    private void Write(string tenant, string organisation)
    {
        var made = DevelopmentChain.Create(organisation, time.GetUtcNow());
        var place = Directory.CreateDirectory(Path.Combine(folder, tenant)).FullName;
        File.WriteAllText(Path.Combine(place, SigningFolder.Root), made.RootPem);
        File.WriteAllText(Path.Combine(place, SigningFolder.Chain), made.ChainPem);
        File.WriteAllText(Path.Combine(place, SigningFolder.Key), made.LeafKeyPem);
    }

    private byte[] SignedBy(SigningFolder signing, TenantId tenant) => ContentCredentials.Sign(Picture(), Description(), signing.Of(tenant).Signer);

    private string? SignerFor(SigningFolder signing, TenantId tenant)
    {
        var identity = signing.Of(tenant);
        var verdict = ContentCredentials.Verify(ContentCredentials.Sign(Picture(), Description(), identity.Signer), identity.Anchors, time.GetUtcNow());
        Assert.Equal(CredentialState.Trusted, verdict.State);
        return verdict.Manifest!.SignerOrganisation;
    }

    private static byte[] Picture() => Vitrine.Media.ImageEncoder.Encode(new byte[3 * 4 * 4], 4, 4, Vitrine.Media.ImageFormat.Png, 90);

    private CredentialDescription Description() => new(
        "5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", time.GetUtcNow(), "Vitrine", "0.1", "model", "1", "sha256:" + new string('a', 64), DigitalSourceType.TrainedAlgorithmicMedia, null, DoNotTrain: false);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Failing : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            throw new HttpRequestException("No route.");
        }
    }
}
