namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>Bounds on what a file may make the validator do. Lawful stores stay far below them.</summary>
internal static class ValidationLimits
{
    /// <summary>Bytes of one manifest store; a generation adds about 5 kB, a thumbnail up to 1 MiB.</summary>
    public const int StoreBytes = 32 << 20;

    /// <summary>Superboxes inside superboxes; a manifest store needs four.</summary>
    public const int BoxDepth = 8;

    /// <summary>Bytes of the label of a box; a URN of version 2 has at most 97.</summary>
    public const int LabelBytes = 256;

    /// <summary>Boxes in one store, with those of its compressed manifests; a manifest has about twenty.</summary>
    public const int Boxes = 16_384;

    /// <summary>Manifests in one store: generations and branches of a history.</summary>
    public const int Manifests = 512;

    /// <summary>Bytes that one compressed manifest may unfold to.</summary>
    public const int UnfoldedBytes = 8 << 20;

    /// <summary>Bytes that all compressed manifests of a store may unfold to.</summary>
    public const int UnfoldedBytesOfStore = 32 << 20;

    /// <summary>How often a byte of the store may be hashed on average. A lawful one is hashed twice: in its assertion, and in its manifest as an ingredient.</summary>
    public const int HashesOfAByte = 4;

    /// <summary>Hard bindings of one manifest that are compared with the file; a second one is a failure already.</summary>
    public const int HardBindings = 3;

    /// <summary>Ingredients of ingredients; c2pa-rs follows 200 as well.</summary>
    public const int IngredientDepth = 200;

    /// <summary>Findings kept; that there were more is the last one.</summary>
    public const int Findings = 20_000;

    /// <summary>Characters of what a finding is about, which a file may choose.</summary>
    public const int SubjectCharacters = 1024;

    /// <summary>Characters of the sentence of a finding, which may quote a file.</summary>
    public const int ExplanationCharacters = 512;

    /// <summary>Arrays, maps and tags inside one another; assertions need about six.</summary>
    public const int CborDepth = 24;

    /// <summary>Values in one CBOR document; the recorded results of an ingredient take about a hundred.</summary>
    public const int CborItems = 20_000;

    /// <summary>Values in all CBOR documents of a store; a generation takes about three hundred.</summary>
    public const int CborItemsOfStore = 500_000;

    /// <summary>Different chains in one store; each costs milliseconds to judge.</summary>
    public const int Chains = 128;

    /// <summary>Time stamps that manifests bring for earlier ones; each update brings one.</summary>
    public const int LaterStamps = 256;

    /// <summary>Bytes of a signature: RSA with 16,384 bits.</summary>
    public const int SignatureBytes = 2048;

    /// <summary>Certificates in one chain.</summary>
    public const int Certificates = 8;

    /// <summary>Bytes of one certificate.</summary>
    public const int CertificateBytes = 16 << 10;

    /// <summary>Bytes of one time stamp with its certificates.</summary>
    public const int TimeStampBytes = 64 << 10;

    /// <summary>Answers about a revocation that are read for one signature; one is usual.</summary>
    public const int OcspAnswers = 2;

    /// <summary>The same for all signatures of a store: an answer can cost two verifications with keys of the file's choice.</summary>
    public const int OcspAnswersOfStore = 256;

    /// <summary>Bytes of one answer about a revocation.</summary>
    public const int OcspBytes = 64 << 10;

    /// <summary>Ranges or boxes that one hash may leave out, or list.</summary>
    public const int Exclusions = 1024;

    /// <summary>Comparisons of a box with what an exclusion says of it, for one hash of a film.</summary>
    public const int ExclusionComparisons = 1 << 20;

    /// <summary>Boxes of one MP4 file, at any depth.</summary>
    public const int FileBoxes = 65_536;
}
