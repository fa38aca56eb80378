using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Validation;

namespace Vitrine.Provenance.C2pa.Cose;

/// <summary>The COSE_Sign1 of a claim as read. Only the protected header is believed for algorithm and certificates.</summary>
internal sealed record CoseSign1(
    ReadOnlyMemory<byte> ProtectedHeader,
    ReadOnlyMemory<byte> Signature,
    long? Algorithm,
    IReadOnlyList<ReadOnlyMemory<byte>> CertificateChain)
{
    /// <summary>Where time stamps stand: over the signature (version 2 of claims) or over the claim (version 1).</summary>
    public const string TimeStampsHeader = "sigTst2", OldTimeStampsHeader = "sigTst";

    /// <summary>Nothing signs it; what it holds proves itself or is not believed.</summary>
    public required CborMap UnprotectedHeader { get; init; }

    /// <summary>The time stamp tokens of a header (C2PA 2.2, 10.3.2.5), or none.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> TimeStamps(string header) =>
        (UnprotectedHeader.Map(header)?.List("tstTokens") ?? []).OfType<CborMap>().Select(t => t.Bytes("val") ?? default);

    /// <summary>The stapled answers about revocation (C2PA 2.2, 13.2.7): DER of OCSPResponse.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> OcspResponses => (UnprotectedHeader.Map("rVals")?.List("ocspVals") ?? []).OfType<ReadOnlyMemory<byte>>();

    private const ulong Tag = 18;
    private const long AlgorithmHeader = 1, CertificateChainHeader = 33;

    /// <summary>Answers null and a sentence when the bytes are not a tagged, detached message with padding of zeros.</summary>
    /// <param name="acceptsUnprotectedChain">Manifests of version 1 may carry their certificates where nothing protects them; the signature still has to fit.</param>
    public static CoseSign1? TryRead(ReadOnlyMemory<byte> bytes, out string problem, bool acceptsUnprotectedChain = false, ValidationBudget? budget = null)
    {
        if (!CborTree.TryRead(bytes, out object? document, out problem, budget)) return null;
        if (document is not CborTagged { Tag: Tag, Value: List<object?> { Count: 4 } parts })
            problem = "The signature is not a tagged COSE_Sign1 of four parts.";
        else if (parts[0] is not ReadOnlyMemory<byte> protectedHeader || parts[1] is not CborMap unprotected || parts[3] is not ReadOnlyMemory<byte> signature)
            problem = "A part of the COSE_Sign1 has the wrong type.";
        else if (parts[2] is not null)
            problem = "The COSE_Sign1 carries a payload; the payload of a claim signature is detached.";
        else if (signature.Length > ValidationLimits.SignatureBytes)
            problem = $"The signature has more than {ValidationLimits.SignatureBytes} bytes.";
        else if (!IsZeroPadding(unprotected, "pad") || !IsZeroPadding(unprotected, "pad2"))
            problem = "The padding of the signature is not made of zeros.";
        else if (!CborTree.TryRead(protectedHeader, out object? header, out problem, budget) || header is not CborMap headers)
            problem = "The protected header is not a CBOR map. " + problem;
        else if ((Certificates(headers.Get(CertificateChainHeader)) ?? (acceptsUnprotectedChain ? Certificates(unprotected.Get(CertificateChainHeader) ?? unprotected.Get("x5chain")) : null)) is not { } chain)
            problem = "The protected header has no certificate chain (x5chain).";
        else
            return new(protectedHeader, signature, headers.Number(AlgorithmHeader), chain) { UnprotectedHeader = unprotected };
        return null;
    }

    private static List<ReadOnlyMemory<byte>>? Certificates(object? x5chain) => x5chain switch
    {
        ReadOnlyMemory<byte> one => [one],
        List<object?> { Count: > 0 } several when several.TrueForAll(c => c is ReadOnlyMemory<byte>) => [.. several.Cast<ReadOnlyMemory<byte>>()],
        _ => null,
    };

    private static bool IsZeroPadding(CborMap headers, string label) =>
        !headers.TryGetValue(label, out object? pad) || (pad is ReadOnlyMemory<byte> bytes && !bytes.Span.ContainsAnyExcept((byte)0));
}
