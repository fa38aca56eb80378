using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using Vitrine.Local;
using Vitrine.Provenance;
using Vitrine.Provenance.Ledger;
using Xunit.Abstractions;

namespace Vitrine.System.Tests;

/// <summary>A person is forgotten, on the whole system: what they said is nowhere, what they did stays proved.</summary>
[Collection(SystemCollection.Name)]
public sealed class ErasureTests(SystemFixture system)
{
    [Fact]
    public async Task What_a_person_says_is_in_no_backup_no_blob_and_no_log_before_or_after_they_are_erased()
    {
        var secret = "quince orchard of samarkand " + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var tenant = await system.NewTenant();
        using var brand = system.Client(tenant.ApiKey);
        using var admin = system.Client(await system.AdminKeyOf(tenant.Id));
        using var auditor = system.Client(await system.AuditKey(tenant.Id));
        var answer = await brand.PostJob(new { prompt = $"a house in the {secret}", negative_prompt = $"fog over the {secret}", n = 2, size = "64x64", previews = 2, metadata = new { note = secret } });
        Assert.True(answer.Status == HttpStatusCode.Accepted, $"{answer.Status}: {answer.Body}");
        var id = answer.Body.GetProperty("id").GetString()!;
        var job = await brand.End(id);
        Assert.Equal("succeeded", job.GetProperty("state").GetString());
        Assert.Equal($"a house in the {secret}", job.GetProperty("prompt").GetString());
        var asset = job.GetProperty("assets")[0].GetProperty("id").GetString()!;
        var link = job.GetProperty("assets")[0].GetProperty("url").GetString()!;
        await brand.PostJob(new { prompt = $"a nude woman in the {secret}" });
        await brand.Post("/v1/images/generations", new { prompt = $"a house in the {secret}", size = "auto", user = secret, n = 1 });
        // A search that names it, and questions that nobody can answer.
        await Wire.Eventually(async () => (await Found(auditor, secret)).Count > 0, () => "the auditor finds the job by its words");
        var before = await Dump();

        var usage = (await brand.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetRawText();
        var erased = await admin.Post($"/v1/admin/tenants/{tenant.Id}/users/{tenant.User}/erase", new { });
        Assert.True(erased.Status == HttpStatusCode.OK, $"{erased.Status}: {erased.Body}");
        Assert.Equal(("erased", 3, 3), (erased.Body.GetProperty("state").GetString(), erased.Body.GetProperty("jobs").GetInt32(), erased.Body.GetProperty("assets").GetInt32()));
        var after = await Dump();

        // The backup that was taken before, and the one after.
        foreach (var dump in new[] { before, after })
        {
            Assert.True(Traces.Holds(dump, id), "The dump does not even hold the job's id; the search proves nothing.");
            Assert.Empty(Traces.Of(secret, dump));
        }
        Assert.Empty(Traces.InFolder(secret, system.Platform.Blobs));
        Assert.Empty(Traces.InFolder(secret, system.Platform.Logs));

        // The older one restored after the erasure: all events are there again, and nothing that opens them.
        var restored = await Restore(before);
        await using (var source = NpgsqlDataSource.Create(restored))
        {
            await using var events = source.CreateCommand("select count(*) from vitrine.mt_events where stream_id = $1 and data ? 'Personal'");
            events.Parameters.AddWithValue(id);
            Assert.True((long)(await events.ExecuteScalarAsync())! > 0, "The backup does not hold the job's events; it proves nothing.");
            await using var keys = source.CreateCommand("select count(*) from information_schema.tables where table_schema = 'vitrine_keys'");
            Assert.Equal(0L, await keys.ExecuteScalarAsync());
        }
        await using (var source = NpgsqlDataSource.Create(system.Platform.KeyDatabase))
        {
            await using var key = source.CreateCommand("select key is null from vitrine_keys.subject_key where tenant_id = $1 and user_id = $2");
            key.Parameters.AddWithValue(tenant.Id);
            key.Parameters.AddWithValue(tenant.User);
            Assert.Equal(true, await key.ExecuteScalarAsync());
        }

        // What the API tells.
        var told = (await brand.Get($"/v1/jobs/{id}")).Body;
        Assert.True(told.GetProperty("erased").GetBoolean());
        Assert.False(told.TryGetProperty("prompt", out _) || told.TryGetProperty("negative_prompt", out _) || told.TryGetProperty("metadata", out _) || told.GetProperty("assets")[0].TryGetProperty("url", out _));
        var record = await brand.Get($"/v1/assets/{asset}");
        Assert.Equal((HttpStatusCode.OK, true), (record.Status, record.Body.GetProperty("erased").GetBoolean()));
        foreach (var path in new[] { $"/v1/assets/{asset}/content", link })
        {
            var gone = await brand.Get(path);
            Assert.Equal((HttpStatusCode.Gone, "erased"), (gone.Status, gone.Code));
        }
        Assert.Equal((HttpStatusCode.Gone, "user_erased"), await StatusAndCode(brand.PostJob(new { prompt = "anything" })));
        Assert.Equal((HttpStatusCode.Gone, "user_erased"), await StatusAndCode(brand.Post("/v1/images/generations", new { prompt = "anything" })));
        foreach (var (client, path) in new[] { (brand, "/v1/jobs?limit=100"), (brand, $"/v1/jobs/{id}"), (brand, $"/v1/assets/{asset}"), (auditor, $"/v1/audit/events?user={tenant.User}&limit=200"), (auditor, $"/v1/assets/{asset}/lineage"), (admin, $"/v1/admin/tenants/{tenant.Id}/users/{tenant.User}"), (admin, $"/v1/admin/tenants/{tenant.Id}/users") })
        {
            var read = await client.Get(path);
            Assert.True(read.Status == HttpStatusCode.OK, $"{path} was answered with {(int)read.Status}");
            Assert.Empty(Traces.Of(secret, read.Bytes));
            Assert.DoesNotContain("Ann\"", Encoding.UTF8.GetString(read.Bytes), StringComparison.Ordinal);
        }
        Assert.Empty(await Found(auditor, secret));
        Assert.Equal(usage, (await brand.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetRawText());

        // Others may not, and learn nothing.
        var rival = await system.NewTenant();
        using var stranger = system.Client(await system.AdminKeyOf(rival.Id));
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.Post($"/v1/admin/tenants/{tenant.Id}/users/{tenant.User}/erase", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Post($"/v1/admin/tenants/{tenant.Id}/users/nobody/erase", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await auditor.Post($"/v1/admin/tenants/{tenant.Id}/users/{tenant.User}/erase", new { })).Status);
    }

    [Fact]
    public async Task The_auditors_walk_goes_on_after_an_erasure()
    {
        var tenant = await system.NewTenant();
        using var brand = system.Client(tenant.ApiKey);
        using var admin = system.Client(await system.AdminKeyOf(tenant.Id));
        using var auditor = system.Client(await system.AuditKey(tenant.Id));
        var job = await brand.End((await brand.PostJob(new { prompt = "a lilac door in a white wall", size = "512x512", seed = 21 })).Body.GetProperty("id").GetString()!);
        Assert.Equal("succeeded", job.GetProperty("state").GetString());

        // Query, lineage, bundle, offline verification.
        var found = new List<JsonElement>();
        await Wire.Eventually(async () => (found = await Found(auditor, "lilac door")).Exists(e => e.GetProperty("type").GetString() == "job.completed"), () => "the events of the job are in the log");
        Assert.Contains(found, e => e.GetProperty("type").GetString() == "job.prompt_submitted" && e.GetProperty("data").GetProperty("Prompt").GetString() == "a lilac door in a white wall");
        var asset = found.Find(e => e.GetProperty("type").GetString() == "asset.output_produced").GetProperty("stream").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await auditor.Get($"/v1/assets/{asset}/lineage")).Status);
        var old = (await auditor.Get($"/v1/assets/{asset}/bundle")).Bytes;
        var verdict = BundleVerifier.Verify(old, Trust(tenant.Id));
        Assert.Empty(verdict.Failures);
        Assert.Contains("\"Prompt\": \"a lilac door in a white wall\"", verdict.Record, StringComparison.Ordinal);
        var file = (await brand.Get($"/v1/assets/{asset}/content")).Bytes;
        var usage = (await brand.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetRawText();

        // Erasure, and its record in the log.
        var erasure = (await admin.Post($"/v1/admin/tenants/{tenant.Id}/users/{tenant.User}/erase", new { })).Body;
        Assert.Equal("user.erased", erasure.GetProperty("event").GetProperty("type").GetString());
        var index = erasure.GetProperty("event").GetProperty("index").GetInt64();
        await Wire.Eventually(async () => (await auditor.Get("/v1/audit/events?type=user.erased")).Body.GetProperty("data").GetArrayLength() == 1, () => "the erasure is in the log");
        Assert.Equal(index, (await auditor.Get("/v1/audit/events?type=user.erased")).Body.GetProperty("data")[0].GetProperty("index").GetInt64());

        // The old bundle still verifies, with what it told.
        Assert.Equal(verdict.Record, BundleVerifier.Verify(old, Trust(tenant.Id)).Record);

        // A new one says that it was erased, and proves that it was there; the log continues the one that was seen.
        var later = (await auditor.Get($"/v1/assets/{asset}/bundle")).Bytes;
        var proof = (await auditor.Get($"/v1/ledger/proofs/consistency?from={verdict.Checkpoint!.Size}")).Body;
        var hashes = proof.GetProperty("hashes").EnumerateArray().Select(hash => TreeHash.TryParse(hash.GetString(), out var read) ? read : throw new FormatException()).ToList();
        var second = BundleVerifier.Verify(later, Trust(tenant.Id) with { Seen = verdict.Checkpoint, Consistency = hashes });
        Assert.Empty(second.Failures);
        Assert.DoesNotContain("lilac", second.Record, StringComparison.Ordinal);
        Assert.Contains("\"Personal\": \"erased\"", second.Record, StringComparison.Ordinal);
        Assert.Contains("\"Seed\": 21", second.Record, StringComparison.Ordinal);
        Assert.Contains("\"erased\": {", second.Record, StringComparison.Ordinal);
        Assert.Contains(second.Notes, note => note.StartsWith(asset + " was erased on ", StringComparison.Ordinal));
        using (var parts = new ZipArchive(new MemoryStream(later))) Assert.DoesNotContain(parts.Entries, part => part.FullName.StartsWith("openings/", StringComparison.Ordinal) || part.FullName == "asset.png");
        // The manifest outlives the file, and who signed it and when stays proved.
        Assert.Contains(second.Notes, note => note.StartsWith("The manifest of the deleted file was kept and holds, signed by ", StringComparison.Ordinal));

        // The log verifies from its beginning, what was used is as before, and whoever holds a copy still learns where it came from.
        await AssertLogHolds(tenant.Id);
        Assert.Equal(usage, (await brand.Get($"/v1/projects/{tenant.Project}/usage")).Body.GetRawText());
        using var anybody = new HttpClient { BaseAddress = system.Gateway };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/verify") { Content = new ByteArrayContent(file) { Headers = { ContentType = new("image/png") } } };
        var verified = (await anybody.Ask(request)).Body;
        Assert.True(verified.GetProperty("credential").GetProperty("picture").GetProperty("erased").GetBoolean(), verified.GetRawText());
        Assert.True(verified.GetProperty("watermark").GetProperty("picture").GetProperty("erased").GetBoolean(), verified.GetRawText());
        Assert.True(verified.GetProperty("credential").GetProperty("picture").GetProperty("in_signed_checkpoint").GetBoolean());
        // They can prove it with the key that the operator publishes, and do not learn whose log it is.
        var log = verified.GetProperty("credential").GetProperty("picture").GetProperty("log_record");
        var inclusion = log.GetProperty("inclusion");
        Assert.True(NoteKey.TryParse((await File.ReadAllTextAsync(system.Platform.LedgerKey)).Trim(), out var published));
        var receipt = new InclusionReceipt(published!.Name, Hash(inclusion.GetProperty("leaf_hash")), inclusion.GetProperty("index").GetInt64(), inclusion.GetProperty("size").GetInt64(), Hash(inclusion.GetProperty("root")));
        Assert.True(receipt.IsProvedBy(SignedNote.Parse(Encoding.UTF8.GetBytes(log.GetProperty("receipt").GetString()!))!, new NoteKey(InclusionReceipt.NameOf(published.Name), published.Kind, published.Bytes.Span),
            [.. inclusion.GetProperty("hashes").EnumerateArray().Select(Hash)]));
        Assert.DoesNotContain(tenant.Id, verified.GetRawText(), StringComparison.Ordinal);

        static TreeHash Hash(JsonElement text) => TreeHash.TryParse(text.GetString(), out var read) ? read : throw new FormatException();
    }

    [Fact]
    public async Task An_auditor_who_finds_an_altered_record_is_told_so()
    {
        var tenant = await system.NewTenant();
        using var brand = system.Client(tenant.ApiKey);
        using var auditor = system.Client(await system.AuditKey(tenant.Id));
        var job = await brand.End((await brand.PostJob(new { prompt = "a red kite", size = "64x64" })).Body.GetProperty("id").GetString()!);
        var asset = job.GetProperty("assets")[0].GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await auditor.Get($"/v1/assets/{asset}/bundle")).Status);

