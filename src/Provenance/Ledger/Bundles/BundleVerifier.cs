using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Vitrine.Provenance.Ledger;

/// <summary>What an auditor brings along; each of it may be missing, and then says less is proved.</summary>
/// <param name="LogKey">The log's key as the operator published it; null believes the bundle's own key, which proves only that the bundle agrees with itself.</param>
/// <param name="Anchors">Roots of the certificates that sign files, and of time stamp authorities; null takes the bundle's own.</param>
/// <param name="Seen">The newest checkpoint of this log that the auditor has seen and checked.</param>
/// <param name="Consistency">The proof from there to the bundle's checkpoint, as the log's endpoint gives it.</param>
/// <param name="At">The time at which certificates must be valid.</param>
public sealed record BundleTrust(NoteKey? LogKey, TrustAnchors? Anchors, Checkpoint? Seen, IReadOnlyList<TreeHash>? Consistency, DateTimeOffset At)
{
    /// <summary>Witnesses of the platform's log, and how many must have cosigned the bundle's checkpoint of it.</summary>
    public WitnessPolicy Witnesses { get; init; } = WitnessPolicy.None;
}

/// <summary>The answer of <see cref="BundleVerifier"/>.</summary>
/// <param name="Failures">Everything that does not hold; the bundle is believed only when there is nothing.</param>
/// <param name="Notes">What was proved, and what was not looked at.</param>
/// <param name="Checkpoint">The checkpoint, to be kept for the next audit; null when it is not to be believed.</param>
/// <param name="Record">record.json, proved; null when it is not to be believed.</param>
public sealed record BundleVerdict(IReadOnlyList<LogFinding> Failures, IReadOnlyList<string> Notes, Checkpoint? Checkpoint, string? Record)
{
    public bool Holds => Failures.Count == 0;
}

/// <summary>Checks a proof bundle with nothing but its bytes: no network, no database, no file.</summary>
public sealed class BundleVerifier
{
    /// <summary>The stored name of the event that ends a picture.</summary>
    private const string ErasedType = "asset.erased";

    private readonly List<LogFinding> _failures = [];
    private readonly List<string> _notes = [];
    private readonly BundleTrust _trust;
    private TrustAnchors? _own;

    private BundleVerifier(BundleTrust trust) => _trust = trust;

    public static BundleVerdict Verify(ReadOnlyMemory<byte> zip, BundleTrust trust)
    {
        var verifier = new BundleVerifier(trust);
        Checkpoint? head = null;
        byte[]? record = null;
        if (BundleArchive.Open(zip, verifier._failures) is { } parts && verifier.ReadIndex(parts) is { } index)
        {
            head = verifier.ReadHead(parts, index);
            if (head is not null)
            {
                verifier.CompareWithSeen(head);
                verifier.CheckPlatform(parts, index);
                record = verifier.CheckEvents(parts, index, head);
            }
        }
        var holds = verifier._failures.Count == 0;
        return new(verifier._failures, verifier._notes, holds ? head : null, holds && record is not null ? Encoding.UTF8.GetString(record) : null);
    }

    private BundleIndex? ReadIndex(BundleArchive parts)
    {
        if (Part(parts, ProofBundle.Index) is not { } bytes) return null;
        if (BundleIndex.Parse(bytes) is { } index) return index;
        Fail(BundleCodes.IndexMalformed, 0, "bundle.json is not of a format that is known here.");
        return null;
    }

