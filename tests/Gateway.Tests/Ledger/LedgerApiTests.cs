using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Gateway.Tests.Assets;
using Vitrine.Gateway.Tests.Doubles;
using Vitrine.Grains.Interfaces;
using Vitrine.Media;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Gateway.Tests.Ledger;

[Collection(nameof(GatewayFixture))]
public class LedgerApiTests(GatewayFixture fixture)
{
    private const string Asset = "asset_0000000000000000000000000b_0";
    private readonly Brand _brand = fixture.World["ledger-brand"];
    private HttpClient Auditor => fixture.Client(_brand.Issue(Scopes.Audit));

    [Fact]
    public async Task A_checkpoint_is_plain_text_and_not_to_be_kept()
    {
        _brand.LedgerHead = new("log\n1\nroot\n\n— log sig\n", 1, "log+00000000+key", DateTimeOffset.UnixEpoch);
        using var response = await Auditor.GetAsync("/v1/ledger/checkpoint");
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal(_brand.LedgerHead.Note, await response.Content.ReadAsStringAsync());
        Assert.Equal("log+00000000+key\n", await Auditor.GetStringAsync("/v1/ledger/key"));
    }

    [Fact]
    public async Task Tiles_and_entries_are_bytes_under_the_paths_of_the_specification()
    {
        _brand.Tiles[(1, 1234067, 17)] = [1, 2, 3];
        _brand.Tiles[(-1, 0, 256)] = [4, 5];
        using var tile = await Auditor.GetAsync("/v1/ledger/tile/1/x001/x234/067.p/17");
        Assert.Equal([1, 2, 3], await tile.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", tile.Content.Headers.ContentType!.ToString());
        Assert.Contains("immutable", tile.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal([4, 5], await Auditor.GetByteArrayAsync("/v1/ledger/tile/entries/000"));
    }

    [Theory]
    [InlineData("/v1/ledger/tile/0/000")]
    [InlineData("/v1/ledger/tile/1/1234067")]
    [InlineData("/v1/ledger/tile/1/x001/x234/067.p/017")]
    [InlineData("/v1/ledger/tile/1/x001/x234/067.p/257")]
    [InlineData("/v1/ledger/tile/-1/000")]
    [InlineData("/v1/ledger/tile/99999999999/000")]
    [InlineData("/v1/ledger/tile/0/..%2f..%2fcheckpoint")]
    [InlineData("/v1/ledger/tile/entries/x000/000")]
    [InlineData("/v1/assets/asset_nonsense/bundle")]
    [InlineData("/v1/assets/asset_nonsense/lineage")]
    public async Task What_is_no_place_of_the_log_is_not_there(string path) => Assert.Equal(HttpStatusCode.NotFound, (await Auditor.GetAsync(path)).StatusCode);

    [Fact]
    public async Task Proofs_are_told_with_everything_that_checking_needs()
    {
        _brand.LedgerHead = new("note", 9, "key", DateTimeOffset.UnixEpoch);
        var inclusion = await GatewayFixture.Body(await Auditor.GetAsync("/v1/ledger/proofs/inclusion?index=3"));
        Assert.Equal((3, 9, "leaf", "root"), (inclusion.GetProperty("index").GetInt32(), inclusion.GetProperty("size").GetInt32(), inclusion.GetProperty("leaf_hash").GetString(), inclusion.GetProperty("root").GetString()));
        Assert.Equal(2, inclusion.GetProperty("hashes").GetArrayLength());
        var consistency = await GatewayFixture.Body(await Auditor.GetAsync("/v1/ledger/proofs/consistency?from=3&to=5"));
        Assert.Equal((3, 5, "old", "new"), (consistency.GetProperty("from").GetInt32(), consistency.GetProperty("to").GetInt32(), consistency.GetProperty("from_root").GetString(), consistency.GetProperty("to_root").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await Auditor.GetAsync("/v1/ledger/proofs/inclusion?index=9")).StatusCode);
    }

    [Theory]
    [InlineData("/v1/ledger/proofs/inclusion")]
    [InlineData("/v1/ledger/proofs/inclusion?index=-1")]
    [InlineData("/v1/ledger/proofs/inclusion?index=1e3")]
    [InlineData("/v1/ledger/proofs/inclusion?index=99999999999999999999")]
    [InlineData("/v1/ledger/proofs/inclusion?index=1&index=2")]
    [InlineData("/v1/ledger/proofs/consistency?to=4")]
    [InlineData("/v1/ledger/proofs/consistency?from=1&to=x")]
    [InlineData("/v1/audit/events?from=yesterday")]
    [InlineData("/v1/audit/events?state=held")]
    [InlineData("/v1/audit/events?limit=0")]
    [InlineData("/v1/audit/events?limit=201")]
    [InlineData("/v1/audit/events?after=-1")]
    [InlineData("/v1/audit/events?text=")]
    [InlineData("/v1/audit/events?unknown=1")]
    public async Task A_question_that_cannot_be_read_is_refused(string path) => Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Auditor.GetAsync(path)).StatusCode);

