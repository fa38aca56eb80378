using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>Pictures made from pictures: what they carried stays with what is made of them, whatever state it was in.</summary>
public sealed class IngredientTests(IndependentJudge judge) : IClassFixture<IndependentJudge>
{
    private static readonly DevelopmentCertificates foreign = DevelopmentChain.Create("Another Brand", Samples.Now);

    [Fact]
    public void Every_way_of_using_an_input_is_trusted_by_both_validators()
    {
        (string What, byte[] Bytes)[] files = [.. Samples.FileNames.SelectMany(name => Ways(Samples.Signed(name), Samples.Read(name)).Select(w => ($"{name}, {w.What}", w.Bytes)))];

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. files.Select(f => f.Bytes)]);

        Assert.All(files.Zip(verdicts), f =>
        {
            CredentialVerdict ours = Samples.Verify(f.First.Bytes);
            Assert.True(ours.State == CredentialState.Trusted, $"{f.First.What}: {string.Join("; ", ours.Failures)}");
            Assert.True(f.Second.Passed, $"{f.First.What}: {f.Second}");
        });
    }

    private static IEnumerable<(string What, byte[] Bytes)> Ways(byte[] signed, byte[] plain)
    {
        byte[] Make(int number, byte[] pixels, params CredentialIngredient[] ingredients) =>
            ContentCredentials.Sign(pixels, Samples.Numbered(number) with { SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia, Ingredients = ingredients }, Samples.Signer);

        byte[] edited = Make(1, plain, Samples.TakeIn(signed));
        yield return ("an edit", edited);
        yield return ("an edit of an edit", Make(2, plain, Samples.TakeIn(edited)));
        yield return ("a variation of a picture without credentials", Make(3, plain, Samples.TakeIn(plain)));
        yield return ("a reference picture", ContentCredentials.Sign(plain, Samples.Numbered(4) with { Ingredients = [Samples.TakeIn(signed, IngredientRole.Input)] }, Samples.Signer));
        yield return ("a parent with two components and two references", Make(5, plain, Samples.TakeIn(signed), Samples.TakeIn(edited, IngredientRole.Component),
            Samples.TakeIn(plain, IngredientRole.Component), Samples.TakeIn(signed, IngredientRole.Input), Samples.TakeIn("GIF89a"u8.ToArray(), IngredientRole.Input)));
        yield return ("a rendition", ContentCredentials.Sign(plain, Samples.Numbered(6) with
        {
            Ingredients = [Samples.TakeIn(edited)],
            Changes = [ContentChange.ResizedProportionally, ContentChange.Transcoded, ContentChange.LabelDrawn],
        }, Samples.Signer));
        yield return ("a watermark and a label", ContentCredentials.Sign(plain, Samples.Numbered(7) with
        {
            SoftBinding = new("app.vitrine.watermark.1", "1234567890"u8.ToArray()),
            Changes = [ContentChange.Watermarked, ContentChange.LabelDrawn],
        }, Samples.Signer));
    }

    [Fact]
    public void The_manifests_of_the_inputs_are_kept_byte_for_byte_and_each_once()
    {
        byte[] signed = Samples.Signed("small.png"), edited = Edit(1, Samples.TakeIn(signed));
        byte[] merged = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(2) with
        {
            Ingredients = [Samples.TakeIn(edited), Samples.TakeIn(signed, IngredientRole.Component), Samples.TakeIn(edited, IngredientRole.Input)],
        }, Samples.Signer);

        byte[][] kept = Manifests(merged);

        Assert.Equal([.. Manifests(signed), Manifests(edited)[1]], kept[..2]);
        Assert.Equal(3, kept.Length);
    }

    [Fact]
    public void The_actions_say_what_was_opened_placed_and_looked_at()
    {
        byte[] signed = Samples.Signed("small.png");
        byte[] edited = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(1) with
        {
            Ingredients = [Samples.TakeIn(signed), Samples.TakeIn(signed, IngredientRole.Component)],
            SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia,
            SoftBinding = new("app.vitrine.watermark.1", new byte[] { 1, 2 }),
        }, Samples.Signer);

        ManifestSummary manifest = Samples.Verify(edited).Manifest!;

        Assert.Equal(["c2pa.opened", "c2pa.placed", "c2pa.edited", "c2pa.watermarked.bound"], manifest.Actions.Select(a => a.Action));
        Assert.Equal((Samples.Description.ModelDigest, "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"),
            (manifest.Actions[2].ModelDigest, manifest.Actions[2].DigitalSourceType));
        Assert.Equal(["parentOf", "componentOf"], manifest.Ingredients.Select(i => i.Relationship));
        SoftBinding binding = Assert.Single(manifest.SoftBindings);
        Assert.Equal(("app.vitrine.watermark.1", "0102"), (binding.Algorithm, Convert.ToHexString(binding.Value.Span)));
    }

    [Fact]
    public void A_tampered_input_is_recorded_as_such_and_what_is_made_of_it_is_still_trusted()
    {
        byte[] signed = Samples.Signed("small.png");
        (string What, byte[] Input, string Code)[] inputs =
        [
            ("a changed picture", Changed.PictureBit(signed), "assertion.dataHash.mismatch"),
            ("a changed statement", Changed.Text(signed, "digitalsourcetype/trained", "digitalsourcetype/brained"), "assertion.hashedURI.mismatch"),
            ("a changed claim", Changed.Text(signed, "gVitrine", "gVitrune"), "claimSignature.mismatch"),
            ("a stranger's signature", ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(9), new EcdsaClaimSigner(foreign.ChainPem, foreign.LeafKeyPem)), "signingCredential.untrusted"),
        ];
        byte[][] made = [.. inputs.Select(i => Edit(1, Samples.TakeIn(i.Input)))];
        byte[][] remade = [.. made.Select(m => Edit(2, Samples.TakeIn(m)))];

        IReadOnlyList<JudgeVerdict> verdicts = judge.Judge([.. made, .. remade]);

        for (int i = 0; i < inputs.Length; i++)
        {
            CredentialVerdict ours = Samples.Verify(made[i]), later = Samples.Verify(remade[i]);
            Assert.True(ours.State == CredentialState.Trusted && later.State == CredentialState.Trusted, $"{inputs[i].What}: {string.Join("; ", ours.Failures.Concat(later.Failures))}");
            Assert.Contains(inputs[i].Code, Assert.Single(ours.Manifest!.Ingredients).RecordedFailures);
            Assert.True(verdicts[i].Passed && verdicts[inputs.Length + i].Passed, $"{inputs[i].What}: {verdicts[i]}, {verdicts[inputs.Length + i]}");
        }
    }

    [Fact]
    public void What_was_found_at_ingest_is_what_is_written_whoever_is_trusted_later_and_what_was_made_is_trusted()
    {
        var changed = Changed.PictureBit(Samples.Signed("small.png"));
        CredentialVerdict asTrusted = Samples.Verify(Samples.Signed("small.jpg")), asStranger = ContentCredentials.Verify(changed, TrustAnchors.None, Samples.Now);
        DevelopmentCertificates rotated = DevelopmentChain.Create("Example Brand", Samples.Now);
        TrustAnchors later = TrustAnchors.FromPem(rotated.RootPem);

        CredentialIngredient ours = CredentialIngredient.TakeIn(Samples.Signed("small.jpg"), IngredientRole.Parent, "An input", later, Samples.Now, recorded: RecordedCheck.Of(asTrusted));
        CredentialIngredient theirs = CredentialIngredient.TakeIn(changed, IngredientRole.Component, "An input", Samples.Anchors, Samples.Now, recorded: RecordedCheck.Of(asStranger));
        byte[] made = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(1) with { SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia, Ingredients = [ours, theirs] },
            new EcdsaClaimSigner(rotated.ChainPem, rotated.LeafKeyPem));
        CredentialVerdict verdict = ContentCredentials.Verify(made, later, Samples.Now);

        Assert.Equal((CredentialState.Trusted, CredentialState.Invalid), (ours.Verdict.State, theirs.Verdict.State));
        Assert.Contains(Recorded(made, 0), f => f == ("success", "signingCredential.trusted"));
        // The check of now is not hidden: whoever checks what was made finds this too.
        Assert.Equal([("failure", "signingCredential.untrusted")], Recorded(made, 0).Where(f => f.Kind == "failure"));
        Assert.Equal([("failure", "assertion.dataHash.mismatch"), ("failure", "signingCredential.untrusted")], Recorded(made, 1).Where(f => f.Kind == "failure").Order());
        Assert.True(verdict.State == CredentialState.Trusted, string.Join("; ", verdict.Failures));
        Assert.True(judge.Judge([made], alsoTrusted: rotated.RootPem)[0].Passed);
    }

    [Fact]
    public void An_input_whose_certificate_ends_before_anything_is_made_from_it_is_recorded_as_it_was_and_as_it_is()
    {
        byte[] input = Samples.Signed("small.jpg");
        DateTimeOffset later = Samples.Now.AddDays(400);
        DevelopmentCertificates next = DevelopmentChain.Create("Example Brand", later);
        TrustAnchors anchors = TrustAnchors.FromPem(Samples.Certificates.RootPem + next.RootPem);

        CredentialIngredient parent = CredentialIngredient.TakeIn(input, IngredientRole.Parent, "An input", anchors, later, recorded: RecordedCheck.Of(Samples.Verify(input)));
        byte[] made = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(1) with { SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia, Ingredients = [parent] },
            new EcdsaClaimSigner(next.ChainPem, next.LeafKeyPem));

        Assert.Equal(CredentialState.Trusted, ContentCredentials.Verify(made, anchors, later).State);
        Assert.Contains(("success", "claimSignature.insideValidity"), Recorded(made, 0));
        Assert.Contains(("failure", "signingCredential.expired"), Recorded(made, 0));
    }

    /// <summary>What an ingredient of the active manifest says that was found about it itself.</summary>
    private static List<(string Kind, string Code)> Recorded(byte[] file, int ingredient)
    {
        C2pa.Validation.Manifest manifest = C2pa.Validation.Manifest.TryRead(JumbfBox.TryParse(Carrier.Open(file).Stores[0].Store, out _)!.Children[^1], new(), new())!;
        C2pa.Cbor.CborMap results = manifest.Ingredients[ingredient].Value.Map("validationResults")!.Map("activeManifest")!;
        return [.. new[] { "success", "informational", "failure" }.SelectMany(kind => results.List(kind)!.Cast<C2pa.Cbor.CborMap>().Select(f => (kind, f.Text("code")!)))];
    }

    [Fact]
    public void A_history_grows_by_the_same_amount_with_every_generation_and_one_that_is_too_long_is_named_and_not_carried()
    {
        byte[] made = Samples.Signed("small.png");
        var lengths = new List<int>();
        var kept = new List<byte[]>();
        for (int generation = 1; generation <= CredentialIngredient.MostManifests + 1; generation++)
        {
            made = Edit(generation, Samples.TakeIn(made));
            lengths.Add(made.Length);
            if (generation is 30 or CredentialIngredient.MostManifests or CredentialIngredient.MostManifests + 1) kept.Add(made);
        }

        // What was found about a grandparent is said once, by the parent, and not again by everybody after it.
        int first = lengths[2] - lengths[1], last = lengths[CredentialIngredient.MostManifests - 2] - lengths[CredentialIngredient.MostManifests - 3];
        Assert.True(last < first + 200, $"The third generation adds {first} bytes and the last {last}.");
        Assert.All(kept, file => Assert.Equal(CredentialState.Trusted, Samples.Verify(file).State));
        Assert.All(judge.Judge(kept), verdict => Assert.True(verdict.Passed, verdict.ToString()));
        IngredientSummary long128 = Assert.Single(Samples.Verify(kept[1]).Manifest!.Ingredients), tooLong = Assert.Single(Samples.Verify(kept[2]).Manifest!.Ingredients);
        Assert.NotNull(long128.ManifestLabel);
        Assert.Null(tooLong.ManifestLabel);
        Assert.Contains($"{CredentialIngredient.MostManifests + 1} manifests, the active one {Samples.Numbered(CredentialIngredient.MostManifests).ManifestLabel}, found Trusted", tooLong.Description, StringComparison.Ordinal);
        Assert.Single(Manifests(kept[2]));
    }

    [Fact]
    public void An_ingredient_that_was_changed_after_it_was_taken_in_is_found()
    {
        byte[] edited = Edit(1, Samples.TakeIn(Samples.Signed("small.png")));
        byte[] changed = Changed.Text(edited, "digitalsourcetype/trained", "digitalsourcetype/brained");

        CredentialVerdict ours = Samples.Verify(changed);

        Assert.Equal(CredentialState.Invalid, ours.State);
        Assert.Contains(ours.Failures, f => f is { Code: "ingredient.manifest.mismatch" });
        Assert.Contains(ours.Failures, f => f is { Code: "assertion.hashedURI.mismatch", IngredientUri: not null });
        Assert.False(judge.Judge([changed])[0].Passed);
    }

    [Fact]
    public void An_input_whose_manifests_cannot_be_read_is_named_with_what_is_wrong()
    {
        byte[] broken = Samples.Signed("small.png");
        StoreFrame frame = Carrier.Open(broken).Stores[0];
        broken[frame.Start + 8 + 4] = (byte)'x';

        byte[] made = Edit(1, Samples.TakeIn(broken));

        IngredientSummary ingredient = Assert.Single(Samples.Verify(made).Manifest!.Ingredients);
        Assert.Null(ingredient.ManifestLabel);
        Assert.Contains("general.error", ingredient.Description, StringComparison.Ordinal);
        Assert.True(judge.Judge([made])[0].Passed);
    }

    [Fact]
    public void A_store_under_another_name_is_neither_checked_nor_copied()
    {
        byte[] broken = Changed.Text(Changed.Text(Samples.Signed("small.png"), "digitalsourcetype/trained", "digitalsourcetype/brained"), "c2pa\0", "c2pA\0");

        byte[] made = Edit(1, Samples.TakeIn(broken));

        CredentialVerdict ours = Samples.Verify(made);
        Assert.True(ours.State == CredentialState.Trusted, string.Join("; ", ours.Failures));
        IngredientSummary ingredient = Assert.Single(ours.Manifest!.Ingredients);
        Assert.Null(ingredient.ManifestLabel);
        Assert.Contains("claim.missing", ingredient.Description, StringComparison.Ordinal);
        Assert.True(judge.Judge([made])[0].Passed);
    }

    [Fact]
    public void Two_inputs_with_one_manifest_label_and_other_bytes_are_both_kept()
    {
        byte[] signed = Samples.Signed("small.png"), tampered = Changed.Text(signed, "digitalsourcetype/trained", "digitalsourcetype/brained");
        byte[] made = Edit(1, Samples.TakeIn(signed), Samples.TakeIn(tampered, IngredientRole.Component));

        CredentialVerdict ours = Samples.Verify(made);

        Assert.Equal(["urn:c2pa:" + Samples.Description.ManifestId, $"urn:c2pa:{Samples.Description.ManifestId}::2_1"], ours.Manifest!.Ingredients.Select(i => i.ManifestLabel));
        Assert.True(ours.State == CredentialState.Trusted, string.Join("; ", ours.Failures));
        Assert.True(judge.Judge([made])[0].Passed, judge.Judge([made])[0].ToString());
    }

    [Fact]
    public void A_description_with_two_parents_or_an_id_that_an_input_has_is_refused()
    {
        CredentialIngredient parent = Samples.TakeIn(Samples.Signed("small.png"));

        Assert.Throws<ArgumentException>(() => Edit(1, parent, parent));
        Assert.Throws<ArgumentException>(() => ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description with { Ingredients = [parent] }, Samples.Signer));
        Assert.Throws<ArgumentException>(() => ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description with { Changes = [ContentChange.Watermarked] }, Samples.Signer));
        Assert.Throws<ArgumentException>(() => ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description with { Changes = [new("c2pa.created")] }, Samples.Signer));
        Assert.Throws<ArgumentException>(() => ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description with { SoftBinding = new("no dots", new byte[1]) }, Samples.Signer));
    }

    [Fact]
    public void A_long_history_stays_valid()
    {
        byte[] file = Samples.Signed("small.jpg");
        for (int generation = 1; generation <= 30; generation++)
            file = ContentCredentials.Sign(Samples.Read("small.jpg"), Samples.Numbered(generation) with { Ingredients = [Samples.TakeIn(file)] }, Samples.Signer);

        Assert.True(Carrier.Open(file).Stores[0].Store.Length > 64 << 10);
        Assert.Equal(CredentialState.Trusted, Samples.Verify(file).State);
        Assert.True(judge.Judge([file])[0].Passed);
    }

    private static byte[] Edit(int number, params CredentialIngredient[] ingredients) => ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(number) with
    {
        SourceType = DigitalSourceType.CompositeWithTrainedAlgorithmicMedia,
        Ingredients = ingredients,
    }, Samples.Signer);

    private static byte[][] Manifests(byte[] file) => [.. JumbfBox.TryParse(Carrier.Open(file).Stores[0].Store, out _)!.Children.Select(c => c.Bytes.ToArray())];
}
