using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>Who else attests when a file was signed, and what happens when nobody does.</summary>
public sealed class TimeStampTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    private static readonly DevelopmentTimeStampAuthority authority = new(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);

    private static readonly UpdateDescription update = new("9c1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", Samples.Now, "Vitrine", "0.1.0");

    [Fact]
    public async Task A_stamped_file_is_trusted_by_both_validators()
    {
        SignedFile[] files = await Task.WhenAll(Samples.AllFileNames.Select(n => Stamp(n, authority)));

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. files.Select(f => f.Bytes)]);

        Assert.All(files.Zip(verdicts), f =>
        {
            Assert.True(f.First.IsStamped, f.First.WhyNotStamped);
            CredentialVerdict ours = Samples.Verify(f.First.Bytes);
            Assert.True(ours.State == CredentialState.Trusted && ours.Has("timeStamp.validated") && ours.Has("timeStamp.trusted"), string.Join("; ", ours.Findings));
            Assert.NotNull(ours.Manifest!.StampedAt);
            Assert.True(f.Second.Passed && f.Second.HasTrustedTimeStamp, f.Second.ToString());
        });
    }

    [Fact]
    public async Task A_stamped_signature_outlives_its_certificate()
    {
        byte[] stamped = (await Stamp("small.png", authority)).Bytes;
        DateTimeOffset later = Samples.Now.AddDays(1000);

        CredentialVerdict withAuthority = ContentCredentials.Verify(stamped, Samples.Anchors, later);
        CredentialVerdict withoutAuthority = ContentCredentials.Verify(stamped, TrustAnchors.FromPem(Samples.Certificates.RootPem), later);

        Assert.Equal((CredentialState.Trusted, CredentialState.Invalid), (withAuthority.State, withoutAuthority.State));
        Assert.True(withoutAuthority.Has("timeStamp.untrusted") && withoutAuthority.Has("signingCredential.expired"));
    }

    [Fact]
    public async Task A_stamp_of_another_signature_counts_for_nothing()
    {
        var draft = new SigningDraft(Samples.Read("small.png"), Samples.Description, Samples.Signer, withTimeStamp: true);
        byte[] file = draft.Finish(await TimeStampRequest.TokenFor("another signature"u8.ToArray(), authority, default));

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Equal(CredentialState.Trusted, verdict.State);
        Assert.Contains(verdict.Findings, f => f is { Code: "timeStamp.mismatch", Kind: FindingKind.Informational });
        Assert.Null(verdict.Manifest!.StampedAt);
        Assert.True(judge.Judge([file])[0] is { Passed: true, HasTrustedTimeStamp: false });
    }

    [Fact]
    public async Task A_broken_stamp_is_malformed_or_does_not_match_and_never_believed()
    {
        byte[] stamped = (await Stamp("small.png", authority)).Bytes;
        Carrier carrier = Carrier.Open(stamped);
        byte[] store = carrier.Stores[0].Store.ToArray();
        int token = store.AsSpan().IndexOf(TokenOf(stamped)), length = TokenOf(stamped).Length;
        for (int at = 0; at < length; at += 7)
        {
            CredentialVerdict verdict = Samples.Verify(Changed.Store(carrier, Changed.Bit(store, token + at)));

            Assert.True(verdict.State == CredentialState.Trusted, $"Byte {at}: {string.Join("; ", verdict.Failures)}");
            if (verdict.Manifest!.StampedAt is { } time) Assert.Equal(Samples.Verify(stamped).Manifest!.StampedAt, time);
            else Assert.True(verdict.Has("timeStamp.malformed") || verdict.Has("timeStamp.mismatch") || verdict.Has("timeStamp.untrusted") || verdict.Has("timeStamp.outsideValidity"), $"Byte {at}");
        }
    }

    [Fact]
    public async Task When_the_authority_is_down_the_file_is_signed_without_and_stamped_later()
    {
        var signed = new List<byte[]>();
        foreach (string name in Samples.AllFileNames)
        {
            SignedFile file = await Stamp(name, new Unavailable());
            Assert.False(file.IsStamped);
            Assert.Equal("The authority is down.", file.WhyNotStamped);
            Assert.Equal(CredentialState.Trusted, Samples.Verify(file.Bytes).State);
            signed.Add(file.Bytes);
        }
        var updated = new List<byte[]>();
        foreach (byte[] file in signed)
            updated.Add(await ContentCredentials.AddTimeStamp(file, update, Samples.Signer, authority, Samples.Anchors, Samples.Now, default));

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. signed, .. updated]);

        for (int i = 0; i < updated.Count; i++)
        {
            string name = Samples.AllFileNames[i];
            CredentialVerdict ours = Samples.Verify(updated[i]), later = ContentCredentials.Verify(updated[i], Samples.Anchors, Samples.Now.AddDays(1000));
            Assert.True(verdicts[i].Passed, $"{name}: {verdicts[i]}");
            Assert.True(ours.State == CredentialState.Trusted && ours.Has("timeStamp.trusted"), $"{name}: {string.Join("; ", ours.Findings)}");
            // Long after the certificate of both signatures.
            Assert.True(later.State == CredentialState.Trusted, $"{name}: {string.Join("; ", later.Failures)}");
            Assert.Equal(CredentialState.Invalid, ContentCredentials.Verify(signed[i], Samples.Anchors, Samples.Now.AddDays(1000)).State);
            // An update says what was added; what the content is, is said below it.
            Assert.Equal((Samples.Verify(signed[i]).Manifest!.Label, true), (ours.Manifest!.OfContent.Label, ours.Manifest.OfContent.StampedAt is not null));
            Assert.Equal(Samples.Verify(signed[i]).Manifest!.Actions, ours.Manifest.OfContent.Actions);
            Assert.True(verdicts[updated.Count + i].Passed, $"{name}, updated: {verdicts[updated.Count + i]}");
            Assert.Equal(CredentialState.Invalid, Samples.Verify(Changed.PictureBit(updated[i])).State);
        }
    }

    [Fact]
    public async Task A_file_that_is_updated_twice_is_still_trusted()
    {
        foreach (string name in Samples.AllFileNames)
        {
            byte[] file = (await Stamp(name, new Unavailable())).Bytes;
            for (int i = 1; i <= 2; i++)
                file = await ContentCredentials.AddTimeStamp(file, update with { ManifestId = $"{i:x8}-0c7f-4f0a-9a52-3f6f3f0f9c11" }, Samples.Signer, authority, Samples.Anchors, Samples.Now, default);

            CredentialVerdict verdict = Samples.Verify(file);

            Assert.True(verdict.State == CredentialState.Trusted, $"{name}: {string.Join("; ", verdict.Failures)}");
            Assert.True(judge.Judge([file])[0].Passed, $"{name}: {judge.Judge([file])[0]}");
        }
    }

    [Fact]
    public async Task A_file_that_is_not_valid_is_not_updated() => await Assert.ThrowsAsync<ArgumentException>(() => ContentCredentials.AddTimeStamp(
        Changed.PictureBit(Samples.Signed("small.png")), update, Samples.Signer, authority, Samples.Anchors, Samples.Now, default));

    [Fact]
    public async Task Garbage_from_the_authority_is_no_stamp()
    {
        foreach (byte[] answer in new byte[][] { [], [0x30, 0x03, 2, 1, 0], "<html>busy</html>"u8.ToArray(), authority.Answer("not a request"u8.ToArray(), Samples.Now) })
        {
            SignedFile file = await Stamp("small.png", new Answering(answer));

            Assert.False(file.IsStamped);
            Assert.StartsWith("The answer of the time stamp authority cannot be used", file.WhyNotStamped, StringComparison.Ordinal);
        }
    }

    private static Task<SignedFile> Stamp(string name, ITimeStampAuthority by) => ContentCredentials.Sign(Samples.Read(name), Samples.Description, Samples.Signer, by, default);

    private static byte[] TokenOf(byte[] file)
    {
        var manifest = C2pa.Validation.Manifest.TryRead(C2pa.Jumbf.JumbfBox.TryParse(Carrier.Open(file).Stores[0].Store, out _)!.Children[^1], new(), new())!;
        return C2pa.Cose.CoseSign1.TryRead(manifest.Signature!.Value, out _)!.TimeStamps("sigTst2").Single().ToArray();
    }

    private sealed class Unavailable : ITimeStampAuthority
    {
        public Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation) => throw new TimeStampUnavailableException("The authority is down.");
    }

    private sealed class Answering(byte[] answer) : ITimeStampAuthority
    {
        public Task<byte[]> Answer(ReadOnlyMemory<byte> request, CancellationToken cancellation) => Task.FromResult(answer);
    }
}
