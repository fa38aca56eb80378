using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Provenance.Ledger;

namespace Vitrine.Provenance.Tests.Ledger;

/// <summary>A small platform in memory: two tenants' logs, one asset, and bundles of it, sound and forged.</summary>
internal sealed class Bundles
{
    public const string Tenant = "acme", Job = "job_1", Asset = "asset_1_0";
    public static readonly NoteSigner Signer = new([.. Enumerable.Repeat((byte)7, 32)]);
    public static readonly NoteSigner Stranger = new([.. Enumerable.Repeat((byte)8, 32)]);
    public static readonly byte[] File = Samples.Signed("small.png");

    private static readonly string[] Payloads =
    [
        """{"At":"2026-01-01T00:00:00+00:00","Prompt":"a red fox","User":"ada"}""", """{"Allowed":true,"PolicyDigest":"00","Rules":[]}""", """{"Micro":1,"Period":"2026-01"}""",
        """{"Model":"tiny","ModelDigest":"aa","Seed":7,"Steps":4}""", """{"Assets":[],"Attempt":1}""", """{"Asset":{"Sha256":"x"}}""",
    ];

    private static readonly string[] Types = ["job.prompt_submitted", "job.prompt_screened", "job.credits_reserved", "job.accepted", "job.completed", "asset.output_produced"];

    /// <summary>Entries of the log: strangers' events, then the asset's, then others again.</summary>
    public List<byte[]> Entries { get; } = [];

    /// <summary>Where the asset's events stand in the log.</summary>
    public const int First = 5;

    public static int Count => Types.Length;

    private readonly byte[] _file;

    public Bundles(string tenant = Tenant, byte[]? file = null)
    {
        _file = file ?? File;
        for (var i = 0; i < First; i++) Entries.Add(Envelope(tenant, "key/" + i, 1, i + 1, "key.issued", "{}", null).ToBytes());
        for (var i = 0; i < Count; i++) Entries.Add(OwnEnvelope(tenant, i, _file).ToBytes());
        for (var i = 0; i < 9; i++) Entries.Add(Envelope(tenant, "key/x" + i, 1, 100 + i, "key.issued", "{}", null).ToBytes());
    }

    public PlainTree Tree => new([.. Entries.Select(entry => TreeHash.OfLeaf(entry))]);

    public static NoteKey Key(string tenant = Tenant) => Signer.Key("vitrine.example/" + tenant);

    public SignedNote Checkpoint(int? size = null, NoteSigner? signer = null, string tenant = Tenant) =>
        new Checkpoint("vitrine.example/" + tenant, size ?? Entries.Count, Tree.Root(size ?? Entries.Count)).Sign(signer ?? Signer);

    public BundleParts Parts(SignedNote? checkpoint = null, NoteSigner? signer = null)
    {
        signer ??= Signer;
        var note = checkpoint ?? Checkpoint(signer: signer);
        var size = Provenance.Ledger.Checkpoint.Parse(note.Text)!.Size;
        var events = Enumerable.Range(0, Count).Select(i =>
            new BundleEvent(Entries[First + i], Salt(i), Encoding.UTF8.GetBytes(Payloads[i]), new LogProof(First + i, TreeProofs.Inclusion(First + i, size, Tree.Node), note)));
        var platform = new CompactRange();
        platform.Append(TreeHash.OfLeaf(note.ToBytes()));
        return new(Tenant, Asset, Job, "asset.png", _file, [.. events], note, signer.Key("vitrine.example/" + Tenant),
            new LogProof(0, [], new Checkpoint("vitrine.example", 1, platform.Root()).Sign(signer)), signer.Key("vitrine.example"), Samples.Certificates.RootPem) { TimeStampAnchorPem = Samples.TimeStampCertificates.RootPem };
    }

    public byte[] Zip() => ProofBundle.Write(Parts());

    public static BundleTrust Trust(NoteKey? key = null, Checkpoint? seen = null, IReadOnlyList<TreeHash>? consistency = null) => new(key ?? Key(), Samples.Anchors, seen, consistency, Samples.Now);

    /// <summary>The bundle with one part changed; null takes the part out.</summary>
    public static byte[] With(byte[] zip, string name, Func<byte[], byte[]?> change)
    {
        var parts = Unzip(zip);
        var changed = change(parts[name]);
        if (changed is null) parts.Remove(name);
        else parts[name] = changed;
        return Rezip(parts.Select(part => (part.Key, part.Value)));
    }