        await using var database = NpgsqlDataSource.Create(system.Platform.Database);
        await using (var command = database.CreateCommand("update vitrine.mt_events set data = jsonb_set(data, '{Seed}', '12345') where tenant_id = $1 and type = 'job.accepted'"))
        {
            command.Parameters.AddWithValue(tenant.Id);
            await command.ExecuteNonQueryAsync();
        }

        var answer = await auditor.Get($"/v1/assets/{asset}/bundle");
        Assert.Equal((HttpStatusCode.Conflict, "record_altered"), (answer.Status, answer.Code));
        Assert.Contains("altered after it was logged", answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private BundleTrust Trust(string tenant)
    {
        Assert.True(NoteKey.TryParse(File.ReadAllText(system.Platform.LedgerKey).Trim(), out var key));
        return new(new NoteKey($"{key!.Name}/{tenant}", key.Kind, key.Bytes.Span), TrustAnchors.FromPem(File.ReadAllText(system.Platform.Access.TrustAnchor)), null, null, TimeProvider.System.GetUtcNow());
    }

    private async Task AssertLogHolds(string tenant)
    {
        await using var database = NpgsqlDataSource.Create(system.Platform.Database);
        var checkpoints = new List<Checkpoint>();
        await using (var command = database.CreateCommand("select note from vitrine.ledger_checkpoint where log = $1 order by size"))
        {
            command.Parameters.AddWithValue(tenant);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) checkpoints.Add(Checkpoint.Open(SignedNote.Parse(Encoding.UTF8.GetBytes(rows.GetString(0)))!, Trust(tenant).LogKey!)!);
        }
        Assert.NotEmpty(checkpoints);
        var audit = new LogAudit(tenant, checkpoints);
        await using (var command = database.CreateCommand("select entry from vitrine.ledger_leaf where log = $1 order by idx"))
        {
            command.Parameters.AddWithValue(tenant);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync()) audit.Add(rows.GetFieldValue<byte[]>(0));
        }
        Assert.Empty(audit.End());
        Assert.True(audit.Count >= checkpoints[^1].Size);
    }

    private static async Task<List<JsonElement>> Found(HttpClient auditor, string text) =>
        [.. (await auditor.Get($"/v1/audit/events?text={Uri.EscapeDataString(text)}&limit=200")).Body.GetProperty("data").EnumerateArray()];

    private static async Task<(HttpStatusCode, string)> StatusAndCode(Task<Answer> asked)
    {
        var answer = await asked;
        return (answer.Status, answer.Code);
    }

    /// <summary>An ordinary backup of the events' database: all that is in it.</summary>
    private async Task<byte[]> Dump()
    {
        var server = await PostgresBinaries.Find(CancellationToken.None) ?? throw new InvalidOperationException("There is no PostgreSQL.");
        var connection = new NpgsqlConnectionStringBuilder(system.Platform.Database);
        var dumped = await Command.Run(Path.Combine(server.Folder, "pg_dump"),
            ["-h", connection.Host!, "-p", connection.Port.ToString(CultureInfo.InvariantCulture), "-U", connection.Username!, connection.Database!], CancellationToken.None,
            environment: new Dictionary<string, string?> { ["PGPASSWORD"] = connection.Password });
        Assert.True(dumped.ExitCode == 0, dumped.Errors);
        return Encoding.UTF8.GetBytes(dumped.Output);
    }

    /// <summary>Connection string of a new database made from a backup.</summary>
    private async Task<string> Restore(byte[] dump)
    {
        var server = await PostgresBinaries.Find(CancellationToken.None) ?? throw new InvalidOperationException("There is no PostgreSQL.");
        var made = await system.Platform.Postgres!.CreateDatabase("restored_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), CancellationToken.None);
        var (connection, file) = (new NpgsqlConnectionStringBuilder(made), Path.GetTempFileName());
        await File.WriteAllBytesAsync(file, dump);
        var restored = await Command.Run(Path.Combine(server.Folder, "psql"),
            ["--quiet", "--set=ON_ERROR_STOP=1", "-h", connection.Host!, "-p", connection.Port.ToString(CultureInfo.InvariantCulture), "-U", connection.Username!, "-d", connection.Database!, "-f", file], CancellationToken.None,
            environment: new Dictionary<string, string?> { ["PGPASSWORD"] = connection.Password });
        File.Delete(file);
        Assert.True(restored.ExitCode == 0, restored.Errors);
        return made;
    }
}

