namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Bounds on what a file may make the validator do. Lawful stores stay far below them.</summary>
internal static class ValidationLimits
{
    /// <summary>Bytes of one manifest store; a generation adds about 5 kB, a thumbnail up to 1 MiB.</summary>
    public const int StoreBytes = 32 << 20;

    /// <summary>Superboxes inside superboxes; a manifest store needs four.</summary>
    public const int BoxDepth = 8;

    /// <summary>Boxes in one store; a manifest has about twenty.</summary>
    public const int Boxes = 16_384;

    /// <summary>Manifests in one store: generations and branches of a history.</summary>
    public const int Manifests = 512;

    /// <summary>Bytes that one compressed manifest may unfold to.</summary>
    public const int UnfoldedBytes = 8 << 20;

    /// <summary>Ingredients of ingredients; c2pa-rs follows 200 as well.</summary>
    public const int IngredientDepth = 200;

    /// <summary>Findings kept; beyond it only the first failure is still added.</summary>
    public const int Findings = 20_000;

    /// <summary>Arrays, maps and tags inside one another; assertions need about six.</summary>
    public const int CborDepth = 24;

    /// <summary>Values in one CBOR document; the recorded results of an ingredient take about a hundred.</summary>
    public const int CborItems = 20_000;

    /// <summary>Certificates in one chain.</summary>
    public const int Certificates = 8;

    /// <summary>Bytes of one certificate.</summary>
    public const int CertificateBytes = 16 << 10;

    /// <summary>Bytes of one time stamp with its certificates.</summary>
    public const int TimeStampBytes = 64 << 10;

    /// <summary>Bytes of one answer about a revocation.</summary>
    public const int OcspBytes = 64 << 10;

    /// <summary>Ranges or boxes that one hash may leave out, or list.</summary>
    public const int Exclusions = 1024;

    /// <summary>Boxes of one MP4 file, at any depth.</summary>
    public const int FileBoxes = 65_536;
}
