namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Collects what the checks found; a failure never stops the next check.</summary>
internal sealed class Findings
{
    private readonly List<CredentialFinding> all = [];

    public IReadOnlyList<CredentialFinding> All => all;

    /// <summary>The ingredient assertion whose manifest is being checked; null while it is the active manifest.</summary>
    public string? IngredientUri { get; set; }

    public bool IsFull => all.Count >= ValidationLimits.Findings;

    public bool Failed => all.Exists(f => f is { Kind: FindingKind.Failure, IsRecorded: false } && f.Code != StatusCode.CredentialUntrusted);

    /// <summary>Whether the active manifest itself has this finding.</summary>
    public bool Has(string code) => all.Exists(f => f.Code == code && f.IngredientUri is null);

    public void Pass(string code, string subject, string explanation) => Add(FindingKind.Success, code, subject, explanation);

    public void Note(string code, string subject, string explanation) => Add(FindingKind.Informational, code, subject, explanation);

    public void Fail(string code, string subject, string explanation) => Add(FindingKind.Failure, code, subject, explanation);

    /// <summary>Marks what the signer of the manifest above had found about an ingredient and written down itself.</summary>
    public void MarkRecorded(HashSet<(string Code, string Uri)> recorded)
    {
        for (int i = 0; i < all.Count; i++)
            if (all[i].IngredientUri is not null && recorded.Contains((all[i].Code, all[i].Subject))) all[i] = all[i] with { IsRecorded = true };
    }

    private void Add(FindingKind kind, string code, string subject, string explanation)
    {
        // A failure is never left out; what holds may be, when a file brings thousands of references.
        if (!IsFull || kind == FindingKind.Failure && !all.Exists(f => f.Kind == FindingKind.Failure))
            all.Add(new(kind, code, subject, explanation) { IngredientUri = IngredientUri });
    }
}
