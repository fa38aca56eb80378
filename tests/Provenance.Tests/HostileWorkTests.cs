using System.Formats.Cbor;
using System.Security.Cryptography;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.C2pa.Writing;
using Vitrine.Provenance.Carriers;

namespace Vitrine.Provenance.Tests;

/// <summary>Files of which some numbers multiply when they are checked. The work is counted, not timed; each file is also told which bound it passed.</summary>
public sealed class HostileWorkTests
{
    private const string SourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", Large = "c2pa.ingredient.v3";

    private static readonly string[] algorithms = ["sha256", "sha384", "sha512"];

    [Fact]
    public void A_box_that_is_named_thousands_of_times_is_hashed_once()
    {
        Assertion large = LargeIngredient(4 << 20);
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Created.Add(large);
            for (int i = 1; i <= 5; i++) m.Created.Add(Placing(i, 3_000, large, "sha256"));
        });

        (CredentialVerdict verdict, ValidationBudget budget) = Validate(file);

        Assert.True(budget.HashedBytes < 2 * file.Length, $"{budget.HashedBytes} bytes were hashed for a file of {file.Length}.");
        Assert.DoesNotContain(verdict.Failures, f => f.Code is "hashedURI.mismatch" or "general.error");
    }

    [Fact]
    public void Hashing_under_every_name_that_there_is_ends_at_a_bound()
    {
        Assertion large = LargeIngredient(2 << 20);
        string olderLabel = Samples.Numbered(70).ManifestLabel;
        byte[] older = Manifest(m =>
        {
            m.Label = olderLabel;
            m.Created.Add(large);
            for (int i = 0; i < algorithms.Length; i++) m.Created.Add(Placing(i + 1, 10, large, algorithms[i]));
        });
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.Add(older);
            for (int i = 0; i < algorithms.Length; i++) m.Created.Add(LeadingTo(olderLabel, older, i, algorithms[i]));
        });

        (CredentialVerdict verdict, ValidationBudget budget) = Validate(file);

        Assert.True(budget.HashedBytes <= 4L * file.Length, $"{budget.HashedBytes} bytes were hashed for a file of {file.Length}.");
        AssertBound(verdict, "more than 4 times its bytes to be hashed");
    }

    [Fact]
    public void A_file_with_many_bindings_is_not_hashed_for_each()
    {
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            for (int i = 1; i <= 200; i++) m.Created.Add(ForgedManifest.Cbor($"c2pa.hash.data__{i}", w =>
            {
                w.WriteStartMap(2);
                w.WriteTextString("hash");
                w.WriteByteString(new byte[32]);
                w.WriteTextString("pad");
                w.WriteByteString([]);
                w.WriteEndMap();
            }));
        });

        (CredentialVerdict verdict, ValidationBudget budget) = Validate(file);

        Assert.Equal(3L * file.Length, budget.HashedFileBytes);
        Assert.Contains(verdict.Failures, f => f.Code == "assertion.multipleHardBindings");
    }

    [Fact]
    public void A_signature_is_read_once_however_many_stamps_it_gets_and_those_are_bounded()
    {
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            for (int i = 0; i < 20; i++) m.Created.Add(Stamps(i, 100, m.Label));
        });

        (CredentialVerdict verdict, ValidationBudget budget) = Validate(file);

        Assert.Equal((1, 20), (budget.SignaturesRead, budget.LaterStampsRead));
        Assert.DoesNotContain(verdict.Failures, f => f.Code == "general.error");

        byte[] crowded = ForgedManifest.Sign("small.png", m =>
        {
            for (int i = 0; i < 300; i++) m.Created.Add(Stamps(i, 1, m.Label));
        });
        (verdict, budget) = Validate(crowded);
        Assert.Equal(256, budget.LaterStampsRead);
        AssertBound(verdict, "more than 256 time stamps");
    }

    [Fact]
    public void Values_are_counted_over_all_documents_of_a_store()
    {
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            for (int i = 0; i < 40; i++) m.Created.Add(ForgedManifest.Cbor($"org.example.numbers__{i + 1}", w => Numbers(w, 15_000)));
        });

        (CredentialVerdict verdict, ValidationBudget budget) = Validate(file);

        AssertBound(verdict, "more than 500000 CBOR values");
        Assert.Equal(0, budget.CborValuesLeft);
    }

    [Fact]
    public void Numbers_as_keys_cannot_be_chosen_to_collide()
    {
        var map = new CborMap();
        int[] hashes = [.. Enumerable.Range(1, 10_000).Select(i => map.Comparer.GetHashCode((long)i << 32 | (uint)i))];

        Assert.True(hashes.Distinct().Count() > 9_900);
    }

    [Fact]
    public void Texts_of_a_file_are_quoted_in_short()
    {
        string text = new('x', 1 << 20);
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Created[0] = ForgedManifest.Actions((text, null));
            m.Created.Add(ForgedManifest.Cbor("c2pa.ingredient.v3", w =>
            {
                w.WriteStartMap(2);
                Assertions.WriteText(w, "relationship", "inputTo");
                w.WriteTextString("thumbnail");
                ForgedManifest.WriteReference(w, "self#jumbf=c2pa.assertions/" + text, new byte[8]);
                w.WriteEndMap();
            }));
        });

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Equal(CredentialState.Invalid, verdict.State);
        Assert.All(verdict.Findings, f => Assert.True(f.Subject.Length <= 1_100 && f.Explanation.Length <= 600, f.Code));
    }

    [Fact]
    public void A_store_names_a_bounded_number_of_signers()
    {
        const int Signers = 140;
        byte[][] older = [.. Enumerable.Range(0, Signers).Select(i => Manifest(m =>
        {
            m.Label = Samples.Numbered(1000 + i).ManifestLabel;
            var made = DevelopmentChain.Create("Signer " + i, Samples.Now);
            m.Signer = new EcdsaClaimSigner(made.ChainPem, made.LeafKeyPem);
        }))];
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.AddRange(older);
            for (int i = 0; i < Signers; i++) m.Created.Add(LeadingTo(Samples.Numbered(1000 + i).ManifestLabel, older[i], i, "sha256"));
        });

        AssertBound(Samples.Verify(file), "more than 128 different signers");
    }

    [Fact]
    public void A_store_beyond_its_bytes_is_refused()
    {
        byte[] png = Samples.Read("small.png");
        byte[] chunk = new byte[(32 << 20) + 1 + PngCarrier.ChunkOverhead];
        PngCarrier.WriteChunk(chunk, "caBX"u8, new byte[(32 << 20) + 1]);

        AssertBound(Samples.Verify([.. png[..PngCarrier.AfterHeader], .. chunk, .. png[PngCarrier.AfterHeader..]]), "larger than 33554432 bytes");
    }

    [Fact]
    public void A_store_beyond_its_boxes_is_refused()
    {
        byte[] box = JumbfWriter.Box("free"u8, []);
        byte[] store = JumbfWriter.Super(JumbfType.Store, "c2pa", JumbfWriter.Super(JumbfType.Manifest, Samples.Description.ManifestLabel, [.. Enumerable.Repeat(box, 17_000)]));

        AssertBound(Samples.Verify(Changed.Store(Carrier.Open(Samples.Read("small.png")), store)), "there are too many");
    }

    [Fact]
    public void A_label_beyond_its_bytes_is_refused()
    {
        byte[] store = JumbfWriter.Super(JumbfType.Store, "c2pa", JumbfWriter.Super(JumbfType.Manifest, "urn:c2pa:" + new string('a', 300)));

        AssertBound(Samples.Verify(Changed.Store(Carrier.Open(Samples.Read("small.png")), store)), "more than 256 bytes");
    }

    [Fact]
    public void Findings_end_at_a_bound_and_say_so()
    {
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            for (int i = 1; i <= 2; i++) m.Created.Add(ForgedManifest.Cbor($"c2pa.actions.v2__{i}", w =>
            {
                w.WriteStartMap(1);
                w.WriteTextString("actions");
                Numbers(w, 15_000);
                w.WriteEndMap();
            }));
        });

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Equal(20_001, verdict.Findings.Count);
        AssertBound(verdict, "more than 20000 things");
    }

    [Fact]
    public void Ingredients_of_ingredients_end_at_a_bound()
    {
        const int Generations = 205;
        var older = new List<byte[]>();
        for (int i = 0; i < Generations; i++)
        {
            int generation = i;
            older.Add(Manifest(m =>
            {
                m.Label = Samples.Numbered(2000 + generation).ManifestLabel;
                if (generation > 0) m.Created.Add(LeadingTo(Samples.Numbered(2000 + generation - 1).ManifestLabel, older[^1], 0, "sha256"));
            }));
        }
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.AddRange(older);
            m.Created.Add(LeadingTo(Samples.Numbered(2000 + Generations - 1).ManifestLabel, older[^1], 0, "sha256"));
        });

        AssertBound(Samples.Verify(file), "nested too deeply");
    }

    [Fact]
    public void Two_manifests_that_are_each_others_ingredient_are_checked_once_each()
    {
        string mine = Samples.Description.ManifestLabel, others = Samples.Numbered(80).ManifestLabel;
        // The hash of the one in the other cannot be right, since each would hold the other's.
        byte[] other = Manifest(m =>
        {
            m.Label = others;
            m.Created.Add(LeadingTo(mine, new byte[40], 0, "sha256"));
        });
        byte[] file = ForgedManifest.Sign("small.png", m =>
        {
            m.Older.Add(other);
            m.Created.Add(LeadingTo(others, other, 0, "sha256"));
        });

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Equal(CredentialState.Invalid, verdict.State);
        Assert.Contains(verdict.Failures, f => f.Code == "assertion.ingredient.malformed" && f.Explanation.Contains("leads back", StringComparison.Ordinal));
        Assert.Equal(2, verdict.Findings.Count(f => f.Code == "claimSignature.validated"));
    }

    [Fact]
    public void A_manifest_that_is_its_own_ingredient_is_checked_once()
    {
        byte[] file = ForgedManifest.Sign("small.png", m => m.Created.Add(LeadingTo(m.Label, new byte[40], 0, "sha256")));

        CredentialVerdict verdict = Samples.Verify(file);

        Assert.Contains(verdict.Failures, f => f.Explanation.Contains("leads back", StringComparison.Ordinal));
        Assert.Single(verdict.Findings, f => f.Code == "claimSignature.validated");
    }

    [Fact]
    public void Exclusions_of_a_film_are_compared_a_bounded_number_of_times()
    {
        byte[] signed = Samples.Signed("clip.mp4");
        byte[] crowded = [.. signed, .. Enumerable.Repeat(JumbfWriter.Box("free"u8, new byte[16]), 60_000).SelectMany(b => b)];
        var film = (BmffCarrier)Carrier.Open(crowded);
        List<object?> entries = [.. Enumerable.Range(0, 1000).Select(i => (object?)new CborMap { ["xpath"] = "/free", ["data"] = (List<object?>)[new CborMap { ["offset"] = 8L, ["value"] = (ReadOnlyMemory<byte>)new byte[] { 1 } }] })];

        Assert.NotNull(BmffExclusions.TryRead(entries[..4], film));
        Assert.Null(BmffExclusions.TryRead(entries, film));
    }

    private static (CredentialVerdict Verdict, ValidationBudget Budget) Validate(byte[] file)
    {
        var budget = new ValidationBudget();
        return (ManifestStoreValidator.Validate(file, Samples.Anchors, Samples.Now, budget), budget);
    }

    private static void AssertBound(CredentialVerdict verdict, string words)
    {
        Assert.Equal(CredentialState.Invalid, verdict.State);
        Assert.Contains(verdict.Failures, f => f.Code == "general.error" && f.Explanation.Contains(words, StringComparison.Ordinal));
    }

    /// <summary>The last manifest of a file by itself.</summary>
    private static byte[] Manifest(Action<ForgedManifest> change) =>
        JumbfBox.TryParse(Carrier.Open(ForgedManifest.Sign("small.png", change)).Stores[0].Store, out _)!.Children[^1].Bytes.ToArray();

    private static Assertion LargeIngredient(int bytes) => ForgedManifest.Cbor(Large, w =>
    {
        w.WriteStartMap(2);
        Assertions.WriteText(w, "relationship", "componentOf");
        w.WriteTextString("org.example.padding");
        w.WriteByteString(new byte[bytes]);
        w.WriteEndMap();
    });

    /// <summary>An actions assertion that places one ingredient many times.</summary>
    private static Assertion Placing(int instance, int times, Assertion ingredient, string algorithm) => ForgedManifest.Cbor($"c2pa.actions.v2__{instance}", w =>
    {
        w.WriteStartMap(1);
        w.WriteTextString("actions");
        w.WriteStartArray(1);
        w.WriteStartMap(3);
        Assertions.WriteText(w, "action", "c2pa.placed");
        Assertions.WriteText(w, "digitalSourceType", SourceType);
        w.WriteTextString("parameters");
        w.WriteStartMap(1);
        w.WriteTextString("ingredients");
        w.WriteStartArray(times);
        for (int i = 0; i < times; i++) Reference(w, "self#jumbf=c2pa.assertions/" + ingredient.Label, ingredient.Box, algorithm);
        w.WriteEndArray();
        w.WriteEndMap();
        w.WriteEndMap();
        w.WriteEndArray();
        w.WriteEndMap();
    });

    private static Assertion LeadingTo(string label, byte[] manifest, int index, string algorithm) => ForgedManifest.Cbor(IngredientAssertion.LabelOf(Large, index), w =>
    {
        w.WriteStartMap(3);
        Assertions.WriteText(w, "relationship", "componentOf");
        w.WriteTextString("activeManifest");
        Reference(w, "self#jumbf=/c2pa/" + label, manifest, algorithm);
        w.WriteTextString("validationResults");
        w.WriteStartMap(0);
        w.WriteEndMap();
        w.WriteEndMap();
    });

    private static void Reference(CborWriter w, string url, byte[] box, string algorithm)
    {
        w.WriteStartMap(3);
        Assertions.WriteText(w, "url", url);
        Assertions.WriteText(w, "alg", algorithm);
        w.WriteTextString("hash");
        ReadOnlySpan<byte> content = box.AsSpan(8);
        w.WriteByteString(algorithm switch { "sha256" => SHA256.HashData(content), "sha384" => SHA384.HashData(content), _ => SHA512.HashData(content) });
        w.WriteEndMap();
    }

    private static void Numbers(CborWriter w, int count)
    {
        w.WriteStartArray(count);
        for (int i = 0; i < count; i++) w.WriteInt32(0);
        w.WriteEndArray();
    }

    /// <summary>Tokens that are none: one for this manifest, and others for manifests that are not there.</summary>
    private static Assertion Stamps(int instance, int entries, string label) => ForgedManifest.Cbor(IngredientAssertion.LabelOf("c2pa.time-stamp", instance), w =>
    {
        w.WriteStartMap(entries);
        for (int i = 0; i < entries; i++)
        {
            w.WriteTextString(i == 0 ? label : Samples.Numbered(i).ManifestLabel);
            w.WriteByteString([1, 2, 3]);
        }
        w.WriteEndMap();
    });
}
