using Marten;
using Vitrine.Grains.Assets;
using Vitrine.Grains.Events;
using Vitrine.Grains.Interfaces;
using Vitrine.Grains.Rendering;
using Vitrine.Media;
using Vitrine.Provenance;

namespace Vitrine.Grains.Inputs;

/// <summary>Owns one picture that somebody brought: that it can be opened, what its credentials came to when it was taken in, and its end.</summary>
[GrainType("vitrine.input"), CollectionAgeLimit(Minutes = 2)]
public sealed class InputGrain(
    IDocumentStore store, EventJournal journal, IBlobStore blobs, NamedBlobs named, InputRoom storage, PictureRoom room, ISigningIdentities identities, TimeProvider time)
    : Grain, IInputGrain, Tenants.ITenantScoped
{
    /// <summary>In the place of an API key where nobody asked for the deletion of this very input.</summary>
    public const string ByErasure = "erasure";

    private const int MostFindings = 32;

    /// <summary>Findings that an event repeats: those of about ten manifests. Of more, what speaks against the file comes before what holds.</summary>
    private const int MostChecked = 256;

    private InputView? _input;
    private bool _loaded;

    private InputKey Key => InputKey.Parse(this.GetPrimaryKeyString());

    public async Task<Outcome<InputView>> Receive(ReceiveInput command, CancellationToken cancellation)
    {
        var known = await Loaded(cancellation);
        if (await IsErased(command.Principal)) return await Refuse(command, Refusal.Erased(command.Principal.Subject));
        if (known is { DeletedAt: null }) return known;
        var file = await Read(command.Sha256, cancellation);
        if (await storage.Refusal(Key.Tenant, file.Length, cancellation) is { } full) return await Refuse(command, full);

        var (anchors, now) = (identities.Of(Key.Tenant).Anchors, time.GetUtcNow().ToMicroseconds());
        var (seen, unreadable) = await room.Look(() => Look(file, anchors, now), cancellation);
        if (unreadable is not null) return await Refuse(command, new Refusal(Refused.InvalidValue, unreadable.Sentence, "file"));
        await Record(new InputReceived(
            command.Principal.User?.Value, command.Principal.Key.Value, command.Sha256, seen!.Format.MediaType(), file.Length, seen.Width, seen.Height, seen.Credential, seen.Manifest, seen.Findings, now, seen.Checked));
        // Whoever began to be erased meanwhile may have been looked through already.
        if (!await IsErased(command.Principal)) return _input!;
        await Delete(ByErasure, CancellationToken.None);
        return Refusal.Erased(command.Principal.Subject);
    }

    public Task<InputView?> Get(CancellationToken cancellation) => Loaded(cancellation);

    public async Task<InputView?> Delete(string by, CancellationToken cancellation)
    {
        if (await Loaded(cancellation) is not { } input) return null;
        if (input.DeletedAt is null) await Record(new InputDeleted(by, time.GetUtcNow().ToMicroseconds()));
        // After the record: who dies between the two leaves bytes that the next asking, or the sweep of orphans, deletes.
        await DeleteUnnamed(input.Sha256);
        return _input;
    }

    /// <summary>The subject's own grain is asked, which knows it from the first moment.</summary>
    private async Task<bool> IsErased(Principal by) => by.User is { } user
        ? await GrainFactory.User(new(Key.Tenant, user)).Get(CancellationToken.None) is { State: not UserState.Active }
        : await GrainFactory.Subject(new(Key.Tenant, by.Subject)).IsClosed(CancellationToken.None);

    private async Task<byte[]> Read(string digest, CancellationToken cancellation)
    {
        await using var content = await blobs.Open(new BlobKey(Key.Tenant.Value, digest), cancellation);
        // They were stored a moment ago. If somebody has deleted another record of the same bytes since, sending them again helps.
        return content is null ? throw new LedgerUnavailableException("The bytes were deleted while they were taken in.") : await content.ReadAll(cancellation);
    }

    private async Task<Refusal> Refuse(ReceiveInput command, Refusal refusal)
    {
        await DeleteUnnamed(command.Sha256);
        if (_input is null) DeactivateOnIdle();
        return refusal;
    }

    private async Task DeleteUnnamed(string digest)
    {
        if (!await named.Has(Key.Tenant, digest, CancellationToken.None)) await blobs.Delete(new BlobKey(Key.Tenant.Value, digest), CancellationToken.None);
    }

    private static (Seen? Seen, ProbeRefusal? Unreadable) Look(byte[] file, TrustAnchors anchors, DateTimeOffset now)
    {
        var decoded = ImageDecoder.Decode(file);
        if (decoded is not DecodeResult.Decoded { Image: var image }) return (null, ((DecodeResult.Refused)decoded).Refusal);
        var verdict = ContentCredentials.Verify(file, anchors, now);
        return (new Seen(((ImageInfo)ImageProbe.Read(file)).Format, image.Width, image.Height, WordOf(verdict), verdict.Manifest?.Label,
            [.. verdict.Failures.Select(failure => failure.Code).Distinct(StringComparer.Ordinal).Take(MostFindings)], CheckedOf(verdict)), null);
    }

    private static InputCredential WordOf(CredentialVerdict verdict) => (verdict.State, verdict.Fault) switch
    {
        (CredentialState.None, _) => InputCredential.None,
        (CredentialState.Valid, _) => InputCredential.Valid,
        (CredentialState.Trusted, _) => InputCredential.Trusted,
        (_, CredentialFault.Tampered) => InputCredential.Tampered,
        (_, CredentialFault.Unreadable) => InputCredential.Unreadable,
        (_, CredentialFault.Invalid) => InputCredential.Invalid,
        (_, CredentialFault.Unsupported) => InputCredential.Unsupported,
        (_, CredentialFault.Revoked) => InputCredential.Revoked,
        (_, CredentialFault.Expired) => InputCredential.Expired,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict.State, "A verdict without a word."),
    };

    /// <summary>What a new manifest would say of it; what its own manifests say already is left to them.</summary>
    private static List<InputFinding> CheckedOf(CredentialVerdict verdict)
    {
        var said = RecordedCheck.Of(verdict).Findings;
        var kept = said.Count <= MostChecked ? said : [.. said.OrderByDescending(finding => finding.Kind).Take(MostChecked)];
        return [.. kept.Select(finding => new InputFinding((int)finding.Kind, finding.Code, finding.Subject, finding.IngredientUri))];
    }

    private async Task Record(object happened)
    {
        var input = _input;
        try
        {
            await journal.Append(Commit.Of(Key.Tenant, input is null
                ? StreamAppend.Start(Key.Input.Value, happened) : StreamAppend.Continue(Key.Input.Value, input.Revision, input, happened)), CancellationToken.None);
        }
        catch (Exception)
        {
            // Another activation wrote, or nobody knows who did: what this one believes is worth nothing now.
            _loaded = false;
            DeactivateOnIdle();
            throw;
        }
        _input = InputViewProjection.Fold(input, Key.Input.Value, happened);
    }

    private async Task<InputView?> Loaded(CancellationToken cancellation)
    {
        if (!_loaded)
        {
            await using var session = store.QuerySession(Key.Tenant.Value);
            (_input, _loaded) = (await session.LoadAsync<InputView>(Key.Input.Value, cancellation), true);
        }
        // An id that names nothing must not stay in memory.
        if (_input is null) DeactivateOnIdle();
        return _input;
    }

    /// <summary>What a look at the bytes found.</summary>
    private sealed record Seen(ImageFormat Format, int Width, int Height, InputCredential Credential, string? Manifest, IReadOnlyList<string> Findings, IReadOnlyList<InputFinding> Checked);
}
