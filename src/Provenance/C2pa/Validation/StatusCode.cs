namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The status codes of C2PA 2.2, 15.2 (with those that 2.4 added) that this validator reports; docs/content-credentials.md says when.</summary>
internal static class StatusCode
{
    public const string General = "general.error";
    public const string AlgorithmUnsupported = "algorithm.unsupported";

    public const string ManifestInaccessible = "manifest.inaccessible";
    public const string ManifestUnreferenced = "manifest.unreferenced";
    public const string ManifestMultipleParents = "manifest.multipleParents";
    public const string ManifestUpdateInvalid = "manifest.update.invalid";
    public const string ManifestUpdateWrongParents = "manifest.update.wrongParents";
    public const string ManifestCompressedInvalid = "manifest.compressed.invalid";
    public const string ManifestTimeStampInvalid = "manifest.timestamp.invalid";
    public const string ManifestTimeStampWrongParents = "manifest.timestamp.wrongParents";
    public const string ManifestUnknownProvenance = "manifest.unknownProvenance";

    public const string ClaimMissing = "claim.missing";
    public const string ClaimMultiple = "claim.multiple";
    public const string ClaimMalformed = "claim.malformed";
    public const string ClaimCborInvalid = "claim.cbor.invalid";
    public const string ClaimRequiredMissing = "claim.required.missing";
    public const string HardBindingsMissing = "claim.hardBindings.missing";

    public const string SignatureValidated = "claimSignature.validated";
    public const string SignatureInsideValidity = "claimSignature.insideValidity";
    public const string SignatureOutsideValidity = "claimSignature.outsideValidity";
    public const string SignatureMissing = "claimSignature.missing";
    public const string SignatureMismatch = "claimSignature.mismatch";

    public const string CredentialTrusted = "signingCredential.trusted";
    public const string CredentialUntrusted = "signingCredential.untrusted";
    public const string CredentialInvalid = "signingCredential.invalid";
    public const string CredentialExpired = "signingCredential.expired";
    public const string OcspSkipped = "signingCredential.ocsp.skipped";
    public const string OcspInaccessible = "signingCredential.ocsp.inaccessible";
    public const string OcspNotRevoked = "signingCredential.ocsp.notRevoked";
    public const string OcspRevoked = "signingCredential.ocsp.revoked";
    public const string OcspUnknown = "signingCredential.ocsp.unknown";

    public const string TimeStampValidated = "timeStamp.validated";
    public const string TimeStampTrusted = "timeStamp.trusted";
    public const string TimeStampMismatch = "timeStamp.mismatch";
    public const string TimeStampMalformed = "timeStamp.malformed";
    public const string TimeStampOutsideValidity = "timeStamp.outsideValidity";
    public const string TimeStampUntrusted = "timeStamp.untrusted";

    public const string HashedUriMatch = "assertion.hashedURI.match";
    public const string HashedUriMismatch = "assertion.hashedURI.mismatch";
    public const string AssertionMissing = "assertion.missing";
    public const string AssertionInaccessible = "assertion.inaccessible";
    public const string AssertionUndeclared = "assertion.undeclared";
    public const string AssertionOutsideManifest = "assertion.outsideManifest";
    public const string AssertionSelfRedacted = "assertion.selfRedacted";
    public const string AssertionNotRedacted = "assertion.notRedacted";
    public const string AssertionRequiredMissing = "assertion.required.missing";
    public const string AssertionCborInvalid = "assertion.cbor.invalid";
    public const string AssertionJsonInvalid = "assertion.json.invalid";
    public const string MultipleHardBindings = "assertion.multipleHardBindings";
    public const string TimeStampAssertionMalformed = "assertion.timestamp.malformed";
    public const string MetadataDisallowed = "assertion.metadata.disallowed";
    public const string ActionMalformed = "assertion.action.malformed";
    public const string ActionIngredientMismatch = "assertion.action.ingredientMismatch";
    public const string ActionRedacted = "assertion.action.redacted";
    public const string ActionRedactionMismatch = "assertion.action.redactionMismatch";
    public const string ActionSoftBindingMissing = "assertion.action.softBindingMissing";

    public const string DataHashMatch = "assertion.dataHash.match";
    public const string DataHashMismatch = "assertion.dataHash.mismatch";
    public const string DataHashMalformed = "assertion.dataHash.malformed";
    public const string DataHashRedacted = "assertion.dataHash.redacted";
    public const string AdditionalExclusions = "assertion.dataHash.additionalExclusionsPresent";
    public const string BmffHashMatch = "assertion.bmffHash.match";
    public const string BmffHashMismatch = "assertion.bmffHash.mismatch";
    public const string BmffHashMalformed = "assertion.bmffHash.malformed";
    public const string BoxesHashMatch = "assertion.boxesHash.match";
    public const string BoxesHashMismatch = "assertion.boxesHash.mismatch";
    public const string BoxesHashMalformed = "assertion.boxesHash.malformed";
    public const string BoxesHashUnknownBox = "assertion.boxesHash.unknownBox";
    public const string CollectionHashMalformed = "assertion.collectionHash.malformed";

    public const string UriMissing = "hashedURI.missing";
    public const string UriMismatch = "hashedURI.mismatch";

    public const string IngredientMalformed = "assertion.ingredient.malformed";
    public const string IngredientManifestMissing = "ingredient.manifest.missing";
    public const string IngredientManifestMismatch = "ingredient.manifest.mismatch";
    public const string IngredientHashedUriMismatch = "ingredient.hashedURI.mismatch";
    public const string IngredientManifestValidated = "ingredient.manifest.validated";
    public const string IngredientSignatureMissing = "ingredient.claimSignature.missing";
    public const string IngredientSignatureMismatch = "ingredient.claimSignature.mismatch";
    public const string IngredientSignatureValidated = "ingredient.claimSignature.validated";
    public const string IngredientUnknownProvenance = "ingredient.unknownProvenance";
}
