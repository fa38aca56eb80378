using System.Text;
using Vitrine.Provenance.C2pa;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;

namespace Vitrine.Provenance.Ledger;

/// <summary>
/// An RFC 3161 time stamp over the text of a checkpoint: an authority outside attests that the log's head existed at that time. The token is over the SHA-256 of
/// the note's text, signatures left out.
/// </summary>
public static class CheckpointStamp
{
    /// <summary>Bytes of a token; real ones have a tenth of it.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <returns>The TimeStampToken, DER.</returns>
    /// <exception cref="TimeStampUnavailableException">The authority did not give one.</exception>
    public static Task<byte[]> Take(SignedNote checkpoint, ITimeStampAuthority authority, CancellationToken cancellation) =>
        TimeStampRequest.TokenFor(Encoding.UTF8.GetBytes(checkpoint.Text), authority, cancellation);

    /// <summary>What the token says about the checkpoint.</summary>
    public static StampVerdict Check(ReadOnlyMemory<byte> token, SignedNote checkpoint, TrustAnchors anchors)
    {
        var findings = new Findings();
        var at = TimeStampCheck.Run(token, Encoding.UTF8.GetBytes(checkpoint.Text), anchors, "platform.tst", findings, new());
        var problems = findings.All.Where(finding => finding.Kind == FindingKind.Informational).Select(finding => (finding.Code, finding.Explanation)).ToList();
        return new(at, problems.Exists(each => each.Code is StatusCode.TimeStampMalformed or StatusCode.TimeStampMismatch), problems.Count > 0 ? problems[0].Explanation : null);
    }
}

/// <param name="At">When the checkpoint existed; null when that is not to be believed.</param>
/// <param name="IsWrong">The token is none, or of something else: somebody exchanged it. Otherwise its authority is only not trusted.</param>
public sealed record StampVerdict(DateTimeOffset? At, bool IsWrong, string? Problem);