    [Fact]
    public async Task Every_filter_of_a_search_reaches_the_log()
    {
        _brand.EventAnswer = new EventPage([new(4, 40, "job_1", 2, "job.accepted", DateTimeOffset.UnixEpoch, """{"Seed": 7}""", "job_1")], 4);
        var text = "'; drop table mt_events; --";
        var answer = await GatewayFixture.Body(await Auditor.GetAsync(
            $"/v1/audit/events?from=2026-01-01T00:00:00Z&to=2026-02-01T01:00:00%2B01:00&user=ann&model=sticker&policy=sha256:x&state=succeeded&type=job.accepted&text={Uri.EscapeDataString(text)}&limit=7&after=3"));
        var asked = fixture.World.EventQueries.Single(query => query.User == "ann");
        Assert.Equal(new EventQuery(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), "ann", "sticker", "sha256:x", JobState.Succeeded, "job.accepted", text, 3, 7), asked);
        Assert.Equal((4, 7), (answer.GetProperty("next").GetInt32(), answer.GetProperty("data")[0].GetProperty("data").GetProperty("Seed").GetInt32()));
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_told_what_would_work()
    {
        _brand.EventAnswer = new Refusal(Refused.InvalidValue, "ask for less", "from");
        using var answer = await Auditor.GetAsync("/v1/audit/events");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    [Fact]
    public async Task A_record_that_was_altered_after_it_was_logged_is_said_to_be_and_is_no_fault_of_the_server()
    {
        var brand = fixture.World["altered-brand"];
        brand.EvidenceRefusal = new Refusal(Refused.RecordAltered, "It was altered after it was logged.");
        using var answer = await fixture.Client(brand.Issue(Scopes.Audit)).GetAsync($"/v1/assets/{Asset}/bundle");
        var body = await GatewayFixture.Body(answer);
        Assert.Equal((HttpStatusCode.Conflict, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(("record_altered", "It was altered after it was logged."), (body.GetProperty("code").GetString(), body.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task A_bundle_is_a_zip_that_its_verifier_reads()
    {
        var file = "not really a picture"u8.ToArray();
        var digest = Convert.ToHexStringLower(SHA256.HashData(file));
        await fixture.Blobs.Put(_brand.Id.Value, file, CancellationToken.None);
        var signer = new NoteSigner(new byte[32]);
        var entry = new LeafEnvelope
        {
            Tenant = _brand.Id.Value, Stream = Asset, Version = 1, Sequence = 1, Type = "asset.output_produced", RecordedAt = DateTimeOffset.UnixEpoch,
            Commitment = PayloadCommitment.Of(new byte[32], "{}"u8), FileSha256 = new TreeHash(SHA256.HashData(file)),
        }.ToBytes();
        var leaf = TreeHash.OfLeaf(entry);
        var note = new Checkpoint("vitrine.example/" + _brand.Id, 1, leaf).Sign(signer);
        var platformLeaf = TreeHash.OfLeaf(note.ToBytes());
        var head = new LedgerHead(note.ToString(), 1, signer.Key("vitrine.example/" + _brand.Id).ToString(), DateTimeOffset.UnixEpoch);
        var platform = new LedgerHead(new Checkpoint("vitrine.example", 1, platformLeaf).Sign(signer).ToString(), 1, signer.Key("vitrine.example").ToString(), DateTimeOffset.UnixEpoch);
        _brand.Evidence[Asset] = new(
            AssetUrlsTests.Asset(Asset) with { Sha256 = digest, Length = file.Length }, head, new(platform, head, new(0, 1, platformLeaf.ToString(), platformLeaf.ToString(), []), null),
            [new(entry, new byte[32], "{}"u8.ToArray(), new(0, 1, leaf.ToString(), leaf.ToString(), []))], "");

        using var response = await Auditor.GetAsync($"/v1/assets/{Asset}/bundle");
        Assert.Equal("application/zip", response.Content.Headers.ContentType!.ToString());
        Assert.Equal($"attachment; filename=\"{Asset}.zip\"", response.Content.Headers.ContentDisposition!.ToString());
        var zip = await response.Content.ReadAsByteArrayAsync();
        using (var parts = new ZipArchive(new MemoryStream(zip)))
            Assert.Contains("README.md", parts.Entries.Select(part => part.FullName));
        // Everything of the log holds; the file is no picture, so its credentials do not.
        var verdict = BundleVerifier.Verify(zip, new(signer.Key("vitrine.example/" + _brand.Id), null, null, null, DateTimeOffset.UnixEpoch));
        Assert.Equal([BundleCodes.CredentialInvalid], verdict.Failures.Select(failure => failure.Code));
    }
}