    public static Dictionary<string, byte[]> Unzip(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        });
    }

    public static byte[] Rezip(IEnumerable<(string Name, byte[] Bytes)> parts)
    {
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in parts)
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        return output.ToArray();
    }

    public static readonly byte[] Opening = """{"Prompt":"a red fox","EndUser":"visitor"}"""u8.ToArray(), OpeningSalt = SHA256.HashData("opening"u8);

    /// <summary>A platform whose first event holds what its person said in a sealed part.</summary>
    public static Bundles Sealed()
    {
        var payload = Encoding.UTF8.GetBytes($$$"""{"At":"2026-01-01T00:00:00+00:00","EndUser":null,"Personal":{"Box":"AAAA","Commitment":"{{{Convert.ToBase64String(PayloadCommitment.Of(OpeningSalt, Opening).ToArray())}}}","Subject":"ada"},"Prompt":null,"User":"ada"}""");
        var world = new Bundles { SealedPayload = payload };
        world.Entries[First] = Envelope(Tenant, Job, 1, 10, Types[0], Encoding.UTF8.GetString(payload), Salt(0)).ToBytes();
        return world;
    }

    private static readonly (string Stream, string Type, string Payload)[] Others =
    [
        ("input_1", "input.received", """{"Credential":"Trusted","Findings":[],"Sha256":"s"}"""), ("input_2", "input.received", """{"Credential":"None"}"""),
        ("replay_1", "replay.requested", """{"Asset":"asset_1_0"}"""), ("replay_1", "replay.asset_replayed", """{"Asset":"asset_1_0","Verdict":{"Answer":"Identical"}}"""),
        ("replay_2", "replay.requested", """{"Asset":"asset_2_0"}"""),
    ];

    private const string BegunAtInput = """{"Model":"tiny","Start":{"Picture":"input_1","Sha256":"s"}}""";

    /// <summary>A platform whose job began at a picture that was brought, with replays of this asset and of another.</summary>
    public static Bundles WithRelated()
    {
        var world = new Bundles();
        world.Entries[First + 3] = Envelope(Tenant, Job, 4, 13, Types[3], BegunAtInput, Salt(3)).ToBytes();
        foreach (var (i, (stream, type, payload)) in Others.Index())
            world.Entries.Add(Envelope(Tenant, stream, type == "replay.asset_replayed" ? 2 : 1, 200 + i, type, payload, Salt(100 + i)).ToBytes());
        return world;
    }

    /// <summary>Its bundle, with the events of these streams.</summary>
    public BundleParts RelatedParts(params string[] streams)
    {
        var parts = Parts();
        var events = parts.Events.Select((e, i) => i == 3 ? e with { Payload = Encoding.UTF8.GetBytes(BegunAtInput) } : e).ToList();
        var first = Entries.Count - Others.Length;
        events.AddRange(streams.SelectMany(stream => Others.Index().Where(each => each.Item.Stream == stream)).Select(each => new BundleEvent(
            Entries[first + each.Index], Salt(100 + each.Index), Encoding.UTF8.GetBytes(each.Item.Payload), new LogProof(first + each.Index, TreeProofs.Inclusion(first + each.Index, Entries.Count, Tree.Node), parts.Checkpoint))));
        return parts with { Events = events, Related = streams };
    }

    private byte[]? SealedPayload { get; init; }

    /// <param name="opened">Whether the bundle holds what was in the sealed part.</param>
    public byte[] SealedZip(bool opened)
    {
        var parts = Parts();
        var first = parts.Events[0] with { Payload = SealedPayload, Opening = opened ? Opening : null, OpeningSalt = opened ? OpeningSalt : null };
        return ProofBundle.Write(parts with { Events = [first, .. parts.Events.Skip(1)] });
    }

    private static byte[] Salt(int i) => SHA256.HashData([(byte)i]);

    private static LeafEnvelope OwnEnvelope(string tenant, int i, byte[] file) => Envelope(tenant, i < 5 ? Job : Asset, i < 5 ? i + 1 : 1, 10 + i, Types[i], Payloads[i], Salt(i)) with
    {
        FileSha256 = i == 5 ? new TreeHash(SHA256.HashData(file)) : null,
        Manifest = i == 5 ? Samples.Verify(file).Manifest!.Label : null,
    };

    private static LeafEnvelope Envelope(string tenant, string stream, long version, long sequence, string type, string payload, byte[]? salt) => new()
    {
        Tenant = tenant, Stream = stream, Version = version, Sequence = sequence, Type = type, RecordedAt = DateTimeOffset.UnixEpoch,
        Commitment = PayloadCommitment.Of(salt ?? new byte[32], Encoding.UTF8.GetBytes(payload)),
    };
}
