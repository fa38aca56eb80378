namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Collects what the checks found; a failure never stops the next check.</summary>
internal sealed class Findings
{
    private readonly List<CredentialFinding> all = [];

    public IReadOnlyList<CredentialFinding> All => all;

    public bool Failed => all.Exists(f => f.Kind == FindingKind.Failure && f.Code != StatusCode.CredentialUntrusted);

    public bool Has(string code) => all.Exists(f => f.Code == code);

    public void Pass(string code, string subject, string explanation) => all.Add(new(FindingKind.Success, code, subject, explanation));

    public void Note(string code, string subject, string explanation) => all.Add(new(FindingKind.Informational, code, subject, explanation));

    public void Fail(string code, string subject, string explanation) => all.Add(new(FindingKind.Failure, code, subject, explanation));
}
