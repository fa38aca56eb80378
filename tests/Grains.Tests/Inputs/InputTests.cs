using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Inputs;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Media;
using Vitrine.Provenance;
using Vitrine.Silo;

namespace Vitrine.Grains.Tests.Inputs;

/// <summary>A picture that somebody brings: what is recorded about it, what is made from it, and its end.</summary>
[Collection(nameof(OneSilo))]
public sealed class InputTests(OneSilo silo)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private TestCluster Cluster => silo.Cluster;

    [Fact]
    public async Task What_is_brought_is_checked_once_and_the_same_bytes_are_the_same_input()
    {
        var brand = await Cluster.Tenant("inputs-brought");
        var file = Picture(80, 60, 1);

        var input = (await Bring(brand, file)).Value!;
        var again = (await Bring(brand, file)).Value!;

        Assert.Equal((InputCredential.None, null, "image/png", file.LongLength, 80, 60, "ada", null), (input.Credential, input.Manifest, input.MediaType, input.Length, input.Width, input.Height, input.User, input.DeletedAt));
        Assert.Equal((input.Id, input.ReceivedAt, 1L), (again.Id, again.ReceivedAt, again.Revision));
        Assert.Equal(["input.received"], await brand.Events(input.Id));
        // Somebody else's bytes are another input, and another tenant's id is an id of nothing.
        Assert.NotEqual(input.Id, (await Bring(brand with { Principal = brand.Principal with { User = null } }, file)).Value!.Id);
        var stranger = await Cluster.Tenant("inputs-stranger");
        Assert.Null(await Cluster.Grains.Input(new(stranger.Tenant, new(input.Id))).Get(None));
        Assert.Equal("image", (await stranger.Submit(Beginning(stranger, input.Id))).Outcome.Refusal?.Field);
    }

    [Fact]
    public async Task Credentials_are_checked_when_a_picture_is_taken_in_and_a_tampered_one_is_taken_in_as_such()
    {
        var brand = await Cluster.Tenant("inputs-credentials");
        // JPEG, since a PNG with a changed byte cannot be opened any more.
        var own = await Stored(brand, await One(brand, brand.Asks("a red apple") with { Format = PictureFormat.Jpeg }));

        var (sound, broken) = ((await Bring(brand, own)).Value!, (await Bring(brand, Tampered(own))).Value!);

        Assert.Equal(InputCredential.Trusted, sound.Credential);
        Assert.Empty(sound.Findings);
        Assert.StartsWith("urn:c2pa:", sound.Manifest, StringComparison.Ordinal);
        Assert.Equal(InputCredential.Tampered, broken.Credential);
        Assert.Contains("assertion.dataHash.mismatch", broken.Findings);
    }

    [Fact]
    public async Task What_is_made_from_a_picture_names_it_as_its_parent_with_what_was_found_then()
    {
        var brand = await Cluster.Tenant("inputs-parent");
        var own = await One(brand, brand.Asks("a red apple") with { Format = PictureFormat.Jpeg });
        var tampered = Tampered(await Stored(brand, own));
        var inputs = new { Plain = (await Bring(brand, Picture(96, 96, 2))).Value!, Tampered = (await Bring(brand, tampered)).Value! };

        var fromPlain = await One(brand, Beginning(brand, inputs.Plain.Id));
        var fromTampered = await One(brand, Beginning(brand, inputs.Tampered.Id));
        var fromOwn = await One(brand, Beginning(brand, own.Id));

        var (plain, broken, ours) = (await Manifest(brand, fromPlain), await Manifest(brand, fromTampered), await Manifest(brand, fromOwn));
        Assert.All(new[] { plain, broken, ours }, manifest => Assert.Equal(["c2pa.opened", "c2pa.edited"], manifest.Actions.Take(2).Select(action => action.Action)));
        Assert.Equal(("parentOf", inputs.Plain.Id, null), (plain.Ingredients[0].Relationship, plain.Ingredients[0].Title, plain.Ingredients[0].ManifestLabel));
        Assert.Contains("assertion.dataHash.mismatch", broken.Ingredients[0].RecordedFailures);
        Assert.Equal(own.Manifest, ours.Ingredients[0].ManifestLabel);
        Assert.Empty(ours.Ingredients[0].RecordedFailures);
        // Who cannot vouch for the parent must not say that a model made all of it.
        Assert.Equal(["compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"],
            new[] { plain, broken, ours }.Select(manifest => manifest.Actions[1].DigitalSourceType!.Split('/')[^1]));
        Assert.Contains("eu-aia-50-2", fromPlain.LabelRules);
    }

    [Fact]
    public async Task What_was_found_at_ingest_is_kept_and_is_what_the_manifest_of_a_later_picture_says()
    {
        var brand = await Cluster.Tenant("inputs-recorded");
        var own = await Stored(brand, await One(brand, brand.Asks("a red apple") with { Format = PictureFormat.Jpeg }));
        var input = (await Bring(brand, own)).Value!;
        Assert.Contains(new InputFinding(0, "signingCredential.trusted", $"self#jumbf=/c2pa/{input.Manifest}/c2pa.signature"), input.Checked!);
        var start = new JobStart(input.Id, input.Sha256, input.ReceivedAt, 0.5f);
        // Since then the roots have changed: nobody is trusted any more who was.
        var stranger = TrustAnchors.FromPem(DevelopmentChain.Create("Other", Cluster.Time.GetUtcNow()).RootPem);

        using var room = new PictureRoom();
        var picture = (await new StartPictures(Cluster.Blobs, room, Cluster.Grains).Read(brand.Tenant, start, None))!;
        var ingredient = picture.Ingredient(stranger, Cluster.Time.GetUtcNow());

        Assert.Equal(CredentialState.Trusted, ingredient.Verdict.State);
        Assert.Equal(input.Checked!.Select(finding => (finding.Code, finding.Subject)), ingredient.Verdict.Findings.Take(input.Checked!.Count).Select(finding => (finding.Code, finding.Subject)));
        Assert.Equal(("signingCredential.untrusted", true), (Assert.Single(ingredient.Verdict.Findings.Skip(input.Checked!.Count)) is var added ? added.Code : null, added!.Explanation.StartsWith("Not found when it was taken in", StringComparison.Ordinal)));
        Assert.Equal(Vitrine.Policies.ContentOrigin.Generated, LabellingQuestions.OriginOf(ingredient));
    }

    [Fact]
    public async Task The_picture_decides_what_is_made_and_only_the_steps_that_are_run_are_paid()
    {
        var brand = await Cluster.Tenant("inputs-price");
        var (red, blue) = ((await Bring(brand, Plain(64, 255, 0, 0))).Value!, (await Bring(brand, Plain(64, 0, 0, 255))).Value!);

        var fromRed = await brand.End((await brand.Submit(Beginning(brand, red.Id, strength: 0.25f))).Key);
        var fromBlue = await brand.End((await brand.Submit(Beginning(brand, blue.Id, strength: 0.25f))).Key);
        var whole = await brand.End((await brand.Submit(brand.Asks("a red apple"))).Key);

        Assert.Equal(4, whole.Steps);
        Assert.Equal(whole.ReservedMicro, 4 * fromRed.ReservedMicro);
        var (reddish, bluish) = (await Mean(brand, fromRed.Assets[0]), await Mean(brand, fromBlue.Assets[0]));
        Assert.True(reddish.Red > reddish.Blue && bluish.Blue > bluish.Red, $"{reddish} and {bluish} do not look like what they began at.");
        JobFacts.AssertEnded(await JobFacts.Of(Cluster.Database, brand.Tenant));
    }

    [Fact]
    public async Task Outside_a_mask_the_picture_stays_and_a_mask_of_another_size_is_refused()
    {
        var brand = await Cluster.Tenant("inputs-mask");
        var picture = (await Bring(brand, Plain(128, 0, 160, 0))).Value!;
        var mask = (await Bring(brand, Halved(128))).Value!;

        var job = await brand.End((await brand.Submit(Beginning(brand, picture.Id, mask.Id, strength: 1) with { Prompt = "a red apple on a white background" })).Key);
        var refused = (await brand.Submit(Beginning(brand, picture.Id, (await Bring(brand, Halved(64))).Value!.Id, strength: 1))).Outcome.Refusal!;

        Assert.Equal(JobState.Succeeded, job.State);
        var rgb = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(await Stored(brand, job.Assets[0]))).Image.ToRgb();
        // Far from the seam: on the left nothing was painted, on the right something was.
        Assert.True(Distance(rgb, 16) < 40, $"The kept half is {Distance(rgb, 16)} off.");
        Assert.True(Distance(rgb, 96) > 60, $"The repainted half is only {Distance(rgb, 96)} off.");
        Assert.Equal(("mask", Refused.InvalidValue), (refused.Field, refused.Reason));

        static double Distance(byte[] rgb, int column)
        {
            var sum = 0;
            for (var y = 32; y < 96; y++)
                for (var x = column; x < column + 16; x++) sum += Math.Abs(rgb[3 * (y * 128 + x)]) + Math.Abs(rgb[3 * (y * 128 + x) + 1] - 160) + Math.Abs(rgb[3 * (y * 128 + x) + 2]);
            return sum / (3d * 64 * 16);
        }
    }

    [Theory]
    [InlineData("image", "asset_0000000000000000000000000c_0", null, 0.5f)]
    [InlineData("image", "input_0000000000000000000000000c", null, 0.5f)]
    [InlineData("strength", "there", null, 1f)]
    [InlineData("strength", "there", "there", 0f)]
    [InlineData("mask", "there", "input_0000000000000000000000000c", 0.5f)]
    public async Task A_wish_that_cannot_be_met_names_its_field_and_changes_nothing(string field, string picture, string? mask, float strength)
    {
        var brand = await Cluster.Tenant("inputs-refused");
        var there = (await Bring(brand, Picture(64, 64, 3))).Value!.Id;

        var (key, outcome) = await brand.Submit(Beginning(brand, picture == "there" ? there : picture, mask == "there" ? there : mask, strength));

        Assert.Equal((field, Refused.InvalidValue), (outcome.Refusal?.Field, outcome.Refusal?.Reason));
        Assert.Null(await brand.Job(key));
    }

    [Fact]
    public async Task A_deleted_picture_is_gone_jobs_that_wait_for_it_fail_for_free_and_it_can_be_brought_again()
    {
        var brand = await Cluster.Tenant("inputs-deleted", userLimits: new Limits(Running: 0));
        var file = Picture(64, 64, 4);
        var input = (await Bring(brand, file)).Value!;
        var (waiting, _) = await brand.Submit(Beginning(brand, input.Id));

        var deleted = (await Cluster.Grains.Input(new(brand.Tenant, new(input.Id))).Delete("key", None))!;
        await Cluster.Grains.User(new(brand.Tenant, brand.User)).SetLimits(Limits.None, None);

        Assert.NotNull(deleted.DeletedAt);
        Assert.Equal(0, await Cluster.StoredBlobs(brand.Tenant));
        Assert.Equal("image", (await brand.Submit(Beginning(brand, input.Id))).Outcome.Refusal?.Field);
        var over = await brand.End(waiting);
        Assert.Equal((JobState.Failed, "input_gone", 0L), (over.State, over.Failure?.Code, over.SettledMicro));
        Assert.Equal((null, 3L), ((await Bring(brand, file)).Value!.DeletedAt, (await Bring(brand, file)).Value!.Revision));
        Assert.Equal(JobState.Succeeded, (await brand.End((await brand.Submit(Beginning(brand, input.Id))).Key)).State);
        JobFacts.AssertEnded(await JobFacts.Of(Cluster.Database, brand.Tenant));
    }

    [Fact]
    public async Task Bytes_that_two_records_name_stay_until_neither_does()
    {
        var brand = await Cluster.Tenant("inputs-shared");
        var asset = await One(brand, brand.Asks("a red apple"));
        var input = (await Bring(brand, await Stored(brand, asset))).Value!;
        Assert.Equal(asset.Sha256, input.Sha256);
        var time = new ShiftedTime();
        time.Advance(Cluster.Time.GetUtcNow() - time.GetUtcNow() + TimeSpan.FromMinutes(61));

        await Cluster.Grains.Asset(new(brand.Tenant, new(asset.Id))).Erase(None);
        await new OrphanSweep(Cluster.Blobs, new NamedBlobs(Cluster.Database), Cluster.Database, time, NullLogger<OrphanSweep>.Instance).Sweep(None);
        Assert.True(await Cluster.Blobs.Verify(new(brand.Tenant.Value, asset.Sha256), None));

        await Cluster.Grains.Input(new(brand.Tenant, new(input.Id))).Delete("key", None);
        Assert.False(await Cluster.Blobs.Verify(new(brand.Tenant.Value, asset.Sha256), None));
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_and_nothing_of_it_is_kept()
    {
        var brand = await Cluster.Tenant("inputs-garbage");
        var outcome = await Bring(brand, RandomNumberGenerator.GetBytes(500));
        Assert.Equal((null, Refused.InvalidValue, "file"), (outcome.Value, outcome.Refusal?.Reason, outcome.Refusal?.Field));
        Assert.Equal(0, await Cluster.StoredBlobs(brand.Tenant));
        Assert.NotNull(InputRoom.Of(InputRoom.MostInputs, 0, 1));
        Assert.NotNull(InputRoom.Of(0, InputRoom.MostBytes, 1));
        Assert.Null(InputRoom.Of(InputRoom.MostInputs - 1, InputRoom.MostBytes - 1, 1));
    }

    [Fact]
    public async Task Erasing_a_person_deletes_what_they_brought_and_keeps_what_a_colleague_did()
    {
        var brand = await Cluster.Tenant("inputs-erased");
        var none = brand with { Principal = brand.Principal with { User = null } };
        var (hers, nobodys) = ((await Bring(brand, Picture(64, 64, 5))).Value!, (await Bring(none, Picture(64, 64, 6))).Value!);

        var erasure = (await Cluster.Grains.Erasure(new(brand.Tenant, brand.User)).Erase("admin", None))!;

        Assert.Equal((0, 1), (erasure.Assets, erasure.Inputs));
        Assert.NotNull((await Cluster.Grains.Input(new(brand.Tenant, new(hers.Id))).Get(None))!.DeletedAt);
        Assert.Null((await Cluster.Grains.Input(new(brand.Tenant, new(nobodys.Id))).Get(None))!.DeletedAt);
        Assert.Equal(Refused.UserErased, (await Bring(brand, Picture(64, 64, 7))).Refusal?.Reason);
        Assert.Equal(1, await Cluster.StoredBlobs(brand.Tenant));
    }

    [Fact]
    public async Task The_lineage_of_a_picture_goes_back_to_what_was_brought()
    {
        var brand = await Cluster.Tenant("inputs-lineage");
        var input = (await Bring(brand, Picture(64, 64, 8))).Value!;
        var first = await One(brand, Beginning(brand, input.Id));
        var second = await One(brand, Beginning(brand, first.Id));

        var lineage = (await Cluster.Grains.Ledger(brand.Tenant).Lineage(new(second.Id), None))!;

        Assert.Contains(new LineageEdge("job:" + second.Job, "asset:" + first.Id, "began_at"), lineage.Edges);
        Assert.Contains(new LineageEdge("job:" + first.Job, "asset:" + first.Id, "produced"), lineage.Edges);
        Assert.Contains(new LineageEdge("job:" + first.Job, "input:" + input.Id, "began_at"), lineage.Edges);
        Assert.Contains(new LineageEdge("user:ada", "input:" + input.Id, "brought"), lineage.Edges);
    }

    [Fact]
    public async Task A_picture_made_from_another_is_made_again_from_the_record_as_long_as_the_other_is_there()
    {
        var brand = await Cluster.Tenant("inputs-replay");
        var input = (await Bring(brand, Picture(64, 64, 9))).Value!;
        var asset = await One(brand, Beginning(brand, input.Id));

        Assert.Equal(ReplayAnswer.Identical, (await Replay(brand, asset)).Answer);
        await Cluster.Grains.Input(new(brand.Tenant, new(input.Id))).Delete("key", None);
        Assert.Equal((ReplayAnswer.Failed, "input_gone"), (await Replay(brand, asset) is var verdict ? verdict.Answer : default, verdict.Failure?.Code));
    }

    [Theory]
    [InlineData(new[] { "US-CA" }, null)]
    [InlineData(new[] { "DE" }, "AI")]
    [InlineData(new[] { "CN" }, "AI生成")]
    public async Task The_market_that_a_request_states_decides_the_label_that_people_see(string[] markets, string? label)
    {
        var brand = await Cluster.Tenant("audience-" + markets[0].ToLowerInvariant());

        var asset = await One(brand, brand.Asks("a red apple", side: 256) with { Audience = new Audience(markets, null) });

        Assert.Equal(label, asset.Label?.Text);
    }

    [Fact]
    public async Task Where_somebody_answers_for_it_that_nobody_takes_it_for_real_a_rule_about_that_does_not_count()
    {
        var brand = await Cluster.Tenant("audience-unreal");
        var asset = await One(brand, brand.Asks("a red apple", side: 256) with { Audience = new Audience(["DE"], null, MayPassAsReal: false) });
        Assert.Null(asset.Label);
        Assert.DoesNotContain("eu-aia-50-4", asset.LabelRules);
    }

    private async Task<ReplayVerdict> Replay(TestTenant brand, AssetView asset)
    {
        var replays = Cluster.Grains.Replays(brand.Tenant);
        var replay = (await replays.Request(new(ReplayId.New(), new(asset.Id), "key"), None))!.Replay!;
        await Eventually.True(async () => (await replays.Get(new(replay.Id), None))!.State == ReplayState.Done, "the replay is done");
        return (await replays.Get(new(replay.Id), None))!.Verdict!;
    }

    private async Task<Outcome<InputView>> Bring(TestTenant brand, byte[] file)
    {
        var blob = await Cluster.Blobs.Put(brand.Tenant.Value, file, None);
        return await Cluster.Grains.Input(new(brand.Tenant, InputId.Of(brand.Principal, blob.Sha256))).Receive(new ReceiveInput(brand.Principal, blob.Sha256), None);
    }

    private static SubmitJob Beginning(TestTenant brand, string picture, string? mask = null, float strength = 0.5f) => brand.Asks("a red apple") with { Start = new AskedStart(picture, mask, strength) };

    private static async Task<AssetView> One(TestTenant brand, SubmitJob command)
    {
        var (key, outcome) = await brand.Submit(command);
        Assert.Null(outcome.Refusal);
        return Assert.Single((await brand.End(key)).Assets);
    }

    private async Task<byte[]> Stored(TestTenant brand, AssetView asset)
    {
        await using var content = await Cluster.Blobs.Open(new BlobKey(brand.Tenant.Value, asset.Sha256), None);
        return await content!.ReadAll(None);
    }

    private async Task<ManifestSummary> Manifest(TestTenant brand, AssetView asset)
    {
        var verdict = ContentCredentials.Verify(await Stored(brand, asset), TestCluster.Anchors, Cluster.Time.GetUtcNow());
        Assert.Equal(CredentialState.Trusted, verdict.State);
        return verdict.Manifest!;
    }

    private async Task<(double Red, double Blue)> Mean(TestTenant brand, AssetView asset)
    {
        var rgb = Assert.IsType<DecodeResult.Decoded>(ImageDecoder.Decode(await Stored(brand, asset))).Image.ToRgb();
        return (rgb.Where((_, i) => i % 3 == 0).Average(value => value), rgb.Where((_, i) => i % 3 == 2).Average(value => value));
    }

    /// <summary>The file with one bit of its picture changed, so that it can still be opened: not every change of a JPEG can.</summary>
    private static byte[] Tampered(byte[] file)
    {
        for (var from = 30; ; from++)
        {
            var changed = file.ToArray();
            changed[^from] ^= 1;
            if (ImageDecoder.Decode(changed) is DecodeResult.Decoded) return changed;
        }
    }

    private static byte[] Picture(int width, int height, int seed) => Encoded(width, height, (x, y, c) => (byte)((x * (seed + 2) + y * 3 + c * 60) % 256));

    private static byte[] Plain(int side, byte red, byte green, byte blue) => Encoded(side, side, (_, _, c) => c == 0 ? red : c == 1 ? green : blue);

    // White, which is painted anew, on the right.
    private static byte[] Halved(int side) => Encoded(side, side, (x, _, _) => x >= side / 2 ? (byte)255 : (byte)0);

    private static byte[] Encoded(int width, int height, Func<int, int, int, byte> value)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++) rgb[i] = value(i / 3 % width, i / 3 / width, i % 3);
        return ImageEncoder.Encode(rgb, width, height, ImageFormat.Png, 100);
    }
}
