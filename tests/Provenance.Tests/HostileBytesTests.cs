using System.Diagnostics;
using System.Globalization;
using Vitrine.Provenance.C2pa.Cbor;
using Vitrine.Provenance.C2pa.Cose;
using Vitrine.Provenance.C2pa.Jumbf;
using Vitrine.Provenance.C2pa.Validation;
using Vitrine.Provenance.Carriers;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests;

/// <summary>
/// Whatever is done to a file, the validator answers soon and with little memory, and never trusts another content or another statement than the signed one.
/// VITRINE_FUZZ_MUTATIONS asks for more mutations than the usual number, VITRINE_FUZZ_SEED for those of an earlier run.
/// </summary>
public sealed class HostileBytesTests(ITestOutputHelper output)
{
    private const int UsualMutations = 40_000;

    /// <summary>Bytes that one verification may allocate: a fixed part for chains and hashes, and a part for every byte of the file.</summary>
    private const long FixedAllocation = 12 << 20, AllocationPerByte = 64;

    private static readonly TimeSpan longest = TimeSpan.FromSeconds(20);

    private static readonly int seed = Environment.GetEnvironmentVariable("VITRINE_FUZZ_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : Environment.TickCount;

    private static int Mutations => Environment.GetEnvironmentVariable("VITRINE_FUZZ_MUTATIONS") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : UsualMutations;

    [Fact]
    public async Task No_mutation_crashes_the_validator_hangs_it_or_is_trusted_with_another_content()
    {
        HostileFile[] originals = await HostileFile.All();
        output.WriteLine($"seed {seed}, {Mutations} mutations");
        long mostAllocated = 0, trusted = 0;
        TimeSpan slowest = TimeSpan.Zero;
        var gate = new Lock();

        Parallel.For(0, Mutations, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            HostileFile original = originals[i % originals.Length];
            byte[] mutated = Mutation.Of(original.File, new Random(unchecked(seed + i)), original.Place);
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                var clock = Stopwatch.StartNew();
                CredentialVerdict verdict = Samples.Verify(mutated);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= FixedAllocation + AllocationPerByte * mutated.Length, $"It allocated {allocated} bytes for a file of {mutated.Length}.");
                Assert.True(clock.Elapsed < longest, $"It took {clock.Elapsed}.");
                lock (gate) (mostAllocated, slowest) = (Math.Max(mostAllocated, allocated), clock.Elapsed > slowest ? clock.Elapsed : slowest);
                if (verdict.State is CredentialState.Trusted or CredentialState.Valid)
                {
                    Interlocked.Increment(ref trusted);
                    AssertSameContent(original, mutated, verdict);
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"VITRINE_FUZZ_SEED={seed}, mutation {i}, {original.Name}.", e);
            }
        });
        output.WriteLine($"{Mutations} mutations done, {trusted} still held; most allocated {mostAllocated} bytes, slowest {slowest.TotalMilliseconds:F0} ms");
    }

    private static void AssertSameContent(HostileFile original, byte[] mutated, CredentialVerdict verdict)
    {
        Assert.Equal(original.Statement, HostileFile.StatementOf(verdict));
        // The brand of a film may change, and its offsets are those of where its boxes lie; the rest may not.
        if (Carrier.Open(mutated) is BmffCarrier film) Assert.Equal(FilmContent((BmffCarrier)Carrier.Open(original.File)), FilmContent(film));
        else Assert.Equal(original.Content, Carrier.Open(mutated).CopyWithoutStores());
    }

    private static string FilmContent(BmffCarrier film) => string.Concat(
        film.Boxes.Where(b => b.IsTopLevel && b.Code is not ("ftyp" or "mfra" or "uuid")).Select(b => Convert.ToHexString(film.File.Span.Slice(b.Start, b.Length))));

    [Fact]
    public async Task No_mutation_crashes_the_writers_other_than_by_refusing_the_file()
    {
        const int Count = 3_000;
        HostileFile[] originals = await HostileFile.All();
        output.WriteLine($"seed {seed}");
        for (int i = 0; i < Count; i++)
        {
            HostileFile original = originals[i % originals.Length];
            byte[] mutated = Mutation.Of(original.File, new Random(unchecked(seed + i)), original.Place);
            CredentialIngredient input = Samples.TakeIn(mutated, IngredientRole.Component);
            try
            {
                byte[] labelled = Carrier.Sniff(mutated) == CarrierFormat.Mp4 ? mutated : ImplicitMetadata.Embed(mutated, new(DigitalSourceType.TrainedAlgorithmicMedia));
                byte[] signed = ContentCredentials.Sign(labelled, Samples.Numbered(22) with { Ingredients = [input] }, Samples.Signer);
                CredentialVerdict verdict = Samples.Verify(signed);
                Assert.True(verdict.State == CredentialState.Trusted, $"VITRINE_FUZZ_SEED={seed}, mutation {i}, {original.Name}: {string.Join("; ", verdict.Failures)}");
            }
            catch (MalformedMediaException)
            {
            }
        }
    }

    [Fact]
    public async Task No_mutation_crashes_a_parser()
    {
        byte[] file = (await HostileFile.All()).Single(f => f.Name == "small.png, stamped").File;
        byte[] store = Carrier.Open(file).Stores[0].Store.ToArray();
        Manifest manifest = Manifest.TryRead(JumbfBox.TryParse(store, out _)!.Children[^1], new(), new())!;
        byte[] cose = manifest.Signature!.Value.ToArray(), token = CoseSign1.TryRead(cose, out _)!.TimeStamps("sigTst2").Single().ToArray();
        byte[] ocsp = OcspSamples.Response(RevocationStatus.Good, Samples.Now);
        (string Name, byte[] Sample, Action<byte[]> Read)[] parsers =
        [
            ("JUMBF", store, b => JumbfBox.TryParse(b, out _)),
            ("CBOR", manifest.ClaimBytes.ToArray(), b => CborTree.TryRead(b, out _, out _)),
            ("COSE", cose, b => CoseSign1.TryRead(b, out _)),
            ("time stamp", token, b => TimeStampCheck.Run(b, [1], Samples.Anchors, "", new(), new())),
            ("revocation", ocsp, b => OcspAnswer.TryRead(b, OcspSamples.Chain)),
        ];
        output.WriteLine($"seed {seed}");
        foreach ((string name, byte[] sample, Action<byte[]> read) in parsers)
        {
            for (int i = 0; i < Mutations / 10; i++)
            {
                byte[] mutated = Mutation.Of(sample, new Random(unchecked(seed + i)), r => r.Next(sample.Length));
                try
                {
                    read(mutated);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"VITRINE_FUZZ_SEED={seed}, {name}, mutation {i}.", e);
                }
            }
        }
    }

    [Theory]
    [InlineData(0x9F, 100_000)]
    [InlineData(0x81, 100_000)]
    [InlineData(0xC1, 100_000)]
    [InlineData(0xBF, 100_000)]
    public void Deeply_nested_cbor_is_refused(byte opening, int depth)
    {
        byte[] document = new byte[depth];
        document.AsSpan().Fill(opening);

        Assert.False(CborTree.TryRead(document, out _, out _));
    }

    [Fact]
    public void Deeply_nested_boxes_are_refused()
    {
        byte[] box = [];
        for (int i = 0; i < 2_000; i++) box = JumbfWriter.Super(JumbfType.Manifest, "m", box);

        Assert.Null(JumbfBox.TryParse(box, out string problem));
        Assert.Contains("nested", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deeply_nested_boxes_of_a_film_are_refused()
    {
        byte[] inner = [];
        for (int i = 0; i < 2_000; i++) inner = JumbfWriter.Box("moov"u8, inner);
        byte[] film = [.. JumbfWriter.Box("ftyp"u8, "isom\0\0\0\0"u8.ToArray()), .. inner];

        CredentialVerdict verdict = Samples.Verify(film);

        Assert.Equal(CredentialState.Invalid, verdict.State);
        Assert.Contains("nested", Assert.Single(verdict.Failures).Explanation, StringComparison.Ordinal);
    }
}
