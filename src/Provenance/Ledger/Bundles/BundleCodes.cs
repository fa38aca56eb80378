namespace Vitrine.Provenance.Ledger;

/// <summary>What is wrong with a proof bundle, beside <see cref="LogCodes"/>. Stable.</summary>
public static class BundleCodes
{
    /// <summary>The bytes are no zip, or a damaged one.</summary>
    public const string ZipMalformed = "bundle.zip.malformed";

    /// <summary>It would unpack to more than a bundle can hold: a zip bomb, or no bundle.</summary>
    public const string TooLarge = "bundle.too_large";

    /// <summary>A part's name leads out of the bundle.</summary>
    public const string PathUnsafe = "bundle.path.unsafe";

    /// <summary>A part that no bundle has; somebody added something.</summary>
    public const string PartUnexpected = "bundle.part.unexpected";

    /// <summary>Two parts have one name, and two readers could take different ones.</summary>
    public const string PartTwice = "bundle.part.twice";

    public const string PartMissing = "bundle.part.missing";

    /// <summary>bundle.json is not of a format that this program knows.</summary>
    public const string IndexMalformed = "bundle.index.malformed";

    /// <summary>A key in the bundle is none.</summary>
    public const string KeyMalformed = "bundle.key.malformed";

    /// <summary>The log's key is not the one that the auditor trusts.</summary>
    public const string KeyUntrusted = "bundle.key.untrusted";

    /// <summary>A proof cannot be read.</summary>
    public const string ProofMalformed = "bundle.proof.malformed";

    /// <summary>A proof stands under another checkpoint than the bundle's: it proves another tree.</summary>
    public const string ProofOfAnotherTree = "bundle.proof.another_tree";

    /// <summary>The entry is not at this place of the log: it was altered, or the proof was.</summary>
    public const string ProofWrong = "bundle.proof.wrong";

    /// <summary>A payload is not what the entry commits to.</summary>
    public const string PayloadAltered = "bundle.payload.altered";

    /// <summary>What is said to have been in the sealed part of a payload is not what the payload commits to.</summary>
    public const string OpeningAltered = "bundle.opening.altered";

    /// <summary>The file is not the one that the log recorded.</summary>
    public const string FileAltered = "bundle.file.altered";

    /// <summary>The Content Credentials of the file do not hold.</summary>
    public const string CredentialInvalid = "bundle.credential.invalid";

    /// <summary>The file's manifest is not the one that the log recorded.</summary>
    public const string ManifestDiffers = "bundle.manifest.differs";

    /// <summary>manifest.c2pa is not that of the file, or what it claims does not hold.</summary>
    public const string ManifestAltered = "bundle.manifest.altered";

    /// <summary>A stream that the bundle calls related has nothing to do with the asset.</summary>
    public const string RelatedForeign = "bundle.related.foreign";

    /// <summary>record.json is not what the payloads say.</summary>
    public const string RecordDiffers = "bundle.record.differs";

    /// <summary>The events do not speak of the asset that the bundle names.</summary>
    public const string SubjectDiffers = "bundle.subject.differs";

    /// <summary>The platform's log does not hold the checkpoint.</summary>
    public const string PlatformWrong = "bundle.platform.wrong";

    /// <summary>The time stamp is not of the platform's checkpoint.</summary>
    public const string StampWrong = "bundle.stamp.wrong";
}
