namespace Vitrine.Provenance;

/// <summary>What a verification came to.</summary>
public enum CredentialState
{
    /// <summary>There is no manifest store in the file.</summary>
    None,

    /// <summary>Something does not hold; the findings say what, and <see cref="CredentialVerdict.Fault"/> of which kind it is.</summary>
    Invalid,

    /// <summary>Everything holds, but the signer does not lead to a trust anchor.</summary>
    Valid,

    /// <summary>Everything holds, and the signer leads to a trust anchor.</summary>
    Trusted,
}

public enum FindingKind { Success, Informational, Failure }

/// <summary>One result of one check.</summary>
/// <param name="Code">Status code of C2PA 2.2, 15.2, such as <c>assertion.dataHash.match</c>.</param>
/// <param name="Subject">JUMBF URI or label of what was checked; empty when it is the file itself.</param>
/// <param name="Explanation">One sentence for a person.</param>
public sealed record CredentialFinding(FindingKind Kind, string Code, string Subject, string Explanation)
{
    /// <summary>The ingredient assertion that led to what was checked, as a JUMBF URI; null when it belongs to the active manifest itself.</summary>
    public string? IngredientUri { get; init; }

    /// <summary>
    /// Whether this was found about an ingredient when it was taken in, and is recorded in the manifest that took it in. Then it is part of the history: a failure does not speak against the
    /// file (C2PA 2.2, 15.11), and whoever takes this file in need not write it down again.
    /// </summary>
    public bool IsRecorded { get; init; }

    /// <summary>What a failure says of the credentials; null for what is none, and for an unknown signer, who is no fault of theirs.</summary>
    public CredentialFault? Fault { get; init; }
}

/// <summary>The answer of <see cref="ContentCredentials.Verify"/>.</summary>
/// <param name="State">The conclusion.</param>
/// <param name="Findings">Every check that was made, with all failures and not only the first, in the order of the checks.</param>
/// <param name="Manifest">What the active manifest says, as far as it could be read; do not believe it when the state is invalid.</param>
public sealed record CredentialVerdict(CredentialState State, IReadOnlyList<CredentialFinding> Findings, ManifestSummary? Manifest)
{
    /// <summary>The failures that speak against the file; those of ingredients that are recorded already are not among them.</summary>
    public IEnumerable<CredentialFinding> Failures => Findings.Where(f => f is { Kind: FindingKind.Failure, IsRecorded: false });

    /// <summary>The gravest of the faults; null where the state is not invalid.</summary>
    public CredentialFault? Fault => State == CredentialState.Invalid ? Failures.Min(f => f.Fault) ?? CredentialFault.Invalid : null;

    public bool Has(string code) => Findings.Any(f => f.Code == code);
}

/// <summary>What the active manifest says.</summary>
/// <param name="Label">The manifest's URN. Nothing signs it, so it may be changed unseen: use it to find a manifest, not to prove one.</param>
/// <param name="InstanceId">The claim's own id, which is signed; in manifests of this platform <c>xmp:iid:</c> and the same UUID as the URN.</param>
/// <param name="SignerOrganisation">Organisation in the signer's certificate, which viewers show.</param>
/// <param name="SignerExpires">End of validity of the signer's certificate.</param>
/// <param name="DoNotTrain">Whether the manifest holds a training and data mining statement that refuses some use.</param>
public sealed record ManifestSummary(
    string Label,
    string? InstanceId,
    string? Title,
    string? GeneratorName,
    string? GeneratorVersion,
    string? SignerOrganisation,
    string? SignerName,
    DateTimeOffset? SignerExpires,
    IReadOnlyList<ActionSummary> Actions,
    bool DoNotTrain)
{
    /// <summary>What the content was made from, each with what was found when it was taken in.</summary>
    public IReadOnlyList<IngredientSummary> Ingredients { get; init; } = [];

    /// <summary>The marks in the content that the manifest describes.</summary>
    public IReadOnlyList<SoftBinding> SoftBindings { get; init; } = [];

    /// <summary>The time that a trusted authority attests for the signature, or null.</summary>
    public DateTimeOffset? StampedAt { get; init; }

    /// <summary>Below an update manifest: what the manifest says that it updates, the first that binds itself to the content (C2PA 2.2, 15.11.2). Null where this is that one.</summary>
    public ManifestSummary? Updated { get; init; }

    /// <summary>What is said about the content: an update says only what was added to it.</summary>
    public ManifestSummary OfContent => Updated ?? this;
}

/// <summary>One ingredient of the manifest, as its signer describes it.</summary>
/// <param name="Relationship"><c>parentOf</c>, <c>componentOf</c> or <c>inputTo</c>.</param>
/// <param name="ManifestLabel">Its active manifest, which is in the same store; null when it came without credentials.</param>
/// <param name="RecordedFailures">The status codes that the signer found wrong with it when it was taken in.</param>
public sealed record IngredientSummary(
    string? Title, string? MediaType, string? Relationship, string? ManifestLabel, string? Description, IReadOnlyList<string> RecordedFailures);

/// <summary>One action of the manifest, with the model that did it where it is named.</summary>
/// <param name="Action">Such as <c>c2pa.created</c>.</param>
/// <param name="When">The time as written, RFC 3339.</param>
/// <param name="DigitalSourceType">Full URI.</param>
/// <param name="ModelDigest"><c>sha256:</c> and hexadecimal digits, in manifests of this platform.</param>
public sealed record ActionSummary(
    string Action, string? When, string? AgentName, string? AgentVersion, string? DigitalSourceType, string? ModelDigest);
