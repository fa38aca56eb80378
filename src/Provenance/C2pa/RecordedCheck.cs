namespace Vitrine.Provenance;

/// <summary>What a check of a file's credentials found at an earlier time, with the roots that were trusted then.</summary>
/// <param name="Findings">In the order of the check, without what the file's own manifests record of their ingredients.</param>
public sealed record RecordedCheck(CredentialState State, IReadOnlyList<RecordedFinding> Findings)
{
    public static RecordedCheck Of(CredentialVerdict verdict) => new(verdict.State,
        [.. verdict.Findings.Where(f => !f.IsRecorded || f.IngredientUri is null).Select(f => new RecordedFinding(f.Kind, f.Code, f.Subject, f.IngredientUri))]);

    /// <summary>
    /// The verdict of then on the bytes that were checked again now. Sentences, which are not recorded, are those of now where it finds the same. A failure that only a check of now finds, such as a certificate
    /// that has ended since, is added: whoever checks what is made from the file finds it too, and it must not look as if nobody had known.
    /// </summary>
    internal CredentialVerdict Over(CredentialVerdict now)
    {
        var sentences = now.Findings.ToLookup(finding => (finding.Kind, finding.Code, finding.Subject, finding.IngredientUri));
        var known = Findings.Select(f => (f.Code, f.Subject)).ToHashSet();
        IEnumerable<CredentialFinding> then = Findings.Select(f => new CredentialFinding(f.Kind, f.Code, f.Subject, sentences[(f.Kind, f.Code, f.Subject, f.IngredientUri)].FirstOrDefault()?.Explanation ?? "")
        {
            IngredientUri = f.IngredientUri,
            Fault = f.Kind == FindingKind.Failure ? C2pa.Validation.Findings.FaultOf(f.Code) : null,
        });
        return now with
        {
            State = State,
            Findings = [.. then, .. now.Failures.Where(f => !known.Contains((f.Code, f.Subject))).Select(f => f with { Explanation = "Not found when it was taken in: " + f.Explanation })],
        };
    }
}

/// <param name="Code">A status code of C2PA.</param>
/// <param name="Subject">JUMBF URI of what was checked; empty for the file itself.</param>
/// <param name="IngredientUri">The ingredient assertion that led there; null for the active manifest.</param>
public sealed record RecordedFinding(FindingKind Kind, string Code, string Subject, string? IngredientUri);
