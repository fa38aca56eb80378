using System.Text;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>A sound bundle is believed, and each way of forging one is named.</summary>
public sealed class BundleVerifierTests(ITestOutputHelper output)
{
    private static readonly Bundles World = new();
    private static readonly byte[] Sound = World.Zip();

    [Fact]
    public void A_sound_bundle_holds_and_tells_its_record()
    {
        var verdict = Bundles.Trust() is var trust ? BundleVerifier.Verify(Sound, trust) : null!;
        Assert.Empty(verdict.Failures);
        Assert.Equal(World.Entries.Count, verdict.Checkpoint!.Size);
        Assert.Contains("\"Prompt\": \"a red fox\"", verdict.Record, StringComparison.Ordinal);
        Assert.Contains("\"Seed\": 7", verdict.Record, StringComparison.Ordinal);
        Assert.Contains(verdict.Notes, note => note.Contains("Content Credentials of asset.png hold", StringComparison.Ordinal));
    }

    [Fact]
    public void What_was_sealed_in_a_payload_is_told_with_its_opening_and_proved_to_be_what_was_sealed()
    {
        var verdict = BundleVerifier.Verify(Bundles.Sealed().SealedZip(opened: true), Bundles.Trust());
        Assert.Empty(verdict.Failures);
        Assert.Contains("\"Prompt\": \"a red fox\"", verdict.Record, StringComparison.Ordinal);
        Assert.Contains("\"EndUser\": \"visitor\"", verdict.Record, StringComparison.Ordinal);
        Assert.DoesNotContain("Personal", verdict.Record, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_opening_the_rest_of_the_payload_is_proved_and_it_is_said_that_something_is_missing()
    {
        var zip = Bundles.Sealed().SealedZip(opened: false);
        var verdict = BundleVerifier.Verify(zip, Bundles.Trust());
        Assert.Empty(verdict.Failures);
        Assert.Contains("\"Personal\": \"erased\"", verdict.Record, StringComparison.Ordinal);
        Assert.Contains("\"User\": \"ada\"", verdict.Record, StringComparison.Ordinal);
        Assert.DoesNotContain("fox", verdict.Record, StringComparison.Ordinal);
        Assert.Contains(verdict.Notes, note => note.Contains("What a person said in event 1 of job_1 (job.prompt_submitted) is not in the bundle", StringComparison.Ordinal));
        Assert.DoesNotContain(Bundles.Unzip(zip).Keys, name => name.StartsWith("openings/", StringComparison.Ordinal));
    }

    [Fact]
    public void An_opening_of_another_text_is_refused()
    {
        var zip = Bundles.Sealed().SealedZip(opened: true);
        Refused(BundleCodes.OpeningAltered, Bundles.With(zip, "openings/0000.json", _ => """{"Prompt":"a blue fox"}"""u8.ToArray()));
        Refused(BundleCodes.OpeningAltered, Bundles.With(zip, "bundle.json", index => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(index).Replace(Convert.ToBase64String(Bundles.OpeningSalt), Convert.ToBase64String(new byte[32]), StringComparison.Ordinal))));
        Refused(BundleCodes.PartMissing, Bundles.With(zip, "openings/0000.json", _ => null));
        // An opening given to a payload that sealed nothing.
        var plain = World.Parts();
        Refused(BundleCodes.OpeningAltered, ProofBundle.Write(plain with { Events = [plain.Events[0] with { Opening = Bundles.Opening, OpeningSalt = Bundles.OpeningSalt }, .. plain.Events.Skip(1)] }));
    }

    [Fact]
    public void A_bundle_of_an_earlier_format_is_read_as_before()
    {
        foreach (var format in new[] { "vitrine-proof-bundle/1", "vitrine-proof-bundle/2" })
        {
            var old = Bundles.With(Sound, "bundle.json", index => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(index).Replace("vitrine-proof-bundle/3", format, StringComparison.Ordinal)));
            Assert.NotEqual(Sound, old);
            // Its record told no approvals.
            old = Bundles.With(old, "record.json", record => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(record).Replace(",\n  \"approvals\": \"not required by policy\"", "", StringComparison.Ordinal)));
            Assert.Empty(BundleVerifier.Verify(old, Bundles.Trust()).Failures);
        }
    }

    [Fact]
    public void Equal_parts_are_equal_bytes() => Assert.Equal(Sound, World.Zip());

    [Fact]
    public void Without_a_trusted_key_the_verdict_says_that_the_key_is_the_bundles_own() =>
        Assert.Contains(BundleVerifier.Verify(Sound, Bundles.Trust() with { LogKey = null }).Notes, note => note.Contains("bundle's own", StringComparison.Ordinal));

    [Fact]
    public void An_altered_leaf_is_refused() => Refused(BundleCodes.ProofWrong, Bundles.With(Sound, "entries/0003.cbor", entry => { entry[^1] ^= 1; return entry; }));

    [Fact]
    public void A_deleted_leaf_is_refused()
    {
        var parts = World.Parts();
        Refused(LogCodes.StreamBroken, ProofBundle.Write(parts with { Events = [.. parts.Events.Where((_, i) => i != 1)] }));
    }

    [Fact]
    public void Reordered_leaves_are_refused()
    {
        var parts = World.Parts();
        Refused(LogCodes.StreamBroken, ProofBundle.Write(parts with { Events = [parts.Events[0], parts.Events[2], parts.Events[1], .. parts.Events.Skip(3)] }));
    }

    [Fact]
    public void A_log_in_which_the_events_stand_in_another_order_is_refused()
    {
        var forged = new Bundles();
        (forged.Entries[Bundles.First + 1], forged.Entries[Bundles.First + 2]) = (forged.Entries[Bundles.First + 2], forged.Entries[Bundles.First + 1]);
        var parts = forged.Parts();
        var (one, two) = (parts.Events[1], parts.Events[2]);
        Refused(LogCodes.OrderBroken, ProofBundle.Write(parts with
        {
            Events = [parts.Events[0], two with { Salt = one.Salt, Payload = one.Payload }, one with { Salt = two.Salt, Payload = two.Payload }, .. parts.Events.Skip(3)],
        }));
    }

    [Fact]
    public void A_log_whose_tail_was_cut_off_is_refused_by_whoever_has_seen_more()
    {
        var cut = ProofBundle.Write(World.Parts(World.Checkpoint(Bundles.First + Bundles.Count)));
        Assert.Empty(BundleVerifier.Verify(cut, Bundles.Trust()).Failures);
        Refused(LogCodes.Replayed, cut, Bundles.Trust(seen: Checkpoint.Parse(World.Checkpoint().Text)));
    }

    [Fact]
    public void An_old_checkpoint_that_is_replayed_is_refused() =>
        Refused(LogCodes.Replayed, ProofBundle.Write(World.Parts(World.Checkpoint(World.Entries.Count - 1))), Bundles.Trust(seen: Checkpoint.Parse(World.Checkpoint().Text)));

    [Fact]
    public void A_forked_history_is_refused()
    {
        var forked = new Bundles();
        forked.Entries[0][^1] ^= 1;
        var seen = Checkpoint.Parse(World.Checkpoint(8).Text);
        Refused(LogCodes.Forked, ProofBundle.Write(forked.Parts()), Bundles.Trust(seen: Checkpoint.Parse(World.Checkpoint().Text)));
        Refused(LogCodes.Forked, ProofBundle.Write(forked.Parts()), Bundles.Trust(seen: seen, consistency: TreeProofs.Consistency(8, forked.Entries.Count, forked.Tree.Node)));
        Assert.Empty(BundleVerifier.Verify(Sound, Bundles.Trust(seen: seen, consistency: TreeProofs.Consistency(8, World.Entries.Count, World.Tree.Node))).Failures);
    }

    [Fact]
    public void A_foreign_signature_is_refused()
    {
        Refused(BundleCodes.KeyUntrusted, ProofBundle.Write(World.Parts(signer: Bundles.Stranger)));
        Refused(LogCodes.SignatureForeign, Bundles.With(Sound, "checkpoint", _ => World.Checkpoint(signer: Bundles.Stranger).ToBytes()));
        Refused(LogCodes.SignatureForeign, Bundles.With(Sound, "platform.tlog-proof", _ => World.Parts(signer: Bundles.Stranger).PlatformProof.ToBytes()), Bundles.Trust());
    }

    [Fact]
    public void Who_cosigned_the_platforms_checkpoint_is_told_and_a_quorum_that_is_missed_is_refused()
    {
        var (one, two) = (new NoteSigner([.. Enumerable.Repeat((byte)21, 32)]), new NoteSigner([.. Enumerable.Repeat((byte)22, 32)]));
        var keys = new[] { one.Key("w/one", NoteKeyKind.Cosignature), two.Key("w/two", NoteKeyKind.Cosignature) };
        var parts = World.Parts();
        byte[] With(params NoteSignature[] lines) => ProofBundle.Write(parts with { PlatformProof = parts.PlatformProof with { Checkpoint = lines.Aggregate(parts.PlatformProof.Checkpoint, (note, line) => note.With(line)) } });
        BundleTrust Asks(int quorum, params NoteKey[] witnesses) => Bundles.Trust() with { Witnesses = new(witnesses, quorum) };
        var text = parts.PlatformProof.Checkpoint.Text;
        var (first, second) = (one.Cosign(text, "w/one", Samples.Now), two.Cosign(text, "w/two", Samples.Now));

        var verdict = BundleVerifier.Verify(With(first, second), Asks(2, keys));
        Assert.Empty(verdict.Failures);
        Assert.Equal(2, verdict.Notes.Count(note => note.Contains("cosigned the checkpoint at", StringComparison.Ordinal)));
        Assert.Empty(BundleVerifier.Verify(With(first), Asks(1, keys)).Failures);
        Refused(LogCodes.QuorumMissed, With(first), Asks(2, keys));
        Refused(LogCodes.QuorumMissed, Sound, Asks(1, keys));
        // One witness under two names is one witness.
        Refused(LogCodes.QuorumMissed, With(first, one.Cosign(text, "w/again", Samples.Now)), Asks(2, keys[0], one.Key("w/again", NoteKeyKind.Cosignature)));
        // What a witness signed of another checkpoint, or somebody else in its name, spoils the bundle.
        Refused(LogCodes.CosignatureForged, With(one.Cosign(parts.Checkpoint.Text, "w/one", Samples.Now)), Asks(0, keys));
        Refused(LogCodes.CosignatureForged, With(second with { Name = "w/one", KeyId = keys[0].Id }), Asks(0, keys));
        Assert.Contains(BundleVerifier.Verify(With(first), Bundles.Trust()).Notes, note => note.Contains("of nobody who is known here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_time_stamp_of_the_platforms_checkpoint_is_told_and_one_of_anything_else_is_refused()
    {
        var certificates = DevelopmentChain.CreateTimeStampAuthority("Stamps", TimeProvider.System.GetUtcNow());
        using var authority = new DevelopmentTimeStampAuthority(certificates.ChainPem, certificates.LeafKeyPem, TimeProvider.System);
        var parts = World.Parts();
        var stamped = ProofBundle.Write(parts with { PlatformStamp = await CheckpointStamp.Take(parts.PlatformProof.Checkpoint, authority, CancellationToken.None) });
        var trust = Bundles.Trust() with { Anchors = TrustAnchors.FromPem(Samples.Certificates.RootPem, certificates.RootPem) };
        var verdict = BundleVerifier.Verify(stamped, trust);
        Assert.Empty(verdict.Failures);
        Assert.Contains(verdict.Notes, note => note.Contains("authority attests the platform's checkpoint", StringComparison.Ordinal));
        Assert.Contains(BundleVerifier.Verify(stamped, Bundles.Trust()).Notes, note => note.Contains("not trusted here", StringComparison.Ordinal));
        Refused(BundleCodes.StampWrong, ProofBundle.Write(parts with { PlatformStamp = await CheckpointStamp.Take(parts.Checkpoint, authority, CancellationToken.None) }), trust);
        Refused(BundleCodes.StampWrong, ProofBundle.Write(parts with { PlatformStamp = [1, 2, 3] }), trust);
    }

    [Fact]
    public async Task A_bundle_of_a_stamped_file_outlives_the_signers_certificate()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        var stamped = await ContentCredentials.Sign(Samples.Read("small.png"), Samples.Description, Samples.Signer, authority, CancellationToken.None);
        var parts = new Bundles(file: stamped.Bytes).Parts();
        var (later, own) = (Bundles.Trust() with { At = Samples.Now.AddDays(1000) }, Bundles.Trust() with { Anchors = null, At = Samples.Now.AddDays(1000) });

        Assert.Empty(BundleVerifier.Verify(ProofBundle.Write(parts), later).Failures);
        Assert.Empty(BundleVerifier.Verify(ProofBundle.Write(parts), own).Failures);
        // The stamp is what carries it: whoever does not trust the authority cannot know that the certificate was good then.
        Refused(BundleCodes.CredentialInvalid, ProofBundle.Write(parts with { TimeStampAnchorPem = null }), own);
        Refused(BundleCodes.CredentialInvalid, ProofBundle.Write(parts), later with { Anchors = TrustAnchors.FromPem(Samples.Certificates.RootPem) });
        Refused(BundleCodes.CredentialInvalid, World.Zip(), own);
        Refused(BundleCodes.KeyMalformed, Bundles.With(ProofBundle.Write(parts), "keys/tsa-root.pem", _ => "no certificate"u8.ToArray()), own);
        Assert.Contains("--tsa-root", Encoding.UTF8.GetString(Bundles.Unzip(ProofBundle.Write(parts))["README.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proof_for_another_tree_is_refused()
    {
        var rival = new Bundles("rival");
        var note = rival.Checkpoint(tenant: "rival");
        var proof = new LogProof(Bundles.First, TreeProofs.Inclusion(Bundles.First, rival.Entries.Count, rival.Tree.Node), note);
        Refused(BundleCodes.ProofOfAnotherTree, Bundles.With(Sound, "proofs/0000.tlog-proof", _ => proof.ToBytes()));
        var older = World.Checkpoint(Bundles.First + 1);
        Refused(BundleCodes.ProofOfAnotherTree, Bundles.With(Sound, "proofs/0000.tlog-proof", _ => new LogProof(Bundles.First, TreeProofs.Inclusion(Bundles.First, Bundles.First + 1, World.Tree.Node), older).ToBytes()));
        Refused(BundleCodes.ProofWrong, Bundles.With(Sound, "proofs/0000.tlog-proof", _ => Bundles.Unzip(Sound)["proofs/0001.tlog-proof"]));
    }

    [Fact]
    public void The_log_of_another_tenant_is_refused() =>
        Refused(LogCodes.OriginForeign, Bundles.With(Sound, "bundle.json", json => Text(json, "\"acme\"", "\"rival\"")));

    [Fact]
    public void Altered_payloads_files_and_records_are_refused()
    {
        Refused(BundleCodes.PayloadAltered, Bundles.With(Sound, "payloads/0000.json", json => Text(json, "red fox", "fat fox")));
        Refused(BundleCodes.RecordDiffers, Bundles.With(Sound, "record.json", json => Text(json, "red fox", "fat fox")));
        Refused(BundleCodes.FileAltered, Bundles.With(Sound, "asset.png", file => { file[^20] ^= 1; return file; }));
        Refused(BundleCodes.PlatformWrong, Bundles.With(Sound, "platform.tlog-proof", proof => Text(proof, "index 0", "index 1")));
    }

    [Theory]
    [InlineData("README.md", null)]
    [InlineData("bundle.json", BundleCodes.PartMissing)]
    [InlineData("record.json", BundleCodes.PartMissing)]
    [InlineData("checkpoint", BundleCodes.PartMissing)]
    [InlineData("platform.tlog-proof", BundleCodes.PartMissing)]
    [InlineData("keys/ledger.vkey", BundleCodes.PartMissing)]
    [InlineData("keys/root.pem", null)]
    [InlineData("keys/tsa-root.pem", null)]
    [InlineData("asset.png", BundleCodes.PartMissing)]
    [InlineData("entries/0002.cbor", BundleCodes.PartMissing)]
    [InlineData("payloads/0002.json", BundleCodes.PartMissing)]
    [InlineData("proofs/0002.tlog-proof", BundleCodes.PartMissing)]
    public void A_part_that_is_missing_is_missed_where_it_proves_something(string part, string? code)
    {
        var without = Bundles.With(Sound, part, _ => null);
        if (code is null) Assert.Empty(BundleVerifier.Verify(without, Bundles.Trust()).Failures);
        else Refused(code, without);
    }

    [Fact]
    public async Task The_manifest_is_a_part_of_its_own_that_is_proved_with_the_file_and_without_it()
    {
        using var authority = new DevelopmentTimeStampAuthority(Samples.TimeStampCertificates.ChainPem, Samples.TimeStampCertificates.LeafKeyPem, TimeProvider.System);
        // Made from a picture with credentials of its own, and stamped late: two manifests of ours above one that was brought.
        var brought = await ContentCredentials.Sign(Samples.Read("small.jpg"), Samples.Description, Samples.Signer, authority, CancellationToken.None);
        var signed = ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(1) with { Ingredients = [Samples.TakeIn(brought.Bytes)] }, Samples.Signer);
        var file = await ContentCredentials.AddTimeStamp(signed, new("9c1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11", Samples.Now, "Vitrine", "0.1.0"), Samples.Signer, authority, Samples.Anchors, Samples.Now, CancellationToken.None);
        var parts = new Bundles(file: file).Parts();
        var with = ProofBundle.Write(parts with { Manifest = ManifestStoreBytes.Of(file) });
        var kept = ManifestStoreBytes.OwnOf(file)!;
        var without = ProofBundle.Write(parts with { File = null, Manifest = kept });
        var later = Bundles.Trust() with { At = Samples.Now.AddDays(1000) };

        Assert.Empty(BundleVerifier.Verify(with, later).Failures);
        var verdict = BundleVerifier.Verify(without, later);
        Assert.Empty(verdict.Failures);
        Assert.Contains(verdict.Notes, note => note.Contains("The manifest of the deleted file was kept and holds, signed by Example Brand under a root that is trusted", StringComparison.Ordinal));
        // What the picture that was brought said of itself is not kept.
        Assert.DoesNotContain(Samples.Description.ManifestLabel + "\0", Encoding.Latin1.GetString(kept), StringComparison.Ordinal);
        Assert.Contains(Samples.Description.ManifestLabel + "\0", Encoding.Latin1.GetString(ManifestStoreBytes.Of(file)!), StringComparison.Ordinal);

        Refused(BundleCodes.ManifestAltered, Bundles.With(with, "manifest.c2pa", store => Flipped(store, store.Length - 100)));
        Refused(BundleCodes.ManifestAltered, Bundles.With(without, "manifest.c2pa", store => Flipped(store, store.AsSpan().IndexOf("trainedAlgorithmicMedia"u8))));
        Refused(BundleCodes.ManifestAltered, Bundles.With(without, "manifest.c2pa", _ => "no store"u8.ToArray()));
        Refused(BundleCodes.ManifestDiffers, Bundles.With(without, "manifest.c2pa", _ => ManifestStoreBytes.OwnOf(Bundles.File)));
        Refused(BundleCodes.PartMissing, Bundles.With(without, "manifest.c2pa", _ => null));

        static byte[] Flipped(byte[] bytes, int at)
        {
            bytes[at] ^= 1;
            return bytes;
        }
    }

    [Fact]
    public void What_was_brought_for_the_asset_and_its_replays_are_told_and_what_has_nothing_to_do_with_it_is_refused()
    {
        var world = Bundles.WithRelated();
        var zip = ProofBundle.Write(world.RelatedParts("input_1", "replay_1"));
        var verdict = BundleVerifier.Verify(zip, Bundles.Trust());

        Assert.Empty(verdict.Failures);
        foreach (var told in new[] { "\"approvals\": \"not required by policy\"", "\"Id\": \"input_1\"", "\"Credential\": \"Trusted\"", "\"Id\": \"replay_1\"", "\"Answer\": \"Identical\"" })
            Assert.Contains(told, verdict.Record, StringComparison.Ordinal);
        Refused(BundleCodes.RelatedForeign, ProofBundle.Write(world.RelatedParts("input_1", "replay_2")));
        Refused(BundleCodes.RelatedForeign, ProofBundle.Write(world.RelatedParts("input_2")));
        Refused(BundleCodes.SubjectDiffers, Bundles.With(zip, "bundle.json", index => Text(index, "\"input_1\",", "")));
        Refused(BundleCodes.RecordDiffers, Bundles.With(zip, "record.json", record => Text(record, "not required by policy", "given by the board")));
        Refused(BundleCodes.RecordDiffers, Bundles.With(zip, "record.json", record => Text(record, "Identical", "Different")));
        Refused(BundleCodes.PayloadAltered, Bundles.With(zip, "payloads/0006.json", payload => Text(payload, "Trusted", "Trusteb")));
        Refused(BundleCodes.ProofWrong, Bundles.With(zip, "entries/0007.cbor", entry => { entry[^1] ^= 1; return entry; }));
    }

    [Fact]
    public void An_erased_payload_is_said_to_be_erased_and_the_rest_holds()
    {
        var parts = World.Parts();
        var erased = ProofBundle.Write(parts with { File = null, Events = [parts.Events[0] with { Salt = null, Payload = null }, .. parts.Events.Skip(1)] });
        var verdict = BundleVerifier.Verify(erased, Bundles.Trust());
        Assert.Empty(verdict.Failures);
        Assert.Contains("\"request\": \"erased\"", verdict.Record, StringComparison.Ordinal);
        Assert.DoesNotContain("fox", Encoding.Latin1.GetString(erased), StringComparison.Ordinal);
        Assert.Contains(verdict.Notes, note => note.Contains("erased", StringComparison.Ordinal));
        Assert.Contains(verdict.Notes, note => note.Contains("deleted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../../etc/passwd", BundleCodes.PathUnsafe)]
    [InlineData("/etc/passwd", BundleCodes.PathUnsafe)]
    [InlineData("entries/../../x", BundleCodes.PathUnsafe)]
    [InlineData("..\\..\\x", BundleCodes.PathUnsafe)]
    [InlineData("C:\\x", BundleCodes.PathUnsafe)]
    [InlineData("extra.txt", BundleCodes.PartUnexpected)]
    [InlineData("entries/0000.cbor\n", BundleCodes.PartUnexpected)]
    [InlineData("entries/", BundleCodes.PartUnexpected)]
    [InlineData("checkpoint", BundleCodes.PartTwice)]
    public void A_part_of_another_name_is_refused(string name, string code) =>
        Refused(code, Bundles.Rezip(Bundles.Unzip(Sound).Select(part => (part.Key, part.Value)).Append((name, "x"u8.ToArray()))));

    [Fact]
    public void A_zip_bomb_is_refused_before_it_unpacks()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(BundleCodes.TooLarge, Bundles.Rezip([("bundle.json", new byte[200 << 20])]));
        var bomb = Bundles.Rezip([("asset.png", new byte[(256 << 20) + 1])]);
        before = GC.GetAllocatedBytesForCurrentThread();
        Refused(BundleCodes.TooLarge, bomb);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2L << 30, "Unpacking a bomb took more than its bound.");
        Refused(BundleCodes.TooLarge, Bundles.Rezip(Enumerable.Range(0, 2100).Select(i => (string.Create(null, $"entries/{i:0000}.cbor"), Array.Empty<byte>()))));
    }

    [Fact]
    public void What_is_no_zip_is_refused()
    {
        Refused(BundleCodes.ZipMalformed, []);
        Refused(BundleCodes.ZipMalformed, "PK, and nothing behind it"u8.ToArray());
        Refused(BundleCodes.ZipMalformed, Sound[..^30]);
        Refused(BundleCodes.IndexMalformed, Bundles.With(Sound, "bundle.json", _ => "{}"u8.ToArray()));
        Refused(BundleCodes.IndexMalformed, Bundles.With(Sound, "bundle.json", _ => Encoding.UTF8.GetBytes(new string('[', 100_000))));
        Refused(BundleCodes.IndexMalformed, Bundles.With(Sound, "bundle.json", json => Text(json, "bundle/3", "bundle/4")));
    }

    [Fact]
    public void No_mutation_crashes_the_verifier_or_changes_what_is_proved()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var record = BundleVerifier.Verify(Sound, Bundles.Trust()).Record;
        var parts = Bundles.Unzip(Sound);
        for (var i = 0; i < 3000; i++)
        {
            var name = parts.Keys.ElementAt(random.Next(parts.Count));
            var mutated = i % 2 == 0 ? HostileTextTests.Mutate(Sound, random) : Bundles.With(Sound, name, part => HostileTextTests.Mutate(part, random));
            var verdict = BundleVerifier.Verify(mutated, Bundles.Trust());
            if (verdict.Holds) Assert.Equal(record, verdict.Record);
        }
    }

    private static void Refused(string code, byte[] zip, BundleTrust? trust = null)
    {
        var verdict = BundleVerifier.Verify(zip, trust ?? Bundles.Trust());
        Assert.Contains(code, verdict.Failures.Select(failure => failure.Code));
        Assert.Null(verdict.Record);
        Assert.Null(verdict.Checkpoint);
    }

    private static byte[] Text(byte[] bytes, string from, string to)
    {
        var text = Encoding.UTF8.GetString(bytes);
        Assert.Contains(from, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
    }
}
