namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Collects what the checks found; a failure never stops the next check.</summary>
internal sealed class Findings
{
    private const int MostQuoted = 64;

    private readonly List<CredentialFinding> all = [];

    public IReadOnlyList<CredentialFinding> All => all;

    /// <summary>The ingredient assertion whose manifest is being checked; null while it is the active manifest.</summary>
    public string? IngredientUri { get; set; }

    /// <summary>A text that a file chose, short enough to be quoted any number of times.</summary>
    public static string Short(string? text, int most = MostQuoted) => text is null ? "" : text.Length > most ? text[..most] + "…" : text;

    public bool Failed => all.Exists(f => f is { Kind: FindingKind.Failure, IsRecorded: false } && f.Code != StatusCode.CredentialUntrusted);

    /// <summary>Whether the active manifest itself has this finding.</summary>
    public bool Has(string code) => all.Exists(f => f.Code == code && f.IngredientUri is null);

    /// <summary>What was found before it was known what led there.</summary>
    public void Add(CredentialFinding found) => Add(found.Kind, found.Code, found.Subject, found.Explanation, found.Fault);

    public void Pass(string code, string subject, string explanation) => Add(FindingKind.Success, code, subject, explanation);

    public void Note(string code, string subject, string explanation) => Add(FindingKind.Informational, code, subject, explanation);

    public void Fail(string code, string subject, string explanation) => Fail(code, subject, explanation, FaultOf(code));

    /// <param name="fault">Where the code alone does not say it.</param>
    public void Fail(string code, string subject, string explanation, CredentialFault? fault) => Add(FindingKind.Failure, code, subject, explanation, fault);

    /// <summary>What a failure of this code says. Whatever a hash or signature shows to be changed or gone is tampering; what a signer did wrong is not.</summary>
    public static CredentialFault? FaultOf(string code) => code switch
    {
        StatusCode.CredentialUntrusted => null,
        StatusCode.SignatureMismatch or StatusCode.HashedUriMismatch or StatusCode.AssertionMissing or StatusCode.AssertionUndeclared or StatusCode.DataHashMismatch
            or StatusCode.BmffHashMismatch or StatusCode.BoxesHashMismatch or StatusCode.BoxesHashUnknownBox or StatusCode.UriMissing or StatusCode.UriMismatch
            or StatusCode.IngredientManifestMissing or StatusCode.IngredientHashedUriMismatch or StatusCode.IngredientManifestMismatch or StatusCode.IngredientSignatureMismatch => CredentialFault.Tampered,
        StatusCode.General or StatusCode.ClaimMissing or StatusCode.ClaimCborInvalid or StatusCode.SignatureMissing or StatusCode.AssertionCborInvalid
            or StatusCode.AssertionJsonInvalid or StatusCode.ManifestCompressedInvalid => CredentialFault.Unreadable,
        StatusCode.AlgorithmUnsupported => CredentialFault.Unsupported,
        StatusCode.OcspRevoked => CredentialFault.Revoked,
        StatusCode.SignatureOutsideValidity or StatusCode.CredentialExpired => CredentialFault.Expired,
        _ => CredentialFault.Invalid,
    };

    /// <summary>Marks what the signer of the manifest above had found about an ingredient and written down itself.</summary>
    public void MarkRecorded(HashSet<(string Code, string Uri)> recorded)
    {
        for (int i = 0; i < all.Count; i++)
            if (all[i].IngredientUri is not null && recorded.Contains((all[i].Code, all[i].Subject))) all[i] = all[i] with { IsRecorded = true };
    }

    private void Add(FindingKind kind, string code, string subject, string explanation, CredentialFault? fault = null)
    {
        if (all.Count < ValidationLimits.Findings)
            all.Add(new(kind, code, Short(subject, ValidationLimits.SubjectCharacters), Short(explanation, ValidationLimits.ExplanationCharacters)) { IngredientUri = IngredientUri, Fault = fault });
        // Whatever was left out may have been a failure, so that it was is one.
        else if (all.Count == ValidationLimits.Findings)
            all.Add(new(FindingKind.Failure, StatusCode.General, "", $"The checks found more than {ValidationLimits.Findings} things; the others are left out.") { Fault = CredentialFault.Unreadable });
    }
}