/// <summary>Erasing, with the silo killed in the middle of it.</summary>
public sealed class ErasureCrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Jobs = 6, Images = 4;
    private readonly string _folder = Directory.CreateTempSubdirectory("vitrine-erasure-").FullName;
    private LocalPlatform _platform = null!;

    public async Task InitializeAsync() =>
        _platform = await LocalPlatform.Start(new() { Repository = Repository.Find(AppContext.BaseDirectory), Folder = _folder }, CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _platform.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Killed when the erasing was recorded, when the key was destroyed, when the first picture was: each time all is done after the restart, and once.</summary>
    [Fact]
    public async Task A_silo_that_is_killed_in_the_middle_of_an_erasing_leaves_nothing_behind_and_nothing_undone()
    {
        string[] moments =
        [
            "select exists (select from vitrine.mt_events where tenant_id = $1 and type = 'user.erasure_begun' and stream_id = $2)",
            "select exists (select from vitrine_keys.subject_key where tenant_id = $1 and 'user/' || user_id = $2 and key is null)",
            "select exists (select from vitrine.mt_events where tenant_id = $1 and type = 'asset.erased' and $2 <> '')",
            "select exists (select from vitrine.mt_events where tenant_id = $1 and type = 'asset.erased' and $2 <> '' offset 7)",
        ];
        var interrupted = 0;
        await using var database = NpgsqlDataSource.Create(_platform.Database);
        await using var keys = NpgsqlDataSource.Create(_platform.KeyDatabase);
        foreach (var (round, moment) in moments.Index())
        {
            using var admin = Client(_platform.Access.AdminKey);
            var (tenant, user) = ($"crash-{round}", "ann");
            await Must(admin.Post("/v1/admin/tenants", new { id = tenant }));
            await Must(admin.Post($"/v1/admin/tenants/{tenant}/projects", new { id = "campaign" }));
            await Must(admin.Post($"/v1/admin/tenants/{tenant}/users", new { id = user }));
            var key = (await Must(admin.Post($"/v1/admin/tenants/{tenant}/keys", new { project = "campaign", user, scopes = new[] { "generate", "read" } }))).GetProperty("key").GetString()!;
            using var brand = Client(key);
            var jobs = new List<string>();
            for (var i = 0; i < Jobs; i++) jobs.Add((await Must(brand.PostJob(new { prompt = "a quiet pond", n = Images, size = "64x64", seed = i }))).GetProperty("id").GetString()!);
            // All but the last are over; that one is open, and is ended by the erasing.
            foreach (var job in jobs.SkipLast(1)) Assert.Equal("succeeded", (await brand.End(job)).GetProperty("state").GetString());

            using var watching = new CancellationTokenSource();
            var killed = Task.Run(async () =>
            {
                while (!await Is(moment.Contains("vitrine_keys", StringComparison.Ordinal) ? keys : database, moment, tenant, "user/" + user)) watching.Token.ThrowIfCancellationRequested();
                await _platform.KillSilo();
            });
            var asked = admin.Post($"/v1/admin/tenants/{tenant}/users/{user}/erase", new { });
            await killed.WaitAsync(TimeSpan.FromSeconds(60));
            if (!await Is(database, "select exists (select from vitrine.mt_events where tenant_id = $1 and type = 'user.erased' and stream_id = $2)", tenant, "user/" + user)) interrupted++;
            await _platform.StartSilo(CancellationToken.None);
            await asked;

            // Nobody asks again.
            await Wire.Eventually(() => Is(database, "select exists (select from vitrine.mt_events where tenant_id = $1 and type = 'user.erased' and stream_id = $2)", tenant, "user/" + user), () => "the erasing is taken up");
            Assert.Equal(1, await Count(database, "select count(*) from vitrine.mt_events where tenant_id = $1 and type = 'user.erased'", tenant));
            var pictures = await Count(database, "select count(*) from vitrine.mt_doc_assetview where tenant_id = $1", tenant);
            Assert.True(pictures >= (Jobs - 1) * Images);
            Assert.Equal(pictures, await Count(database, "select count(*) from vitrine.mt_events where tenant_id = $1 and type = 'asset.erased'", tenant));
            var again = await Must(admin.Post($"/v1/admin/tenants/{tenant}/users/{user}/erase", new { }));
            Assert.Equal(("erased", Jobs, pictures), (again.GetProperty("state").GetString(), again.GetProperty("jobs").GetInt32(), again.GetProperty("assets").GetInt64()));
            foreach (var job in jobs) Assert.True((await brand.Get($"/v1/jobs/{job}")).Body.GetProperty("erased").GetBoolean());
            Assert.Equal(HttpStatusCode.Gone, (await brand.PostJob(new { prompt = "more" })).Status);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{interrupted} of {moments.Length} kills met an erasing in its middle"));
        Assert.True(interrupted >= 2, $"only {interrupted} kills met an erasing in its middle");
        await Wire.Eventually(async () => await Invariants.NotLogged(database) == 0, () => "all events are in the log");
        Assert.Empty(await new Invariants(_platform.Database, _platform.Blobs, File.ReadAllText(_platform.Access.TrustAnchor), _platform.LedgerKey).Violations());
    }

    private HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = new Uri(_platform.Gateway) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static async Task<JsonElement> Must(Task<Answer> asked)
    {
        var answer = await asked;
        Assert.True((int)answer.Status is >= 200 and < 300, $"{answer.Status}: {answer.Body}");
        return answer.Body;
    }

    private static async Task<bool> Is(NpgsqlDataSource database, string sql, string tenant, string stream)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(stream);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> Count(NpgsqlDataSource database, string sql, string tenant)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(tenant);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>Looks for a text in bytes, as it is and in the forms that programs give to texts.</summary>
internal static class Traces
{
    /// <summary>Bytes that must all be there for a find; a part of a base 64 text has no edges.</summary>
    private static IEnumerable<(string Form, byte[] Bytes)> Forms(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        yield return ("UTF-8", utf8);
        yield return ("UTF-16", Encoding.Unicode.GetBytes(text));
        yield return ("UTF-16 big endian", Encoding.BigEndianUnicode.GetBytes(text));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)));
        yield return ("URL", Encoding.ASCII.GetBytes(Uri.EscapeDataString(text)));
        yield return ("form", Encoding.ASCII.GetBytes(text.Replace(' ', '+')));
        foreach (var shift in new[] { 0, 1, 2 })
        {
            var digits = Convert.ToBase64String([.. new byte[shift], .. utf8]);
            yield return ($"base 64 behind {shift}", Encoding.ASCII.GetBytes(digits[(shift == 0 ? 0 : 4)..^4]));
        }
    }

    public static bool Holds(ReadOnlySpan<byte> bytes, string text) => bytes.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    /// <summary>Forms in which the text is in the bytes.</summary>
    public static IReadOnlyList<string> Of(string text, byte[] bytes) => [.. Forms(text).Where(form => bytes.AsSpan().IndexOf(form.Bytes) >= 0).Select(form => form.Form)];

    /// <summary>Files below a folder that hold the text, with the form.</summary>
    public static IReadOnlyList<string> InFolder(string text, string folder)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.True(files.Length > 0, $"{folder} is empty; the search proves nothing.");
        return [.. files.SelectMany(file => Of(text, Read(file)).Select(form => $"{file}: {form}"))];
    }

    // Logs are being written to.
    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}

/// <summary>The search itself finds what it looks for.</summary>
public sealed class TracesTests
{
    [Fact]
    public void A_text_is_found_in_every_form_and_its_absence_too()
    {
        const string Text = "quince orchard of samarkand";
        var utf8 = Encoding.UTF8.GetBytes(Text);
        byte[][] hidden =
        [
            utf8, Encoding.Unicode.GetBytes(Text), Encoding.BigEndianUnicode.GetBytes(Text), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(utf8)), Encoding.ASCII.GetBytes("?text=" + Uri.EscapeDataString(Text)),
            .. Enumerable.Range(0, 6).Select(before => Encoding.ASCII.GetBytes(Convert.ToBase64String([.. new byte[before], .. utf8, 1, 2, 3, 4]))),
        ];
        Assert.All(hidden, bytes => Assert.NotEmpty(Traces.Of(Text, [9, 9, .. bytes, 9])));
        Assert.Empty(Traces.Of(Text, Encoding.UTF8.GetBytes("quince orchard of bukhara")));
    }
}
