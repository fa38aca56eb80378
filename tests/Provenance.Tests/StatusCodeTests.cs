using System.Formats.Cbor;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>For every status code a file that earns it. The signatures are good; what is signed is not.</summary>
public sealed class StatusCodeTests
{
    private const string SourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

    private static readonly byte[] signed = Samples.Signed("small.png");
    private static readonly byte[] parentBox = JumbfBox.TryParse(Carrier.Open(ContentCredentials.Sign(Samples.Read("small.png"), Samples.Numbered(50), Samples.Signer)).Stores[0].Store, out _)!.Children[0].Bytes.ToArray();
    private static readonly string parentLabel = Samples.Numbered(50).ManifestLabel;
    private static readonly string parentUrl = "self#jumbf=/c2pa/" + parentLabel;

    private static readonly (string Code, string What, Func<byte[]> File)[] files =
    [
        (StatusCode.General, "two manifests of one label", () => ForgedManifest.Sign("small.png", m => m.Older.AddRange([parentBox, parentBox]))),
        (StatusCode.ManifestInaccessible, "credentials elsewhere", WithRemoteManifest),
        (StatusCode.ManifestUnreferenced, "a manifest that nothing refers to", () => ForgedManifest.Sign("small.png", m => m.Older.Add(parentBox))),
        (StatusCode.ManifestMultipleParents, "two parents", () => ForgedManifest.Sign("small.png", m => m.Created.AddRange([Ingredient("parentOf"), Ingredient("parentOf", index: 1)]))),
        (StatusCode.ManifestUpdateInvalid, "an update with a binding", () => ForgedManifest.Sign("small.png", m => m.Type = JumbfType.UpdateManifest)),
        (StatusCode.ManifestUpdateWrongParents, "an update without a parent", () => ForgedManifest.Sign("small.png", m => m.Type = JumbfType.UpdateManifest)),
        (StatusCode.ManifestTimeStampInvalid, "a time-stamp manifest that says more", () => ForgedManifest.Sign("small.png", m => m.Type = JumbfType.TimeStampManifest)),
        (StatusCode.ManifestTimeStampWrongParents, "a time-stamp manifest without a parent", () => ForgedManifest.Sign("small.png", m => m.Type = JumbfType.TimeStampManifest)),
        (StatusCode.ManifestUnknownProvenance, "a claim of a later version", () => ForgedManifest.Sign("small.png", m => m.ClaimLabel = "c2pa.claim.v9")),
        (StatusCode.ManifestCompressedInvalid, "a compressed manifest that does not unfold", () => ForgedManifest.Sign("small.png",
            m => m.Wrap = manifest => JumbfWriter.Super(JumbfType.CompressedManifest, m.Label, JumbfWriter.Box("brob"u8, manifest[..40])))),
        (StatusCode.ClaimMissing, "no claim", () => ForgedManifest.Sign("small.png", m => m.Boxes = b => [b[0], b[2]])),
        (StatusCode.ClaimMultiple, "two claims", () => ForgedManifest.Sign("small.png", m => m.Boxes = b => [b[0], b[1], b[1], b[2]])),
        (StatusCode.ClaimMalformed, "a field of version 1", () => ForgedManifest.Sign("small.png", m => m.ClaimFields.Add(("claim_generator", w => w.WriteTextString("x"))))),
        (StatusCode.ClaimCborInvalid, "a claim that is no CBOR", () => ForgedManifest.Sign("small.png",
            m => m.Boxes = b => [b[0], JumbfWriter.Super(JumbfType.Claim, "c2pa.claim.v2", JumbfWriter.Box("cbor"u8, [0xFF])), b[2]])),
        (StatusCode.ClaimRequiredMissing, "an empty claim", () => ForgedManifest.Sign("small.png",
            m => m.Boxes = b => [b[0], JumbfWriter.Super(JumbfType.Claim, "c2pa.claim.v2", JumbfWriter.Box("cbor"u8, [0xA0])), b[2]])),
        (StatusCode.HardBindingsMissing, "no binding", () => ForgedManifest.Sign("small.png", m => m.HasDataHash = false)),
        (StatusCode.SignatureMissing, "no signature", () => ForgedManifest.Sign("small.png", m => m.Boxes = b => [b[0], b[1]])),
        (StatusCode.SignatureMismatch, "another claim", () => Changed.Text(signed, "gVitrine", "gVitrune")),
        (StatusCode.OcspSkipped, "no answer about revocation", () => signed),
        (StatusCode.AssertionMissing, "an assertion that is not there", () => ForgedManifest.Sign("small.png", m => m.DanglingUrls.Add("self#jumbf=c2pa.assertions/c2pa.gone"))),
        (StatusCode.AssertionInaccessible, "an assertion kept elsewhere", () => ForgedManifest.Sign("small.png", m => m.Created.Add(ForgedManifest.Cbor("c2pa.cloud-data", w => { w.WriteStartMap(0); w.WriteEndMap(); })))),
        (StatusCode.AssertionUndeclared, "an assertion too many", () => ForgedManifest.Sign("small.png", m => m.Undeclared.Add(Assertions.NoTraining()))),
        (StatusCode.AssertionOutsideManifest, "an assertion of others", () => ForgedManifest.Sign("small.png", m => m.DanglingUrls.Add("self#jumbf=/c2pa/urn:c2pa:other/c2pa.assertions/x"))),
        (StatusCode.AssertionSelfRedacted, "a redaction of itself", () => Redacting($"self#jumbf=/c2pa/{Samples.Description.ManifestLabel}/c2pa.assertions/c2pa.metadata")),
        (StatusCode.AssertionNotRedacted, "a redaction that left everything there", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.metadata")),
        (StatusCode.ActionRedacted, "a redaction of actions", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.actions.v2")),
        (StatusCode.DataHashRedacted, "a redaction of a binding", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.hash.data")),
        (StatusCode.AssertionRequiredMissing, "a soft binding without an algorithm", () => ForgedManifest.Sign("small.png", m => m.Created.Add(ForgedManifest.Cbor("c2pa.soft-binding", w => { w.WriteStartMap(0); w.WriteEndMap(); })))),
        (StatusCode.AssertionCborInvalid, "an assertion that is no CBOR", () => ForgedManifest.Sign("small.png", m => m.Created.Add(new("c2pa.x", JumbfWriter.Super(JumbfType.Cbor, "c2pa.x", JumbfWriter.Box("cbor"u8, [0xFF])))))),
        (StatusCode.AssertionJsonInvalid, "an assertion that is no JSON", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Json("org.x", "{")))),
        (StatusCode.MultipleHardBindings, "two bindings", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Boxes()))),
        (StatusCode.TimeStampAssertionMalformed, "time stamps that are none", () => ForgedManifest.Sign("small.png", m => m.Created.Add(ForgedManifest.Cbor("c2pa.time-stamp", w => { w.WriteStartMap(0); w.WriteEndMap(); })))),
        (StatusCode.MetadataDisallowed, "metadata of a person", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Json("c2pa.metadata__1", """{"@context":{"dc":"http://purl.org/dc/elements/1.1/"},"dc:creator":"A Person"}""")))),
        (StatusCode.ActionMalformed, "an action without a source type", () => ForgedManifest.Sign("small.png", m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", null)))),
        (StatusCode.ActionIngredientMismatch, "an opening of nothing", () => ForgedManifest.Sign("small.png", m => m.Created[0] = ForgedManifest.Actions(("c2pa.opened", null)))),
        (StatusCode.ActionRedactionMismatch, "a redaction of nothing", () => ForgedManifest.Sign("small.png", m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", SourceType), ("c2pa.redacted", null)))),
        (StatusCode.ActionSoftBindingMissing, "a watermark without a description", () => ForgedManifest.Sign("small.png", m => m.Created[0] = ForgedManifest.Actions(("c2pa.created", SourceType), ("c2pa.watermarked.bound", null)))),
        (StatusCode.UriMissing, "an action on an ingredient that is not there", () => ForgedManifest.Sign("small.png", m => m.Created[0] = Opening("c2pa.ingredient.v3", new byte[40]))),
        (StatusCode.UriMismatch, "an action on another ingredient", () => ForgedManifest.Sign("small.png", m => { m.Created[0] = Opening("c2pa.ingredient.v3", new byte[40]); m.Created.Add(Ingredient("parentOf")); })),
        (StatusCode.DataHashMismatch, "a changed picture", () => Changed.PictureBit(signed)),
        (StatusCode.DataHashMalformed, "a binding without a hash", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(ForgedManifest.Cbor("c2pa.hash.data", w => { w.WriteStartMap(0); w.WriteEndMap(); })); })),
        (StatusCode.AdditionalExclusions, "a second exclusion", () => ForgedManifest.Sign("small.png", m => m.ExcludedTail = 12)),
        (StatusCode.AlgorithmUnsupported, "an unknown hash", () => ForgedManifest.Sign("small.png", m => m.HashAlgorithm = "md5")),
        (StatusCode.BmffHashMismatch, "a changed film", () => Changed.Bit(Samples.Signed("clip.mp4"), Samples.Signed("clip.mp4").Length - 40)),
        (StatusCode.BmffHashMalformed, "a picture bound like a film", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(ForgedManifest.Cbor("c2pa.hash.bmff.v3", w => { w.WriteStartMap(0); w.WriteEndMap(); })); })),
        (StatusCode.BoxesHashMatch, "parts that are as they were", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(Boxes()); })),
        (StatusCode.BoxesHashMismatch, "a part that was changed", () => Changed.PictureBit(ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(Boxes()); }))),
        (StatusCode.BoxesHashMalformed, "no parts", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(ForgedManifest.Cbor("c2pa.hash.boxes", w => { w.WriteStartMap(0); w.WriteEndMap(); })); })),
        (StatusCode.BoxesHashUnknownBox, "a part that was not signed", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(Boxes(without: "IEND")); })),
        (StatusCode.CollectionHashMalformed, "a collection", () => ForgedManifest.Sign("small.png", m => { m.HasDataHash = false; m.Created.Add(ForgedManifest.Cbor("c2pa.hash.collection.data", w => { w.WriteStartMap(0); w.WriteEndMap(); })); })),
        (StatusCode.IngredientMalformed, "an ingredient without a role", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Ingredient("friendOf")))),
        (StatusCode.IngredientManifestMissing, "an ingredient whose manifest is gone", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Ingredient("componentOf", parentBox)))),
        (StatusCode.IngredientManifestMismatch, "an ingredient whose manifest is another", () => ForgedManifest.Sign("small.png", m => { m.Older.Add(parentBox); m.Created.Add(Ingredient("componentOf", new byte[40])); })),
        (StatusCode.IngredientHashedUriMismatch, "an ingredient of an older version whose manifest is another", () => ForgedManifest.Sign("small.png", m =>
        {
            m.Older.Add(parentBox);
            m.Created.Add(ForgedManifest.Cbor("c2pa.ingredient.v2", w =>
            {
                w.WriteStartMap(2);
                Assertions.WriteText(w, "relationship", "componentOf");
                w.WriteTextString("c2pa_manifest");
                ForgedManifest.WriteReference(w, parentUrl, new byte[40]);
                w.WriteEndMap();
            }));
        })),
        (StatusCode.IngredientManifestValidated, "an ingredient as it was", () => ForgedManifest.Sign("small.png", m => { m.Older.Add(parentBox); m.Created.Add(Ingredient("componentOf", parentBox)); })),
        (StatusCode.IngredientUnknownProvenance, "an ingredient without credentials", () => ForgedManifest.Sign("small.png", m => m.Created.Add(Ingredient("componentOf")))),
        (StatusCode.IngredientSignatureMissing, "a redacted ingredient without its signature", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.metadata", takesAway: true)),
        (StatusCode.IngredientSignatureValidated, "a redacted ingredient with its signature", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.metadata", takesAway: true, signature: SignatureOf(parentBox))),
        (StatusCode.IngredientSignatureMismatch, "a redacted ingredient with another signature", () => Redacting(parentUrl + "/c2pa.assertions/c2pa.metadata", takesAway: true, signature: new byte[40])),
    ];

    /// <summary>Codes that other tests of this project earn: signatures, certificates, stamps and answers about revocation.</summary>
    private static readonly string[] elsewhere =
    [
        StatusCode.SignatureValidated, StatusCode.SignatureInsideValidity, StatusCode.SignatureOutsideValidity, StatusCode.CredentialTrusted, StatusCode.CredentialUntrusted, StatusCode.CredentialInvalid,
        StatusCode.CredentialExpired, StatusCode.OcspInaccessible, StatusCode.OcspNotRevoked, StatusCode.OcspRevoked, StatusCode.OcspUnknown, StatusCode.TimeStampValidated, StatusCode.TimeStampTrusted,
        StatusCode.TimeStampMismatch, StatusCode.TimeStampMalformed, StatusCode.TimeStampOutsideValidity, StatusCode.TimeStampUntrusted, StatusCode.HashedUriMatch, StatusCode.HashedUriMismatch,
        StatusCode.DataHashMatch, StatusCode.BmffHashMatch,
    ];

    [Fact]
    public void Every_code_is_earned_by_a_file()
    {
        var problems = new List<string>();
        foreach ((string code, string what, Func<byte[]> file) in files)
        {
            CredentialVerdict verdict = Samples.Verify(file());
            if (!verdict.Has(code)) problems.Add($"{what}: no {code}, but {string.Join(", ", verdict.Findings.Where(f => f.Kind != FindingKind.Success).Select(f => f.Code))}");
            if (verdict.Findings.Any(f => f.Kind == FindingKind.Failure && f.Code == code) && verdict.State is CredentialState.Trusted or CredentialState.Valid) problems.Add($"{what}: {verdict.State}");
        }
        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    /// <summary>The codes of C2PA 2.2, 15.2, with those of 2.4. Written down once more, so that a code that nobody thought of is missed here.</summary>
    private const string Specified = """
        claimSignature.validated claimSignature.insideValidity signingCredential.trusted signingCredential.ocsp.notRevoked timeStamp.validated timeStamp.trusted assertion.hashedURI.match
        assertion.dataHash.match assertion.bmffHash.match assertion.boxesHash.match assertion.collectionHash.match assertion.accessible ingredient.manifest.validated ingredient.claimSignature.validated
        signingCredential.ocsp.skipped signingCredential.ocsp.inaccessible assertion.dataHash.additionalExclusionsPresent ingredient.unknownProvenance timeStamp.mismatch timeStamp.malformed
        timeStamp.outsideValidity timeStamp.untrusted algorithm.deprecated manifest.unknownProvenance manifest.unreferenced
        claim.missing claim.multiple claim.malformed claim.cbor.invalid claim.required.missing claim.hardBindings.missing claimSignature.missing claimSignature.mismatch claimSignature.outsideValidity
        signingCredential.untrusted signingCredential.invalid signingCredential.expired signingCredential.ocsp.revoked signingCredential.ocsp.unknown
        assertion.hashedURI.mismatch assertion.missing assertion.inaccessible assertion.undeclared assertion.outsideManifest assertion.selfRedacted assertion.notRedacted assertion.required.missing
        assertion.multipleHardBindings assertion.cbor.invalid assertion.json.invalid assertion.action.malformed assertion.action.ingredientMismatch assertion.action.redacted
        assertion.action.redactionMismatch assertion.action.softBindingMissing assertion.dataHash.mismatch assertion.dataHash.malformed assertion.dataHash.redacted
        assertion.bmffHash.mismatch assertion.bmffHash.malformed assertion.boxesHash.mismatch assertion.boxesHash.malformed assertion.boxesHash.unknownBox
        assertion.collectionHash.mismatch assertion.collectionHash.malformed assertion.collectionHash.incorrectFileCount assertion.collectionHash.invalidURI
        assertion.ingredient.malformed assertion.metadata.disallowed assertion.timestamp.malformed
        ingredient.manifest.missing ingredient.manifest.mismatch ingredient.claimSignature.missing ingredient.claimSignature.mismatch ingredient.hashedURI.mismatch hashedURI.missing hashedURI.mismatch
        manifest.inaccessible manifest.multipleParents manifest.update.invalid manifest.update.wrongParents manifest.timestamp.invalid manifest.timestamp.wrongParents manifest.compressed.invalid
        algorithm.unsupported general.error
        """;

    /// <summary>Codes that a validator of single pictures and films which opens no connection has no occasion to report.</summary>
    private static readonly (string Code, string Reason)[] neverReported =
    [
        ("algorithm.deprecated", "the specification's lists of deprecated algorithms are empty: every algorithm is allowed or unsupported"),
        ("assertion.accessible", "says that an assertion was fetched from elsewhere, and nothing is ever fetched; assertion.inaccessible says that"),
        ("assertion.collectionHash.match", "binds a folder or an archive of files; a picture or a film that has one is malformed"),
        ("assertion.collectionHash.mismatch", "the same"),
        ("assertion.collectionHash.incorrectFileCount", "the same"),
        ("assertion.collectionHash.invalidURI", "the same"),
    ];

    [Fact]
    public void Every_code_of_the_specification_is_earned_by_a_file_or_has_a_reason_why_not()
    {
        string[] specified = Specified.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), never = [.. neverReported.Select(n => n.Code)], earned = [.. files.Select(f => f.Code).Concat(elsewhere).Distinct()];

        Assert.Equal(specified.Distinct().Count(), specified.Length);
        Assert.Equal(specified.Except(never).Order(), earned.Order());
        Assert.Empty(never.Except(specified));
    }

    [Fact]
    public void No_code_is_left_out_of_the_tests()
    {
        IEnumerable<string> codes = typeof(StatusCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);

        Assert.Equal([], codes.Except(files.Select(f => f.Code)).Except(elsewhere));
    }

    [Theory]
    [InlineData((int)RevocationStatus.Good, 0, true, "signingCredential.ocsp.notRevoked", false)]
    [InlineData((int)RevocationStatus.Revoked, -1, true, "signingCredential.ocsp.revoked", true)]
    [InlineData((int)RevocationStatus.Revoked, 1, true, "signingCredential.ocsp.notRevoked", false)]
    [InlineData((int)RevocationStatus.Unknown, 0, true, "signingCredential.ocsp.unknown", true)]
    [InlineData((int)RevocationStatus.Good, 0, false, "signingCredential.ocsp.inaccessible", false)]
    public void A_stapled_answer_about_revocation_is_believed_when_the_issuer_signed_it(int status, int revokedInDays, bool isSignedByIssuer, string code, bool isFailure)
    {
        byte[] answer = OcspSamples.Response((RevocationStatus)status, Samples.Now.AddHours(-1), Samples.Now.AddDays(revokedInDays), isSignedByIssuer);
        byte[] file = ForgedManifest.Sign("small.png", m => m.Cose = claim => WithStaple(claim, answer));

        CredentialVerdict verdict = ContentCredentials.Verify(file, TrustAnchors.FromPem(OcspSamples.RootPem), Samples.Now);

        Assert.True(verdict.Has(code), string.Join("; ", verdict.Findings.Where(f => f.Kind != FindingKind.Success)));
        Assert.Equal(isFailure ? CredentialState.Invalid : CredentialState.Trusted, verdict.State);
        Assert.Equal(code switch { "signingCredential.ocsp.revoked" => CredentialFault.Revoked, "signingCredential.ocsp.unknown" => CredentialFault.Invalid, _ => (CredentialFault?)null }, verdict.Fault);
    }

    [Fact]
    public void Of_many_answers_about_revocation_two_are_read()
    {
        byte[] unusable = OcspSamples.Response(RevocationStatus.Good, Samples.Now, isSignedByIssuer: false);
        byte[] file = ForgedManifest.Sign("small.png", m => m.Cose = claim => WithStaple(claim, [.. Enumerable.Repeat(unusable, 30)]));
        var budget = new ValidationBudget();

        CredentialVerdict verdict = ManifestStoreValidator.Validate(file, TrustAnchors.FromPem(OcspSamples.RootPem), Samples.Now, budget);

        Assert.Equal(2, budget.OcspAnswersRead);
        Assert.True(verdict.Has("signingCredential.ocsp.inaccessible"));
    }

    [Fact]
    public void A_manifest_of_version_1_is_read()
    {
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.IsVersion1 = true;
            m.Label = "acme:urn:uuid:5b1d6a3e-0c7f-4f0a-9a52-3f6f3f0f9c11";
            m.Created.Clear();
            m.Created.Add(new("c2pa.actions", Rename(ForgedManifest.Actions(("c2pa.edited", null)), "c2pa.actions")));
            m.Created.Add(ForgedManifest.Cbor("c2pa.ingredient", w =>
            {
                w.WriteStartMap(4);
                Assertions.WriteText(w, "dc:title", "An input");
                Assertions.WriteText(w, "dc:format", "image/png");
                Assertions.WriteText(w, "instanceID", "xmp:iid:1");
                Assertions.WriteText(w, "relationship", "parentOf");
                w.WriteEndMap();
            }));
        });

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.True(verdict.State == CredentialState.Trusted, string.Join("; ", verdict.Failures));
        Assert.Equal(("Forger/1", "c2pa.edited", "parentOf"), (verdict.Manifest!.GeneratorName, verdict.Manifest.Actions[0].Action, verdict.Manifest.Ingredients[0].Relationship));
    }

    [Fact]
    public void A_compressed_manifest_is_unfolded_and_checked()
    {
        byte[] folded = new byte[BrotliEncoder.GetMaxCompressedLength(parentBox.Length)];
        Assert.True(BrotliEncoder.TryCompress(parentBox, folded, out int written));
        byte[] compressed = JumbfWriter.Super(JumbfType.CompressedManifest, parentLabel, JumbfWriter.Box("brob"u8, folded[..written]));
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.Add(compressed);
            m.Created.Add(Ingredient("componentOf", parentBox));
        });

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.True(verdict.State == CredentialState.Trusted, string.Join("; ", verdict.Failures));
        Assert.Contains(verdict.Findings, f => f is { Code: "claimSignature.validated", IngredientUri: not null });
    }

    [Fact]
    public void A_compressed_manifest_that_unfolds_to_too_much_is_refused()
    {
        byte[] bomb = new byte[64 << 20], folded = new byte[1 << 20];
        Assert.True(BrotliEncoder.TryCompress(bomb, folded, out int written));
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.Add(JumbfWriter.Super(JumbfType.CompressedManifest, parentLabel, JumbfWriter.Box("brob"u8, folded[..written])));
            m.Created.Add(Ingredient("componentOf", parentBox));
        });
        long before = GC.GetAllocatedBytesForCurrentThread();

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
        Assert.Contains(verdict.Failures, f => f.Code == "manifest.compressed.invalid");
    }

    [Fact]
    public void Ingredients_that_lead_in_a_circle_end()
    {
        string other = Samples.Numbered(60).ManifestLabel;
        byte[] otherBox = JumbfBox.TryParse(parentBox, out _)!.WithLabel(other)!.Bytes.ToArray();
        byte[] file = ForgedManifest.Sign("small.png", m => m.Created.Add(Ingredient("componentOf", otherBox, label: m.Label)));
        byte[] deep = [];
        for (int i = 0; i < 600; i++) deep = [.. deep, .. JumbfBox.TryParse(parentBox, out _)!.WithLabel($"urn:c2pa:{i:x8}-0c7f-4f0a-9a52-3f6f3f0f9c11")!.Bytes.Span];
        byte[] crowded = ForgedManifest.Sign("small.png", m => m.Older.Add(deep));

        Assert.Contains(Samples.Verify(file).Failures, f => f.Code is "assertion.ingredient.malformed" or "ingredient.manifest.mismatch");
        Assert.Contains(Samples.Verify(crowded).Failures, f => f.Explanation.Contains("more than", StringComparison.Ordinal));
    }

    private static byte[] Redacting(string uri, bool takesAway = false, byte[]? signature = null) => ForgedManifest.Sign("small.png", m =>
    {
        m.Older.Add(takesAway ? Without(parentBox, "c2pa.metadata") : parentBox);
        m.Created.Add(Ingredient("componentOf", parentBox, signature: signature));
        m.ClaimFields.Add(("redacted_assertions", w => { w.WriteStartArray(1); w.WriteTextString(uri); w.WriteEndArray(); }));
    });

    private static byte[] Without(byte[] manifest, string assertion)
    {
        JumbfBox box = JumbfBox.TryParse(manifest, out _)!, store = box.Children[0];
        return JumbfWriter.Super(JumbfType.Manifest, box.Label,
            [JumbfWriter.Super(JumbfType.AssertionStore, store.Label, [.. store.Children.Where(c => c.Label != assertion).Select(c => c.Bytes.ToArray())]), .. box.Children.Skip(1).Select(c => c.Bytes.ToArray())]);
    }

    private static byte[] SignatureOf(byte[] manifest) => JumbfBox.TryParse(manifest, out _)!.Children[2].Bytes.ToArray();

    private static Assertion Ingredient(string role, byte[]? manifest = null, int index = 0, byte[]? signature = null, string? label = null)
    {
        string url = "self#jumbf=/c2pa/" + (label ?? parentLabel), name = IngredientAssertion.LabelOf("c2pa.ingredient.v3", index);
        return ForgedManifest.Cbor(name, w =>
        {
            w.WriteStartMap(1 + (manifest is null ? 0 : 2) + (signature is null ? 0 : 1));
            Assertions.WriteText(w, "relationship", role);
            if (manifest is not null)
            {
                w.WriteTextString("activeManifest");
                ForgedManifest.WriteReference(w, url, manifest);
                w.WriteTextString("validationResults");
                w.WriteStartMap(0);
                w.WriteEndMap();
            }
            if (signature is not null)
            {
                w.WriteTextString("claimSignature");
                ForgedManifest.WriteReference(w, url + "/c2pa.signature", signature);
            }
            w.WriteEndMap();
        });
    }

    private static Assertion Opening(string ingredient, byte[] box) => ForgedManifest.Cbor("c2pa.actions.v2", w =>
    {
        w.WriteStartMap(1);
        w.WriteTextString("actions");
        w.WriteStartArray(1);
        w.WriteStartMap(2);
        Assertions.WriteText(w, "action", "c2pa.opened");
        w.WriteTextString("parameters");
        w.WriteStartMap(1);
        w.WriteTextString("ingredients");
        w.WriteStartArray(1);
        ForgedManifest.WriteReference(w, "self#jumbf=c2pa.assertions/" + ingredient, box);
        w.WriteEndArray();
        w.WriteEndMap();
        w.WriteEndMap();
        w.WriteEndArray();
        w.WriteEndMap();
    });

    /// <summary>The parts of the plain picture with the store behind its header, each hashed by itself.</summary>
    private static Assertion Boxes(string? without = null)
    {
        byte[] picture = Samples.Read("small.png");
        var parts = Carrier.Open(picture).NamedParts.Where(p => p.Name != without).ToList();
        parts.Insert(2, ("C2PA", 0, 0));
        return ForgedManifest.Cbor("c2pa.hash.boxes", w =>
        {
            w.WriteStartMap(1);
            w.WriteTextString("boxes");
            w.WriteStartArray(parts.Count);
            foreach ((string name, int start, int length) in parts)
            {
                w.WriteStartMap(3);
                w.WriteTextString("names");
                w.WriteStartArray(1);
                w.WriteTextString(name);
                w.WriteEndArray();
                w.WriteTextString("hash");
                w.WriteByteString(SHA256.HashData(picture.AsSpan(start, length)));
                w.WriteTextString("pad");
                w.WriteByteString([]);
                w.WriteEndMap();
            }
            w.WriteEndArray();
            w.WriteEndMap();
        });
    }

    private static Assertion Json(string label, string json) => new(label, JumbfWriter.Super(JumbfType.Json, label, JumbfWriter.Box("json"u8, Encoding.UTF8.GetBytes(json))));

    private static byte[] Rename(Assertion assertion, string label) => JumbfBox.TryParse(assertion.Box, out _)!.WithLabel(label)!.Bytes.ToArray();

    private static byte[] WithRemoteManifest()
    {
        byte[] picture = Samples.Read("small.png");
        byte[] packet = Encoding.UTF8.GetBytes("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta dcterms:provenance=\"https://example.org/a.c2pa\"/>"), chunk = new byte[packet.Length + PngCarrier.ChunkOverhead];
        PngCarrier.WriteChunk(chunk, "iTXt"u8, packet);
        return [.. picture[..PngCarrier.AfterHeader], .. chunk, .. picture[PngCarrier.AfterHeader..]];
    }

    private static byte[] WithStaple(byte[] claim, params byte[][] answers)
    {
        var header = new CborWriter(CborConformanceMode.Canonical);
        header.WriteStartMap(2);
        header.WriteInt32(1);
        header.WriteInt32(-7);
        header.WriteInt32(33);
        header.WriteStartArray(OcspSamples.Chain.Count);
        foreach (ReadOnlyMemory<byte> der in OcspSamples.Chain) header.WriteByteString(der.Span);
        header.WriteEndArray();
        header.WriteEndMap();
        byte[] protectedHeader = header.Encode();
        var cose = new CborWriter(CborConformanceMode.Canonical);
        cose.WriteTag((CborTag)18);
        cose.WriteStartArray(4);
        cose.WriteByteString(protectedHeader);
        cose.WriteStartMap(1);
        cose.WriteTextString("rVals");
        cose.WriteStartMap(1);
        cose.WriteTextString("ocspVals");
        cose.WriteStartArray(answers.Length);
        foreach (byte[] answer in answers) cose.WriteByteString(answer);
        cose.WriteEndArray();
        cose.WriteEndMap();
        cose.WriteEndMap();
        cose.WriteNull();
        cose.WriteByteString(OcspSamples.Signer.Sign(SignatureStructure.Encode(protectedHeader, claim)));
        cose.WriteEndArray();
        return cose.Encode();
    }
}
