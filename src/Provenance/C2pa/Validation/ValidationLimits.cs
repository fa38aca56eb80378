namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Bounds on what a file may make the validator do. Lawful stores stay far below them.</summary>
internal static class ValidationLimits
{
    /// <summary>Bytes of one manifest store; a generation adds about 5 kB, a thumbnail up to 1 MiB.</summary>
    public const int StoreBytes = 32 << 20;

    /// <summary>Superboxes inside superboxes; a manifest store needs four.</summary>
    public const int BoxDepth = 8;

    /// <summary>Boxes in one store.</summary>
    public const int Boxes = 4096;

    /// <summary>Arrays, maps and tags inside one another; assertions need about six.</summary>
    public const int CborDepth = 24;

    /// <summary>Values in one CBOR document.</summary>
    public const int CborItems = 20_000;

    /// <summary>Certificates in one chain.</summary>
    public const int Certificates = 8;

    /// <summary>Bytes of one certificate.</summary>
    public const int CertificateBytes = 16 << 10;

    /// <summary>Ranges that one data hash may leave out.</summary>
    public const int Exclusions = 256;
}
