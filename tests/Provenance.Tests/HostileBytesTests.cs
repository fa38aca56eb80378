using System.Buffers.Binary;
using Vitrine.Provenance.Carriers;
using Xunit.Abstractions;

namespace Vitrine.Provenance.Tests;

/// <summary>Whatever is done to a file, the validator answers, and never trusts another picture or another statement than the signed one.</summary>
public sealed class HostileBytesTests(ITestOutputHelper output)
{
    private const int Mutations = 200_000;

    [Fact]
    public void No_mutation_crashes_the_validator_or_is_trusted_with_another_content()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Original[] originals = [.. Samples.FileNames.Select(n => new Original(Samples.Signed(n)))];

        Parallel.For(0, Mutations, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            var random = new Random(unchecked(seed + i));
            Original original = originals[i % originals.Length];
            byte[] mutated = Mutate(original, random);
            try
            {
                CredentialVerdict verdict = Samples.Verify(mutated);
                if (verdict.State is CredentialState.Trusted or CredentialState.Valid)
                {
                    Assert.Equal(original.Picture, Carrier.Open(mutated).CopyWithoutStores());
                    Assert.Equal(original.Statement, Statement(verdict));
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, mutation {i}.", e);
            }
        });
    }

    [Fact]
    public void No_mutation_crashes_the_writers_other_than_by_refusing_the_file()
    {
        const int Count = 5_000;
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Original[] originals = [.. Samples.FileNames.Select(n => new Original(Samples.Signed(n)))];
        for (int i = 0; i < Count; i++)
        {
            byte[] mutated = Mutate(originals[i % originals.Length], new Random(unchecked(seed + i)));
            try
            {
                byte[] labelled = ImplicitMetadata.Embed(mutated, new(DigitalSourceType.TrainedAlgorithmicMedia));
                byte[] signed = ContentCredentials.Sign(labelled, Samples.Description, Samples.Signer);
                Assert.True(Samples.Verify(signed).State == CredentialState.Trusted, $"Seed {seed}, mutation {i}.");
            }
            catch (MalformedMediaException)
            {
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

        Assert.False(C2pa.Cbor.CborTree.TryRead(document, out _, out _));
    }

    [Fact]
    public void Deeply_nested_boxes_are_refused()
    {
        byte[] box = [];
        for (int i = 0; i < 2_000; i++) box = C2pa.Jumbf.JumbfWriter.Super(C2pa.Jumbf.JumbfType.Manifest, "m", box);

        Assert.Null(C2pa.Jumbf.JumbfBox.TryParse(box, out string problem));
        Assert.Contains("nested", problem, StringComparison.Ordinal);
    }

    private sealed class Original(byte[] file)
    {
        public byte[] File { get; } = file;

        public StoreFrame Frame { get; } = Carrier.Open(file).Stores[0];

        public byte[] Picture { get; } = Carrier.Open(file).CopyWithoutStores();

        public string Statement { get; } = Statement(Samples.Verify(file));

        /// <summary>The certificates, which are the longest run of the store that no parser of ours reads.</summary>
        public int CertificatesStart { get; } = file.AsSpan().IndexOf(Samples.Signer.CertificateChainDer[0]);

        public int CertificatesEnd { get; } = file.AsSpan().IndexOf(Samples.Signer.CertificateChainDer[^1]) + Samples.Signer.CertificateChainDer[^1].Length;
    }

    /// <summary>All that a verdict says and the signature covers: the label of the manifest is not.</summary>
    private static string Statement(CredentialVerdict verdict) =>
        (verdict.Manifest! with { Label = "", Actions = [] }) + string.Join(",", verdict.Manifest.Actions);

    private static byte[] Mutate(Original original, Random random)
    {
        byte[] bytes = [.. original.File];
        int rounds = 1 + random.Next(4);
        for (int round = 0; round < rounds; round++)
        {
            int at = Place(original, random);
            if (at >= bytes.Length) continue;
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 4 when at + 4 <= bytes.Length:
                    uint[] extremes = [0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, (uint)bytes.Length];
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), extremes[random.Next(extremes.Length)]);
                    break;
                case 5:
                    bytes = bytes[..at];
                    break;
                case 6:
                    int length = Math.Min(random.Next(1, 64), bytes.Length - at);
                    bytes = random.Next(2) == 0 ? [.. bytes[..at], .. bytes[(at + length)..]] : [.. bytes[..(at + length)], .. bytes[at..]];
                    break;
                default:
                    int from = random.Next(bytes.Length), count = Math.Min(random.Next(1, 32), bytes.Length - Math.Max(at, from));
                    bytes.AsSpan(from, count).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }
        return bytes;
    }

    /// <summary>Mostly in the store, and seldom in a certificate, because a new certificate costs a new chain to judge.</summary>
    private static int Place(Original original, Random random)
    {
        while (true)
        {
            int at = random.Next(6) == 0 ? random.Next(original.File.Length) : original.Frame.Start + random.Next(original.Frame.FrameLength);
            bool inCertificates = at >= original.CertificatesStart && at < original.CertificatesEnd;
            if (!inCertificates || random.Next(60) == 0) return at;
        }
    }
}
