namespace Vitrine.Provenance.C2pa.Validation;

/// <summary>The status codes of C2PA 2.2, 15.2 that this validator uses.</summary>
internal static class StatusCode
{
    public const string General = "general.error";
    public const string AlgorithmUnsupported = "algorithm.unsupported";
    public const string ManifestUnreferenced = "manifest.unreferenced";
    public const string ManifestUpdateInvalid = "manifest.update.invalid";
    public const string ManifestCompressedInvalid = "manifest.compressed.invalid";

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

    public const string HashedUriMatch = "assertion.hashedURI.match";
    public const string HashedUriMismatch = "assertion.hashedURI.mismatch";
    public const string AssertionMissing = "assertion.missing";
    public const string AssertionUndeclared = "assertion.undeclared";
    public const string AssertionOutsideManifest = "assertion.outsideManifest";
    public const string AssertionCborInvalid = "assertion.cbor.invalid";
    public const string AssertionJsonInvalid = "assertion.json.invalid";
    public const string MultipleHardBindings = "assertion.multipleHardBindings";
    public const string ActionMalformed = "assertion.action.malformed";
    public const string ActionIngredientMismatch = "assertion.action.ingredientMismatch";
    public const string ActionSoftBindingMissing = "assertion.action.softBindingMissing";

    public const string DataHashMatch = "assertion.dataHash.match";
    public const string DataHashMismatch = "assertion.dataHash.mismatch";
    public const string DataHashMalformed = "assertion.dataHash.malformed";
    public const string AdditionalExclusions = "assertion.dataHash.additionalExclusionsPresent";

    public const string IngredientMalformed = "assertion.ingredient.malformed";
    public const string IngredientManifestMissing = "ingredient.manifest.missing";
    public const string IngredientManifestMismatch = "ingredient.manifest.mismatch";
    public const string IngredientManifestValidated = "ingredient.manifest.validated";
}