    /// <summary>The checkpoint under which everything is proved, signed by the key that is trusted.</summary>
    private Checkpoint? ReadHead(BundleArchive parts, BundleIndex index)
    {
        if (Key(parts, ProofBundle.LogKey) is not { } key || Part(parts, ProofBundle.CheckpointNote) is not { } bytes) return null;
        if (_trust.LogKey is null) _notes.Add($"The key is the bundle's own: compare {key} with what the operator published.");
        else if (_trust.LogKey.ToString() != key.ToString())
        {
            Fail(BundleCodes.KeyUntrusted, 0, "The bundle's key is not the one that is trusted.");
            return null;
        }
        if (!key.Name.EndsWith("/" + index.Tenant, StringComparison.Ordinal)) Fail(LogCodes.OriginForeign, 0, $"{key.Name} is not the log of {index.Tenant}.");
        if (SignedNote.Parse(bytes) is not { } note || !note.IsSignedBy(key)) Fail(LogCodes.SignatureForeign, 0, $"The checkpoint is not signed by {key.Name}.");
        else if (Checkpoint.Open(note, key) is { } head)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"The log {head.Origin} had {head.Size} entries."));
            return head;
        }
        else Fail(LogCodes.OriginForeign, 0, $"What {key.Name} signed is no checkpoint of its log.");
        return null;
    }

    private void CompareWithSeen(Checkpoint head)
    {
        if (_trust.Seen is not { } seen) return;
        if (seen.Origin != head.Origin) Fail(LogCodes.OriginForeign, seen.Size, $"The checkpoint that was seen is of the log {seen.Origin}.");
        else if (seen.Size > head.Size) Fail(LogCodes.Replayed, head.Size, string.Create(CultureInfo.InvariantCulture, $"The bundle's checkpoint is over {head.Size} entries, and {seen.Size} were seen before: it is an old one."));
        else if (seen.Size == head.Size && seen.Root != head.Root || _trust.Consistency is { } proof && !ProofCheck.Consistent(seen.Size, seen.Root, head.Size, head.Root, proof))
            Fail(LogCodes.Forked, head.Size, "The log does not continue the one that was seen: its history was forked.");
        else if (_trust.Consistency is null && seen.Size < head.Size)
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"Whether the log continues the one that was seen is not proved; ask /v1/ledger/proofs/consistency?from={seen.Size}&to={head.Size}."));
        else _notes.Add("The log continues the one that was seen.");
    }

    private void CheckPlatform(BundleArchive parts, BundleIndex index)
    {
        if (Key(parts, ProofBundle.PlatformKey) is not { } key || Part(parts, ProofBundle.Platform) is not { } bytes || Part(parts, ProofBundle.CheckpointNote) is not { } note) return;
        if (LogProof.Parse(bytes) is not { } proof) Fail(BundleCodes.ProofMalformed, 0, "The proof of the platform's log cannot be read.");
        else if (!proof.Checkpoint.IsSignedBy(key) || _trust.LogKey is { } trusted && !trusted.Bytes.Span.SequenceEqual(key.Bytes.Span))
            Fail(LogCodes.SignatureForeign, 0, $"The platform's checkpoint is not signed by {key.Name} with the log's key.");
        else if (Checkpoint.Open(proof.Checkpoint, key) is not { } head || !ProofCheck.Included(TreeHash.OfLeaf(note), proof.Index, head.Size, head.Root, proof.Hashes))
            Fail(BundleCodes.PlatformWrong, proof.Index, $"The platform's log does not hold the checkpoint of {index.Tenant}.");
        else
        {
            _notes.Add($"The platform's log {key.Name} holds the checkpoint.");
            CheckWitnesses(proof.Checkpoint, head);
            CheckStamp(parts, proof.Checkpoint);
        }
    }

    private void CheckWitnesses(SignedNote note, Checkpoint head)
    {
        var verdict = _trust.Witnesses.Judge(note);
        if (verdict.Refusal(head.Size, _trust.Witnesses.Quorum) is { } refusal) Fail(refusal.Code, refusal.Index, refusal.Sentence);
        _notes.AddRange(verdict.Sentences());
        var others = note.Signatures.Count - 1 - verdict.Cosigned.Count - verdict.Forged.Count;
        if (others > 0) _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{others} more signatures stand under the platform's checkpoint, of nobody who is known here."));
    }

    private void CheckStamp(BundleArchive parts, SignedNote note)
    {
        if (parts[ProofBundle.PlatformStamp] is not { } token) return;
        var stamp = CheckpointStamp.Check(token, note, AnchorsOf(parts));
        if (stamp.IsWrong) Fail(BundleCodes.StampWrong, 0, $"{ProofBundle.PlatformStamp} is no time stamp of the platform's checkpoint: {stamp.Problem}");
        else _notes.Add(stamp.At is { } at ? $"A time stamp authority attests the platform's checkpoint at {at.UtcDateTime:u}."
            : "The platform's checkpoint bears a time stamp whose authority is not trusted here.");
    }

    /// <summary>Answers record.json when it is what the proved payloads say.</summary>
    private byte[]? CheckEvents(BundleArchive parts, BundleIndex index, Checkpoint head)
    {
        var key = Key(parts, ProofBundle.LogKey)!;
        var (told, versions, last) = (new List<ToldEvent>(), new Dictionary<string, long>(), -1L);
        LeafEnvelope? produced = null;
        foreach (var (i, e) in index.Events.Index())
        {
            if (Part(parts, e.Entry) is not { } entry || Part(parts, e.Proof) is not { } proofBytes) return null;
            if (CheckProof(i, entry, proofBytes, key, head) is not { } at) continue;
            if (LeafEnvelope.Parse(entry) is not { } leaf)
            {
                Fail(LogCodes.EntryMalformed, at, "An entry is no leaf envelope.");
                continue;
            }
            if (leaf.Tenant != index.Tenant) Fail(LogCodes.EntryForeign, at, $"An entry is of the tenant '{leaf.Tenant}'.");
            if (leaf.Stream != index.Job && leaf.Stream != index.Asset && index.Related?.Contains(leaf.Stream) != true) Fail(BundleCodes.SubjectDiffers, at, $"An entry speaks of {leaf.Stream}.");
            // In one stream events follow each other in the log too; the asset's stream comes after its job's.
            if (leaf.Version != versions.GetValueOrDefault(leaf.Stream) + 1)
                Fail(LogCodes.StreamBroken, at, string.Create(CultureInfo.InvariantCulture, $"Event {leaf.Version} of {leaf.Stream} stands where event {versions.GetValueOrDefault(leaf.Stream) + 1} belongs: one is missing or they were reordered."));
            if (leaf.Version > 1 && at <= last) Fail(LogCodes.OrderBroken, at, $"Events of {leaf.Stream} stand in the log in another order.");
            (versions[leaf.Stream], last) = (leaf.Version, at);
            told.Add(new(leaf.Stream, leaf.Type, CheckPayload(parts, e, at, leaf)));
            if (leaf.Stream == index.Asset && leaf.FileSha256 is not null) produced = leaf;
            if (leaf.Stream == index.Asset && leaf.Type == ErasedType) _notes.Add(string.Create(CultureInfo.InvariantCulture, $"{index.Asset} was erased on {leaf.RecordedAt:yyyy-MM-dd HH:mm:ss} UTC, at the request of a person; that it was made is proved."));
        }
        if (_failures.Count > 0) return null;
        if (produced is null)
        {
            Fail(BundleCodes.SubjectDiffers, 0, $"No entry records the file of {index.Asset}.");
            return null;
        }
        CheckRelated(index, told);
        CheckFile(parts, index, produced);
        return CheckRecord(parts, index, told);
    }

    /// <summary>The entry's index in the log; null when it is not proved.</summary>
    private long? CheckProof(int number, byte[] entry, byte[] bytes, NoteKey key, Checkpoint head)
    {
        if (LogProof.Parse(bytes) is not { } proof) Fail(BundleCodes.ProofMalformed, number, "A proof cannot be read.");
        else if (Checkpoint.Open(proof.Checkpoint, key) is not { } own || own != head) Fail(BundleCodes.ProofOfAnotherTree, number, "A proof stands under another checkpoint than the bundle's.");
        else if (!ProofCheck.Included(TreeHash.OfLeaf(entry), proof.Index, head.Size, head.Root, proof.Hashes)) Fail(BundleCodes.ProofWrong, number, "An entry is not at its place in the log: it was altered, or its proof was.");
        else return proof.Index;
        return null;
    }

    private byte[]? CheckPayload(BundleArchive parts, BundleIndexEvent e, long at, LeafEnvelope leaf)
    {
        if (e.Payload is null || e.Salt is null)
        {
            _notes.Add(string.Create(CultureInfo.InvariantCulture, $"What event {leaf.Version} of {leaf.Stream} ({leaf.Type}) said is not in the bundle: a person was erased, or it was left out. That it happened is proved."));
            return null;
        }
        if (Part(parts, e.Payload) is not { } payload) return null;
        if (CanonicalBase64.Decode(e.Salt, PayloadCommitment.SaltSize) is { Length: PayloadCommitment.SaltSize } salt && PayloadCommitment.Of(salt, payload) == leaf.Commitment) return CheckOpening(parts, e, at, leaf, payload);
        Fail(BundleCodes.PayloadAltered, at, $"{e.Payload} is not what the log recorded.");
        return null;
    }

    /// <summary>The payload as it is told, with its sealed part opened where the opening is there and is the one that was sealed.</summary>
    private byte[]? CheckOpening(BundleArchive parts, BundleIndexEvent e, long at, LeafEnvelope leaf, byte[] payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
            var (sealedPart, commitment) = SealedPart.Of(document.RootElement);
            if (!sealedPart && e.Opening is null) return payload;
            if (sealedPart && (e.Opening is null || e.OpeningSalt is null))
            {
                _notes.Add(string.Create(CultureInfo.InvariantCulture, $"What a person said in event {leaf.Version} of {leaf.Stream} ({leaf.Type}) is not in the bundle: they were erased, or it was left out. What else it said is proved."));
                return SealedPart.Told(payload, null);
            }
            if (Part(parts, e.Opening!) is not { } opening) return null;
            if (e.OpeningSalt is { } text && CanonicalBase64.Decode(text, PayloadCommitment.SaltSize) is { Length: PayloadCommitment.SaltSize } salt && PayloadCommitment.Of(salt, opening) == commitment)
                return SealedPart.Told(payload, opening);
            Fail(BundleCodes.OpeningAltered, at, $"{e.Opening} is not what was sealed in {e.Payload}.");
        }
        catch (JsonException)
        {
            Fail(BundleCodes.PayloadAltered, at, $"{e.Payload} or its opening is no JSON of ours.");
        }
        return null;
    }

    /// <summary>A picture that was brought belongs here because the job's acceptance names it, a replay because it names the asset.</summary>
    private void CheckRelated(BundleIndex index, List<ToldEvent> told)
    {
        var begun = told.Where(e => e.Stream == index.Job && e.Type == "job.accepted").Select(e => Named(e.Payload, "Start")).LastOrDefault() ?? [];
        foreach (var stream in index.Related ?? [])
        {
            var events = told.Where(e => e.Stream == stream).ToList();
            if (!begun.Contains(stream) && !events.Any(e => e.Type == "replay.requested" && Named(e.Payload, null).Contains(index.Asset)))
                Fail(BundleCodes.RelatedForeign, 0, $"Nothing that is proved leads from {index.Asset} to {stream}.");
        }

        static IReadOnlyList<string> Named(byte[]? payload, string? member)
        {
            try
            {
                if (payload is null) return [];
                using var document = JsonDocument.Parse(payload, new() { MaxDepth = CanonicalJson.MaxDepth });
                var about = document.RootElement;
                if (member is not null && (about.ValueKind != JsonValueKind.Object || !about.TryGetProperty(member, out about))) return [];
                return about.ValueKind != JsonValueKind.Object ? []
                    : [.. about.EnumerateObject().Where(each => each.Name is "Picture" or "Mask" or "Asset" && each.Value.ValueKind == JsonValueKind.String).Select(each => each.Value.GetString()!)];
            }
            catch (JsonException)
            {
                return [];
            }
        }
    }

    private void CheckFile(BundleArchive parts, BundleIndex index, LeafEnvelope produced)
    {
        if (index.File is null)
        {
            _notes.Add("The file was deleted; its digest is proved.");
            CheckKeptManifest(parts, index, produced);
            return;
        }
        if (Part(parts, index.File) is not { } file) return;
        if (new TreeHash(SHA256.HashData(file)) != produced.FileSha256)
        {
            Fail(BundleCodes.FileAltered, 0, $"{index.File} is not the file that the log recorded.");
            return;
        }
        if (index.Manifest is not null && Part(parts, index.Manifest) is { } manifest && ManifestStoreBytes.Of(file)?.AsSpan().SequenceEqual(manifest) != true)
            Fail(BundleCodes.ManifestAltered, 0, $"{ProofBundle.Manifest} is not the manifest store of {index.File}.");
        var verdict = ContentCredentials.Verify(file, AnchorsOf(parts), _trust.At);
        if (verdict.State is not (CredentialState.Valid or CredentialState.Trusted))
            Fail(BundleCodes.CredentialInvalid, 0, $"The Content Credentials of {index.File} do not hold: {string.Join(", ", verdict.Failures.Select(failure => failure.Code).Distinct().Take(5))}.");
        else if (produced.Manifest is { } urn && verdict.Manifest?.Label != urn) Fail(BundleCodes.ManifestDiffers, 0, $"The manifest of {index.File} is not the one that the log recorded.");
        else _notes.Add(verdict.State == CredentialState.Trusted
            ? $"The Content Credentials of {index.File} hold, signed by {verdict.Manifest?.SignerOrganisation} under a root that is {(_trust.Anchors is null ? "the bundle's own" : "trusted")}."
            : $"The Content Credentials of {index.File} hold; who signed them leads to no root that is trusted.");
    }

    /// <summary>What was kept of the credentials of a deleted file: who signed them and when is proved, and that they are the ones on record.</summary>
    private void CheckKeptManifest(BundleArchive parts, BundleIndex index, LeafEnvelope produced)
    {
        if (index.Manifest is null || Part(parts, index.Manifest) is not { } manifest) return;
        var verdict = ManifestStoreBytes.Verify(manifest, AnchorsOf(parts), _trust.At);
        if (verdict.State is not (CredentialState.Valid or CredentialState.Trusted))
            Fail(BundleCodes.ManifestAltered, 0, $"What {ProofBundle.Manifest} claims does not hold: {string.Join(", ", verdict.Failures.Select(failure => failure.Code).Distinct().Take(5))}.");
        else if (produced.Manifest is { } urn && verdict.Manifest?.Label != urn) Fail(BundleCodes.ManifestDiffers, 0, $"{ProofBundle.Manifest} is not the manifest that the log recorded.");
        else _notes.Add($"The manifest of the deleted file was kept and holds, signed by {verdict.Manifest?.SignerOrganisation}{(verdict.State == CredentialState.Trusted ? " under a root that is trusted" : ", who leads to no root that is trusted")}.");
    }

    private TrustAnchors AnchorsOf(BundleArchive parts) => _trust.Anchors ?? (_own ??= OwnAnchors(parts));

    private TrustAnchors OwnAnchors(BundleArchive parts)
    {
        string? Text(string name) => parts[name] is { } pem ? Encoding.UTF8.GetString(pem) : null;
        try
        {
            return Text(ProofBundle.TrustAnchor) is { } roots ? TrustAnchors.FromPem(roots, Text(ProofBundle.TimeStampAnchor)) : TrustAnchors.None;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            Fail(BundleCodes.KeyMalformed, 0, $"{ProofBundle.TrustAnchor} or {ProofBundle.TimeStampAnchor} is no certificate.");
            return TrustAnchors.None;
        }
    }

    private byte[]? CheckRecord(BundleArchive parts, BundleIndex index, List<ToldEvent> told)
    {
        if (Part(parts, ProofBundle.Record) is not { } record) return null;
        try
        {
            if (BundleRecord.Of(told, index.Format).AsSpan().SequenceEqual(record)) return record;
        }
        catch (JsonException)
        {
            // A payload that is proved and no JSON was never one of ours; it is told below like every other difference.
        }
        Fail(BundleCodes.RecordDiffers, 0, "record.json is not what the events say.");
        return null;
    }

    private NoteKey? Key(BundleArchive parts, string name)
    {
        if (Part(parts, name) is not { } bytes) return null;
        if (NoteKey.TryParse(Encoding.UTF8.GetString(bytes).TrimEnd('\n'), out var key) && key!.Kind == NoteKeyKind.Ed25519) return key;
        Fail(BundleCodes.KeyMalformed, 0, $"{name} is no key of a signed note.");
        return null;
    }

    private byte[]? Part(BundleArchive parts, string name)
    {
        if (parts[name] is { } bytes) return bytes;
        Fail(BundleCodes.PartMissing, 0, $"The bundle has no {(ProofBundle.PartName().IsMatch(name) ? name : "part that its index names")}.");
        return null;
    }

    private void Fail(string code, long index, string sentence)
    {
        if (_failures.Count < LogAudit.MaxFindings) _failures.Add(new(code, index, sentence));
    }
}
