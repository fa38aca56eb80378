using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The order of a validation (C2PA 2.2, chapter 15): find the store, read it, then check everything that can still be checked.</summary>
internal static class ManifestStoreValidator
{
    private static readonly string[] bindingMatches = [StatusCode.DataHashMatch, StatusCode.BmffHashMatch, StatusCode.BoxesHashMatch];

    public static CredentialVerdict Validate(ReadOnlyMemory<byte> file, TrustAnchors anchors, DateTimeOffset at) => Validate(file, anchors, at, new());

    /// <param name="budget">A new one, which tells what work was done.</param>
    public static CredentialVerdict Validate(ReadOnlyMemory<byte> file, TrustAnchors anchors, DateTimeOffset at, ValidationBudget budget)
    {
        if (Carrier.Sniff(file.Span) == CarrierFormat.Unknown)
            return new(CredentialState.None, [Note(StatusCode.ClaimMissing, "", "The file is neither PNG, JPEG, WebP nor MP4.")], null);
        var findings = new Findings();
        Carrier? carrier = Carrier.TryOpen(file, out string problem);
        if (carrier is null)
        {
            // Decoders follow a picture's container more loosely than one can who must find every byte. Where nothing in it is a store, nothing is said of credentials.
            if (Carrier.Sniff(file.Span) != CarrierFormat.Mp4 && file.Span.IndexOf(JumbfType.StoreDescription) < 0)
                return new(CredentialState.None, [Note(StatusCode.ClaimMissing, "", "The file holds no manifest store. " + problem)], null);
            findings.Fail(StatusCode.General, "", problem);
            return new(CredentialState.Invalid, findings.All, null);
        }
        if (carrier.Stores.Count == 0)
            return new(CredentialState.None, [RemoteManifest.UrlIn(carrier) is { } url ? Note(StatusCode.ManifestInaccessible, url, "The credentials are kept elsewhere and are not fetched.")
                : Note(StatusCode.ClaimMissing, "", "The file holds no manifest store.")], null);
        if (carrier.Stores.Count > 1)
            findings.Fail(StatusCode.General, "", $"The file holds {carrier.Stores.Count} manifest stores where there may be only one.", CredentialFault.Tampered);
        StoreFrame frame = carrier.Stores[0];
        if (frame.Damage is { } damage) findings.Fail(StatusCode.General, "", damage, CredentialFault.Tampered);
        ManifestSummary? summary = null;
        if (JumbfBox.TryParse(frame.Store, ref budget.BoxesLeft, out problem) is not { } store)
            findings.Fail(StatusCode.General, "", "The manifest store is not well-formed JUMBF. " + problem);
        else if (!ManifestStore.IsStore(store))
            findings.Fail(StatusCode.ClaimMissing, "", "The store is not a C2PA store with at least one manifest.");
        else
        {
            budget.Admit(frame.Store.Length);
            summary = new StoreCheck(store, carrier, frame, anchors, at, findings, budget).Run();
        }
        if (budget.Exceeded is { } bound) findings.Fail(StatusCode.General, "", bound);
        return new(Conclude(findings), findings.All, summary);
    }

    /// <summary>The same for a store that is kept without its file.</summary>
    public static CredentialVerdict ValidateStore(ReadOnlyMemory<byte> bytes, TrustAnchors anchors, DateTimeOffset at)
    {
        var (findings, budget) = (new Findings(), new ValidationBudget());
        ManifestSummary? summary = null;
        if (JumbfBox.TryParse(bytes, ref budget.BoxesLeft, out string problem) is not { } store)
            findings.Fail(StatusCode.General, "", "The manifest store is not well-formed JUMBF. " + problem);
        else if (!ManifestStore.IsStore(store))
            findings.Fail(StatusCode.ClaimMissing, "", "The store is not a C2PA store with at least one manifest.");
        else
        {
            budget.Admit(bytes.Length);
            summary = new StoreCheck(store, null, null, anchors, at, findings, budget).Run();
        }
        if (budget.Exceeded is { } bound) findings.Fail(StatusCode.General, "", bound);
        return new(Conclude(findings, withoutFile: true), findings.All, summary);
    }

    private static CredentialState Conclude(Findings findings, bool withoutFile = false)
    {
        // An empty list of failures proves nothing by itself: these successes have to be there.
        if (findings.Failed || !findings.Has(StatusCode.SignatureValidated) || !findings.Has(StatusCode.SignatureInsideValidity) || !withoutFile && !bindingMatches.Any(findings.Has))
            return CredentialState.Invalid;
        bool everybodyIsTrusted = !findings.All.Any(f => f is { Kind: FindingKind.Failure, IsRecorded: false });
        return everybodyIsTrusted && findings.Has(StatusCode.CredentialTrusted) ? CredentialState.Trusted : CredentialState.Valid;
    }

    private static CredentialFinding Note(string code, string subject, string explanation) => new(FindingKind.Informational, code, subject, explanation);
}
